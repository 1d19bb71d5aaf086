import django.apps

class AppConfig(django.apps.AppConfig):
    name = 'axes'
    default_auto_field = 'django.db.models.AutoField'
