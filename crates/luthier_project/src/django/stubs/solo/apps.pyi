import django.apps

class SoloAppConfig(django.apps.AppConfig):
    name = 'solo'
