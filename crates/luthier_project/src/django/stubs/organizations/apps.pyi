import django.apps

class OrganizationsConfig(django.apps.AppConfig):
    name = 'organizations'
    default_auto_field = 'django.db.models.AutoField'
