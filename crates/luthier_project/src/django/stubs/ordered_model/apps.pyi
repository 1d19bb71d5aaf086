import django.apps

class OrderedModelConfig(django.apps.AppConfig):
    name = 'ordered_model'
    label = 'ordered_model'
