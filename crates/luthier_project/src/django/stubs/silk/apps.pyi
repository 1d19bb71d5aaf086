import django.apps

class SilkAppConfig(django.apps.AppConfig):
    name = 'silk'
    default_auto_field = 'django.db.models.AutoField'
