import django.conf
import django.db.models

class AuthenticatorManager(django.db.models.Manager):
    pass

class Authenticator(django.db.models.Model):
    user = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    type = django.db.models.CharField(max_length=20, choices=[('recovery_codes', 'recovery_codes'), ('totp', 'totp'), ('webauthn', 'webauthn')])
    data = django.db.models.JSONField()
    created_at = django.db.models.DateTimeField(default=lambda: None)
    last_used_at = django.db.models.DateTimeField(null=True)
    objects = AuthenticatorManager()
    def __str__(self, *args, **kwargs): ...
    def record_usage(self, *args, **kwargs): ...
    def wrap(self, *args, **kwargs): ...
