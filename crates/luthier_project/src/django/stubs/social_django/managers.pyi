import django.db.models

class UserSocialAuthManager(django.db.models.Manager):
    def get_social_auth(self, *args, **kwargs): ...
