import django.apps

class StaticFilesConfig(django.apps.AppConfig):
    name = 'django.contrib.staticfiles'
