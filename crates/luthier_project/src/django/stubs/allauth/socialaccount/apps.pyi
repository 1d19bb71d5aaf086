import django.apps

class SocialAccountConfig(django.apps.AppConfig):
    name = 'allauth.socialaccount'
    default_auto_field = 'django.db.models.AutoField'
