from django_extensions.db.fields import AutoSlugField as AutoSlugField
from django_extensions.db.fields import CreationDateTimeField as CreationDateTimeField
from django_extensions.db.fields import ModificationDateTimeField as ModificationDateTimeField
import django.db.models
import django_extensions.db.fields

class TimeStampedModel(django.db.models.Model):
    created = django_extensions.db.fields.CreationDateTimeField(auto_now_add=True)
    modified = django_extensions.db.fields.ModificationDateTimeField(auto_now=True)
    class Meta:
        abstract = True
        get_latest_by = 'modified'
    def save(self, *args, **kwargs): ...

class TitleDescriptionModel(django.db.models.Model):
    title = django.db.models.CharField(max_length=255)
    description = django.db.models.TextField(blank=True, null=True)
    class Meta:
        abstract = True

class TitleSlugDescriptionModel(TitleDescriptionModel):
    slug = django_extensions.db.fields.AutoSlugField(blank=True, editable=False, populate_from='title')
    class Meta:
        abstract = True

class ActivatorQuerySet(django.db.models.QuerySet):
    def active(self, *args, **kwargs): ...
    def inactive(self, *args, **kwargs): ...

class ActivatorModelManager(django.db.models.Manager):
    def active(self, *args, **kwargs): ...
    def get_queryset(self, *args, **kwargs): ...
    def inactive(self, *args, **kwargs): ...

class ActivatorModel(django.db.models.Model):
    status = django.db.models.IntegerField(default=1, choices=[(0, 0), (1, 1)])
    activate_date = django.db.models.DateTimeField(blank=True, null=True)
    deactivate_date = django.db.models.DateTimeField(blank=True, null=True)
    objects = ActivatorModelManager()
    class Meta:
        abstract = True
        ordering = ['status', '-activate_date']
    def save(self, *args, **kwargs): ...
