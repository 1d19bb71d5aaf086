import django.apps

class SessionsConfig(django.apps.AppConfig):
    name = 'django.contrib.sessions'
