import django.apps

class AdminInterfaceConfig(django.apps.AppConfig):
    name = 'admin_interface'
    default_auto_field = 'django.db.models.AutoField'
