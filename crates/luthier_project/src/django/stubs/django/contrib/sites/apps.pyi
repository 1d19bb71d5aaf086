import django.apps

class SitesConfig(django.apps.AppConfig):
    name = 'django.contrib.sites'
    default_auto_field = 'django.db.models.AutoField'
