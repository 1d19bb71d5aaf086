import django.apps

class PythonSocialAuthConfig(django.apps.AppConfig):
    name = 'social_django'
    label = 'social_django'
    default_auto_field = 'django.db.models.BigAutoField'
