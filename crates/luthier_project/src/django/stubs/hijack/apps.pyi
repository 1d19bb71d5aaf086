import django.apps

class HijackConfig(django.apps.AppConfig):
    name = 'hijack'
