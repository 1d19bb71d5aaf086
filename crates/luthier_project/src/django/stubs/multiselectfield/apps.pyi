import django.apps

class MultiSelectFieldConfig(django.apps.AppConfig):
    name = 'multiselectfield'
