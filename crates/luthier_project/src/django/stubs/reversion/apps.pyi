import django.apps

class ReversionConfig(django.apps.AppConfig):
    name = 'reversion'
    default_auto_field = 'django.db.models.AutoField'
