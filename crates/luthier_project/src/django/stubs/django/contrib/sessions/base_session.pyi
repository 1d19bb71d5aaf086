import django.db.models

class BaseSessionManager(django.db.models.Manager):
    def encode(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...

class AbstractBaseSession(django.db.models.Model):
    session_key = django.db.models.CharField(primary_key=True, max_length=40, serialize=False)
    session_data = django.db.models.TextField()
    expire_date = django.db.models.DateTimeField(db_index=True)
    objects = BaseSessionManager()
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...
    def get_decoded(self, *args, **kwargs): ...
