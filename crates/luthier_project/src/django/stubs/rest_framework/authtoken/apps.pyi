import django.apps

class AuthTokenConfig(django.apps.AppConfig):
    name = 'rest_framework.authtoken'
