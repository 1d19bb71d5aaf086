import django.apps

class RestFrameworkConfig(django.apps.AppConfig):
    name = 'rest_framework'
