import django.apps

class HeadlessConfig(django.apps.AppConfig):
    name = 'allauth.headless'
