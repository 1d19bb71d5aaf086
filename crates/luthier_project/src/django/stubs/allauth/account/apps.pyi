import django.apps

class AccountConfig(django.apps.AppConfig):
    name = 'allauth.account'
    default_auto_field = 'django.db.models.AutoField'
