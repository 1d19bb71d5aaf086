import django.apps

class FlatPagesConfig(django.apps.AppConfig):
    name = 'django.contrib.flatpages'
    default_auto_field = 'django.db.models.AutoField'
