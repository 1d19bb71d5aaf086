import django.apps

class DjangoQConfig(django.apps.AppConfig):
    name = 'django_q'
    default_auto_field = 'django.db.models.AutoField'
