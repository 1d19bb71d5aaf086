import django.apps

class GuardianConfig(django.apps.AppConfig):
    name = 'guardian'
    default_auto_field = 'django.db.models.AutoField'
