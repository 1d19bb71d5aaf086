import django.conf
import django.db.models

class AuthTokenManager(django.db.models.Manager):
    def create(self, *args, **kwargs): ...

class AbstractAuthToken(django.db.models.Model):
    digest = django.db.models.CharField(primary_key=True, max_length=128, serialize=False)
    token_key = django.db.models.CharField(max_length=25, db_index=True)
    user = django.db.models.ForeignKey(related_name='auth_token_set', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    created = django.db.models.DateTimeField(auto_now_add=True)
    expiry = django.db.models.DateTimeField(blank=True, null=True)
    objects = AuthTokenManager()
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...

class AuthToken(AbstractAuthToken):
    class Meta:
        swappable = 'KNOX_TOKEN_MODEL'
