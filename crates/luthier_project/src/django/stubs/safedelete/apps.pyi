import django.apps

class SafeDeleteConfig(django.apps.AppConfig):
    name = 'safedelete'
