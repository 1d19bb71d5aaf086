import django.apps

class MoneyConfig(django.apps.AppConfig):
    name = 'djmoney'
    default_auto_field = 'django.db.models.AutoField'
