from django.contrib.contenttypes.models import ContentType as ContentType
from django.contrib.contenttypes.fields import GenericRelation as GenericRelation
import django.conf
import django.contrib.contenttypes.fields
import django.db.models

class LogEntryManager(django.db.models.Manager):
    def _get_applicable_model_fields(self, *args, **kwargs): ...
    def _get_copy_with_python_typed_fields(self, *args, **kwargs): ...
    def _get_pk_value(self, *args, **kwargs): ...
    def _get_serialized_data_or_none(self, *args, **kwargs): ...
    def _mask_serialized_fields(self, *args, **kwargs): ...
    def get_for_model(self, *args, **kwargs): ...
    def get_for_object(self, *args, **kwargs): ...
    def get_for_objects(self, *args, **kwargs): ...
    def log_create(self, *args, **kwargs): ...
    def log_m2m_changes(self, *args, **kwargs): ...

class AbstractLogEntry(django.db.models.Model):
    content_type = django.db.models.ForeignKey(related_name='+', on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    object_pk = django.db.models.CharField(max_length=255, db_index=True)
    object_id = django.db.models.BigIntegerField(blank=True, null=True, db_index=True)
    object_repr = django.db.models.TextField()
    serialized_data = django.db.models.JSONField(null=True)
    action = django.db.models.PositiveSmallIntegerField(db_index=True, choices=[(0, 0), (1, 1), (2, 2), (3, 3)])
    changes_text = django.db.models.TextField(blank=True)
    changes = django.db.models.JSONField(null=True)
    actor = django.db.models.ForeignKey(blank=True, null=True, related_name='+', on_delete=django.db.models.SET_NULL, to=django.conf.settings.AUTH_USER_MODEL)
    cid = django.db.models.CharField(max_length=255, blank=True, null=True, db_index=True)
    remote_addr = django.db.models.GenericIPAddressField(blank=True, null=True)
    remote_port = django.db.models.PositiveIntegerField(blank=True, null=True)
    timestamp = django.db.models.DateTimeField(db_index=True, default=lambda: None)
    additional_data = django.db.models.JSONField(blank=True, null=True)
    actor_email = django.db.models.CharField(max_length=254, blank=True, null=True)
    objects = LogEntryManager()
    class Meta:
        abstract = True
        get_latest_by = 'timestamp'
        ordering = ['-timestamp']
    @property
    def changes_dict(self): ...
    @property
    def changes_display_dict(self): ...
    @property
    def changes_str(self): ...
    def __str__(self, *args, **kwargs): ...
    def _get_changes_display_for_fk_field(self, *args, **kwargs): ...

class LogEntry(AbstractLogEntry):
    class Meta:
        get_latest_by = 'timestamp'
        ordering = ['-timestamp']
        swappable = 'AUDITLOG_LOGENTRY_MODEL'

class AuditlogHistoryField(django.contrib.contenttypes.fields.GenericRelation):
    pass
