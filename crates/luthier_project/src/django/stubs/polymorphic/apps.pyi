import django.apps

class PolymorphicConfig(django.apps.AppConfig):
    name = 'polymorphic'
