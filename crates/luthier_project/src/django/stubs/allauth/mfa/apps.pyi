import django.apps

class MFAConfig(django.apps.AppConfig):
    name = 'allauth.mfa'
    default_auto_field = 'django.db.models.BigAutoField'
