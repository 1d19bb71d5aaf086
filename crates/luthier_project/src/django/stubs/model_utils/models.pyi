from model_utils.fields import AutoCreatedField as AutoCreatedField
from model_utils.fields import AutoLastModifiedField as AutoLastModifiedField
from model_utils.fields import MonitorField as MonitorField
from model_utils.managers import QueryManager as QueryManager
from model_utils.managers import SoftDeletableManager as SoftDeletableManager
from model_utils.fields import StatusField as StatusField
from model_utils.fields import UUIDField as UUIDField
import django.db.models
import model_utils.fields
import model_utils.managers

class TimeStampedModel(django.db.models.Model):
    created = model_utils.fields.AutoCreatedField(default=lambda: None, editable=False)
    modified = model_utils.fields.AutoLastModifiedField(default=lambda: None, editable=False)
    class Meta:
        abstract = True
    def save(self, *args, **kwargs): ...

class TimeFramedModel(django.db.models.Model):
    start = django.db.models.DateTimeField(blank=True, null=True)
    end = django.db.models.DateTimeField(blank=True, null=True)
    class Meta:
        abstract = True

class StatusModel(django.db.models.Model):
    status = model_utils.fields.StatusField(max_length=100, choices=[(0, 0)], no_check_for_status=True)
    status_changed = model_utils.fields.MonitorField(default=lambda: None, monitor='status')
    class Meta:
        abstract = True
    def save(self, *args, **kwargs): ...

class SoftDeletableModel(django.db.models.Model):
    is_removed = django.db.models.BooleanField(default=False)
    objects = model_utils.managers.SoftDeletableManager()
    available_objects = model_utils.managers.SoftDeletableManager()
    all_objects = django.db.models.Manager()
    class Meta:
        abstract = True
    def delete(self, *args, **kwargs): ...

class UUIDModel(django.db.models.Model):
    id = model_utils.fields.UUIDField(primary_key=True, default=lambda: None, editable=False, serialize=False)
    class Meta:
        abstract = True
