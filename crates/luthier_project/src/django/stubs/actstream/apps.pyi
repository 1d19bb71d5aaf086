import django.apps

class ActstreamConfig(django.apps.AppConfig):
    name = 'actstream'
    default_auto_field = 'django.db.models.AutoField'
