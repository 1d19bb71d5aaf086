import django.apps

class DjangoExtensionsConfig(django.apps.AppConfig):
    name = 'django_extensions'
