import django.db.models

class AccessBase(django.db.models.Model):
    user_agent = django.db.models.CharField(max_length=255, db_index=True)
    ip_address = django.db.models.GenericIPAddressField(null=True, db_index=True)
    username = django.db.models.CharField(max_length=255, null=True, db_index=True)
    http_accept = django.db.models.CharField(max_length=1025)
    path_info = django.db.models.CharField(max_length=255)
    attempt_time = django.db.models.DateTimeField(auto_now_add=True)
    class Meta:
        abstract = True
        app_label = 'axes'
        ordering = ['-attempt_time']

class AccessFailureLog(AccessBase):
    locked_out = django.db.models.BooleanField(blank=True, default=False)
    def __str__(self, *args, **kwargs): ...

class AccessAttempt(AccessBase):
    get_data = django.db.models.TextField()
    post_data = django.db.models.TextField()
    failures_since_start = django.db.models.PositiveIntegerField()
    class Meta:
        unique_together = [['username', 'ip_address', 'user_agent']]
    def __str__(self, *args, **kwargs): ...

class AccessAttemptExpiration(django.db.models.Model):
    access_attempt = django.db.models.OneToOneField(primary_key=True, serialize=False, related_name='expiration', on_delete=django.db.models.CASCADE, to='axes.accessattempt')
    expires_at = django.db.models.DateTimeField()

class AccessLog(AccessBase):
    logout_time = django.db.models.DateTimeField(blank=True, null=True)
    session_hash = django.db.models.CharField(max_length=64, blank=True, default='')
    def __str__(self, *args, **kwargs): ...
