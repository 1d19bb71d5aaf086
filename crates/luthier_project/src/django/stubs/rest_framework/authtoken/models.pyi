import django.conf
import django.db.models

class Token(django.db.models.Model):
    key = django.db.models.CharField(primary_key=True, max_length=40, serialize=False)
    user = django.db.models.OneToOneField(related_name='auth_token', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    created = django.db.models.DateTimeField(auto_now_add=True)
    def __str__(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...

class TokenProxyQuerySet(django.db.models.QuerySet):
    def delete(self, *args, **kwargs): ...

class TokenProxy(Token):
    objects = TokenProxyQuerySet.as_manager()
    class Meta:
        proxy = True
    @property
    def pk(self): ...
    def delete(self, *args, **kwargs): ...
