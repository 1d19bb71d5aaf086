from django.contrib.contenttypes.models import ContentType as ContentType
from django.contrib.contenttypes.fields import GenericForeignKey as GenericForeignKey
import django.conf
import django.contrib.contenttypes.fields
import django.db.models

class Revision(django.db.models.Model):
    date_created = django.db.models.DateTimeField(db_index=True)
    user = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.SET_NULL, to=django.conf.settings.AUTH_USER_MODEL)
    comment = django.db.models.TextField(blank=True)
    class Meta:
        app_label = 'reversion'
        ordering = ['-pk']
    def __str__(self, *args, **kwargs): ...
    def get_comment(self, *args, **kwargs): ...
    def revert(self, *args, **kwargs): ...

class VersionQuerySet(django.db.models.QuerySet):
    def get_deleted(self, *args, **kwargs): ...
    def get_for_model(self, *args, **kwargs): ...
    def get_for_object(self, *args, **kwargs): ...
    def get_for_object_reference(self, *args, **kwargs): ...
    def get_unique(self, *args, **kwargs): ...

class Version(django.db.models.Model):
    revision = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='reversion.revision')
    object_id = django.db.models.CharField(max_length=191)
    content_type = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    db = django.db.models.CharField(max_length=191)
    format = django.db.models.CharField(max_length=255)
    serialized_data = django.db.models.TextField()
    object_repr = django.db.models.TextField()
    object = django.contrib.contenttypes.fields.GenericForeignKey('content_type', 'object_id')
    objects = VersionQuerySet.as_manager()
    class Meta:
        app_label = 'reversion'
        ordering = ['-pk']
        unique_together = [['db', 'content_type', 'object_id', 'revision']]
    @property
    def _content_type(self): ...
    @property
    def _local_field_dict(self): ...
    @property
    def _model(self): ...
    @property
    def _object_version(self): ...
    @property
    def field_dict(self): ...
    def __str__(self, *args, **kwargs): ...
    def revert(self, *args, **kwargs): ...
