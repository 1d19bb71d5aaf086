import django.db.models

class OpenIDStore(django.db.models.Model):
    server_url = django.db.models.CharField(max_length=255)
    handle = django.db.models.CharField(max_length=255)
    secret = django.db.models.TextField()
    issued = django.db.models.IntegerField()
    lifetime = django.db.models.IntegerField()
    assoc_type = django.db.models.TextField()
    def __str__(self, *args, **kwargs): ...

class OpenIDNonce(django.db.models.Model):
    server_url = django.db.models.CharField(max_length=255)
    timestamp = django.db.models.IntegerField()
    salt = django.db.models.CharField(max_length=255)
    date_created = django.db.models.DateTimeField(auto_now_add=True)
    def __str__(self, *args, **kwargs): ...
