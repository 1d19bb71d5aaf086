import django.apps

class TaggitAppConfig(django.apps.AppConfig):
    name = 'taggit'
    default_auto_field = 'django.db.models.AutoField'
