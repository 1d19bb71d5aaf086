import django.apps

class DOTConfig(django.apps.AppConfig):
    name = 'oauth2_provider'
