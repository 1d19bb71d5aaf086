import django.conf
import django.db.models

class ResourceJSONField(django.db.models.JSONField):
    pass

class ClientSecretField(django.db.models.CharField):
    pass

class TokenChecksumField(django.db.models.CharField):
    pass

class AbstractApplication(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    client_id = django.db.models.CharField(max_length=255, unique=True, db_index=True, default=lambda: None)
    user = django.db.models.ForeignKey(blank=True, null=True, related_name='%(app_label)s_%(class)s', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    redirect_uris = django.db.models.TextField(blank=True)
    post_logout_redirect_uris = django.db.models.TextField(blank=True, default='')
    client_type = django.db.models.CharField(max_length=32, choices=[('confidential', 'confidential'), ('public', 'public')])
    authorization_grant_type = django.db.models.CharField(max_length=44, choices=[('authorization-code', 'authorization-code'), ('urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:device_code'), ('implicit', 'implicit'), ('password', 'password'), ('client-credentials', 'client-credentials'), ('openid-hybrid', 'openid-hybrid')])
    client_secret = ClientSecretField(max_length=255, blank=True, db_index=True, default=lambda: None)
    hash_client_secret = django.db.models.BooleanField(default=True)
    name = django.db.models.CharField(max_length=255, blank=True)
    skip_authorization = django.db.models.BooleanField(default=False)
    created = django.db.models.DateTimeField(auto_now_add=True)
    updated = django.db.models.DateTimeField(auto_now=True)
    algorithm = django.db.models.CharField(max_length=5, blank=True, default='', choices=[('', ''), ('RS256', 'RS256'), ('HS256', 'HS256')])
    allowed_origins = django.db.models.TextField(blank=True, default='')
    registration_source = django.db.models.CharField(max_length=32, default=lambda: None, choices=[('manual', 'manual'), ('dcr', 'dcr'), ('cimd', 'cimd')])
    cimd_expires_at = django.db.models.DateTimeField(blank=True, null=True, default=None)
    class Meta:
        abstract = True
    @property
    def default_redirect_uri(self): ...
    @property
    def jwk_key(self): ...
    def __str__(self, *args, **kwargs): ...
    def allows_grant_type(self, *args, **kwargs): ...
    def clean(self, *args, **kwargs): ...
    def get_absolute_url(self, *args, **kwargs): ...
    def get_allowed_schemes(self, *args, **kwargs): ...
    def is_usable(self, *args, **kwargs): ...
    def origin_allowed(self, *args, **kwargs): ...
    def post_logout_redirect_uri_allowed(self, *args, **kwargs): ...
    def redirect_uri_allowed(self, *args, **kwargs): ...

class ApplicationManager(django.db.models.Manager):
    def get_by_natural_key(self, *args, **kwargs): ...

class Application(AbstractApplication):
    objects = ApplicationManager()
    class Meta:
        swappable = 'OAUTH2_PROVIDER_APPLICATION_MODEL'
    def natural_key(self, *args, **kwargs): ...

class AbstractGrant(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    user = django.db.models.ForeignKey(related_name='%(app_label)s_%(class)s', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    code = django.db.models.CharField(max_length=255, unique=True)
    application = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to=django.conf.settings.OAUTH2_PROVIDER_APPLICATION_MODEL)
    expires = django.db.models.DateTimeField()
    redirect_uri = django.db.models.TextField()
    scope = django.db.models.TextField(blank=True)
    created = django.db.models.DateTimeField(auto_now_add=True)
    updated = django.db.models.DateTimeField(auto_now=True)
    code_challenge = django.db.models.CharField(max_length=128, blank=True, default='')
    code_challenge_method = django.db.models.CharField(max_length=10, blank=True, default='', choices=[('plain', 'plain'), ('S256', 'S256')])
    nonce = django.db.models.CharField(max_length=255, blank=True, default='')
    claims = django.db.models.TextField(blank=True)
    resource = ResourceJSONField(blank=True, default=lambda: None)
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...
    def is_expired(self, *args, **kwargs): ...
    def redirect_uri_allowed(self, *args, **kwargs): ...

class Grant(AbstractGrant):
    class Meta:
        swappable = 'OAUTH2_PROVIDER_GRANT_MODEL'

class AbstractAccessToken(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    user = django.db.models.ForeignKey(blank=True, null=True, related_name='%(app_label)s_%(class)s', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    source_refresh_token = django.db.models.OneToOneField(blank=True, null=True, related_name='refreshed_access_token', on_delete=django.db.models.SET_NULL, to=django.conf.settings.OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL)
    token = django.db.models.TextField()
    token_checksum = TokenChecksumField(max_length=64, unique=True, db_index=True)
    id_token = django.db.models.OneToOneField(blank=True, null=True, related_name='access_token', on_delete=django.db.models.CASCADE, to=django.conf.settings.OAUTH2_PROVIDER_ID_TOKEN_MODEL)
    application = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to=django.conf.settings.OAUTH2_PROVIDER_APPLICATION_MODEL)
    expires = django.db.models.DateTimeField()
    scope = django.db.models.TextField(blank=True)
    resource = ResourceJSONField(blank=True, default=lambda: None)
    created = django.db.models.DateTimeField(auto_now_add=True)
    updated = django.db.models.DateTimeField(auto_now=True)
    class Meta:
        abstract = True
    @property
    def scopes(self): ...
    def __str__(self, *args, **kwargs): ...
    def allow_scopes(self, *args, **kwargs): ...
    def allows_audience(self, *args, **kwargs): ...
    def is_expired(self, *args, **kwargs): ...
    def is_valid(self, *args, **kwargs): ...
    def revoke(self, *args, **kwargs): ...

class AccessToken(AbstractAccessToken):
    class Meta:
        swappable = 'OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL'

class AbstractRefreshToken(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    user = django.db.models.ForeignKey(related_name='%(app_label)s_%(class)s', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    token = django.db.models.TextField()
    token_checksum = TokenChecksumField(max_length=64)
    application = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to=django.conf.settings.OAUTH2_PROVIDER_APPLICATION_MODEL)
    access_token = django.db.models.OneToOneField(blank=True, null=True, related_name='refresh_token', on_delete=django.db.models.SET_NULL, to=django.conf.settings.OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL)
    token_family = django.db.models.UUIDField(blank=True, null=True, editable=False)
    resource = ResourceJSONField(blank=True, default=lambda: None)
    created = django.db.models.DateTimeField(auto_now_add=True)
    updated = django.db.models.DateTimeField(auto_now=True)
    revoked = django.db.models.DateTimeField(null=True)
    class Meta:
        abstract = True
        unique_together = ['token_checksum', 'revoked']
    def __str__(self, *args, **kwargs): ...
    def revoke(self, *args, **kwargs): ...

class RefreshToken(AbstractRefreshToken):
    class Meta:
        swappable = 'OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL'
        unique_together = ['token_checksum', 'revoked']

class AbstractIDToken(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    user = django.db.models.ForeignKey(blank=True, null=True, related_name='%(app_label)s_%(class)s', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    jti = django.db.models.UUIDField(unique=True, default=lambda: None, editable=False)
    application = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to=django.conf.settings.OAUTH2_PROVIDER_APPLICATION_MODEL)
    expires = django.db.models.DateTimeField()
    scope = django.db.models.TextField(blank=True)
    created = django.db.models.DateTimeField(auto_now_add=True)
    updated = django.db.models.DateTimeField(auto_now=True)
    class Meta:
        abstract = True
    @property
    def scopes(self): ...
    def __str__(self, *args, **kwargs): ...
    def allow_scopes(self, *args, **kwargs): ...
    def is_expired(self, *args, **kwargs): ...
    def is_valid(self, *args, **kwargs): ...
    def revoke(self, *args, **kwargs): ...

class IDToken(AbstractIDToken):
    class Meta:
        swappable = 'OAUTH2_PROVIDER_ID_TOKEN_MODEL'

class AbstractDeviceGrant(django.db.models.Model):
    id = django.db.models.BigAutoField(primary_key=True, serialize=False)
    user = django.db.models.ForeignKey(blank=True, null=True, related_name='%(app_label)s_%(class)s', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    device_code = django.db.models.CharField(max_length=100)
    user_code = django.db.models.CharField(max_length=100)
    scope = django.db.models.TextField(blank=True)
    interval = django.db.models.IntegerField(default=5)
    expires = django.db.models.DateTimeField()
    status = django.db.models.CharField(max_length=64, blank=True, default='authorization-pending', choices=[('authorized', 'authorized'), ('authorization-pending', 'authorization-pending'), ('expired', 'expired'), ('denied', 'denied')])
    client_id = django.db.models.CharField(max_length=100, db_index=True)
    last_checked = django.db.models.DateTimeField(auto_now=True)
    class Meta:
        abstract = True
    def is_expired(self, *args, **kwargs): ...

class DeviceGrant(AbstractDeviceGrant):
    class Meta:
        swappable = 'OAUTH2_PROVIDER_DEVICE_GRANT_MODEL'
