import django.apps

class ContentTypesConfig(django.apps.AppConfig):
    name = 'django.contrib.contenttypes'
    default_auto_field = 'django.db.models.AutoField'
