import django.apps

class TokenBlacklistConfig(django.apps.AppConfig):
    name = 'rest_framework_simplejwt.token_blacklist'
    default_auto_field = 'django.db.models.BigAutoField'
