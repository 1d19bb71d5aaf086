import django.apps

class ConstanceConfig(django.apps.AppConfig):
    name = 'constance'
    default_auto_field = 'django.db.models.AutoField'
