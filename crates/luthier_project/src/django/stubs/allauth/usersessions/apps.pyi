import django.apps

class UserSessionsConfig(django.apps.AppConfig):
    name = 'allauth.usersessions'
    default_auto_field = 'django.db.models.BigAutoField'
