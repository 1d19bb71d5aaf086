import django.apps

class OIDCConfig(django.apps.AppConfig):
    name = 'allauth.idp.oidc'
    label = 'allauth_idp_oidc'
    default_auto_field = 'django.db.models.BigAutoField'
