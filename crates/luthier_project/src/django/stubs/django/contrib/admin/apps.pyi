import django.apps

class SimpleAdminConfig(django.apps.AppConfig):
    name = 'django.contrib.admin'
    default_auto_field = 'django.db.models.AutoField'

class AdminConfig(SimpleAdminConfig):
    default = True
