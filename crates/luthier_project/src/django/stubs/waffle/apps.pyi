import django.apps

class WaffleConfig(django.apps.AppConfig):
    name = 'waffle'
    default_auto_field = 'django.db.models.AutoField'
