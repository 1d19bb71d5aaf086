import django.apps

class MpttConfig(django.apps.AppConfig):
    name = 'mptt'
