from django.contrib.auth.base_user import AbstractBaseUser as AbstractBaseUser
from allauth.account.models import EmailAddress as EmailAddress
import django.conf
import django.db.models

class SocialAppManager(django.db.models.Manager):
    def on_site(self, *args, **kwargs): ...

class SocialApp(django.db.models.Model):
    provider = django.db.models.CharField(max_length=30)
    provider_id = django.db.models.CharField(max_length=200, blank=True)
    name = django.db.models.CharField(max_length=40)
    client_id = django.db.models.CharField(max_length=191)
    secret = django.db.models.CharField(max_length=191, blank=True)
    key = django.db.models.CharField(max_length=191, blank=True)
    settings = django.db.models.JSONField(blank=True, default=lambda: None)
    sites = django.db.models.ManyToManyField(blank=True, to='sites.site')
    objects = SocialAppManager()
    def __str__(self, *args, **kwargs): ...
    def get_provider(self, *args, **kwargs): ...

class SocialAccount(django.db.models.Model):
    user = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    provider = django.db.models.CharField(max_length=200)
    uid = django.db.models.CharField(max_length=191)
    last_login = django.db.models.DateTimeField(auto_now=True)
    date_joined = django.db.models.DateTimeField(auto_now_add=True)
    extra_data = django.db.models.JSONField(default=lambda: None)
    class Meta:
        unique_together = ['provider', 'uid']
    def __str__(self, *args, **kwargs): ...
    def authenticate(self, *args, **kwargs): ...
    def get_avatar_url(self, *args, **kwargs): ...
    def get_profile_url(self, *args, **kwargs): ...
    def get_provider(self, *args, **kwargs): ...
    def get_provider_account(self, *args, **kwargs): ...

class SocialToken(django.db.models.Model):
    app = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.SET_NULL, to='socialaccount.socialapp')
    account = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='socialaccount.socialaccount')
    token = django.db.models.TextField()
    token_secret = django.db.models.TextField(blank=True)
    expires_at = django.db.models.DateTimeField(blank=True, null=True)
    class Meta:
        unique_together = ['app', 'account']
    def __str__(self, *args, **kwargs): ...
