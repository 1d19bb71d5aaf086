import django.conf
import django.db.models

class OutstandingToken(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    user = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.SET_NULL, to=django.conf.settings.AUTH_USER_MODEL)
    jti = django.db.models.CharField(max_length=255, unique=True)
    token = django.db.models.TextField()
    created_at = django.db.models.DateTimeField(blank=True, null=True)
    expires_at = django.db.models.DateTimeField()
    class Meta:
        ordering = ['user']
    def __str__(self, *args, **kwargs): ...

class BlacklistedToken(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    token = django.db.models.OneToOneField(on_delete=django.db.models.CASCADE, to='token_blacklist.outstandingtoken')
    blacklisted_at = django.db.models.DateTimeField(auto_now_add=True)
    def __str__(self, *args, **kwargs): ...
