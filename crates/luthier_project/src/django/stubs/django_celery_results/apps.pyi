import django.apps

class CeleryResultConfig(django.apps.AppConfig):
    name = 'django_celery_results'
    label = 'django_celery_results'
    default_auto_field = 'django.db.models.AutoField'
