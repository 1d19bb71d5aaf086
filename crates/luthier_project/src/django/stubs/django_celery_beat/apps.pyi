import django.apps

class BeatConfig(django.apps.AppConfig):
    name = 'django_celery_beat'
    label = 'django_celery_beat'
    default_auto_field = 'django.db.models.AutoField'
