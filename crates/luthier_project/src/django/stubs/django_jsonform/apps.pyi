import django.apps

class JsonappConfig(django.apps.AppConfig):
    name = 'django_jsonform'
