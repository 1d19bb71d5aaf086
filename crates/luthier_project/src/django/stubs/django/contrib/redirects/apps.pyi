import django.apps

class RedirectsConfig(django.apps.AppConfig):
    name = 'django.contrib.redirects'
    default_auto_field = 'django.db.models.AutoField'
