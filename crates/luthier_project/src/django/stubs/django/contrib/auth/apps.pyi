import django.apps

class AuthConfig(django.apps.AppConfig):
    name = 'django.contrib.auth'
    default_auto_field = 'django.db.models.AutoField'
