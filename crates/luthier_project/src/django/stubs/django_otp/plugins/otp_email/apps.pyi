import django.apps

class DefaultConfig(django.apps.AppConfig):
    name = 'django_otp.plugins.otp_email'
    default_auto_field = 'django.db.models.AutoField'
