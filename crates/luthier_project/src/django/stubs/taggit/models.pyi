from django.contrib.contenttypes.models import ContentType as ContentType
from django.contrib.contenttypes.fields import GenericForeignKey as GenericForeignKey
import django.contrib.contenttypes.fields
import django.db.models

class NaturalKeyManager(django.db.models.Manager):
    def get_by_natural_key(self, *args, **kwargs): ...

class NaturalKeyModel(django.db.models.Model):
    class Meta:
        abstract = True
    def natural_key(self, *args, **kwargs): ...

class TagBase(NaturalKeyModel):
    name = django.db.models.CharField(max_length=100, unique=True)
    slug = django.db.models.SlugField(max_length=100, unique=True, allow_unicode=True)
    objects = NaturalKeyManager()
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...
    def slugify(self, *args, **kwargs): ...

class Tag(TagBase):
    class Meta:
        app_label = 'taggit'

class ItemBase(NaturalKeyModel):
    objects = NaturalKeyManager()
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...

class TaggedItemBase(ItemBase):
    tag = django.db.models.ForeignKey(related_name='%(app_label)s_%(class)s_items', on_delete=django.db.models.CASCADE, to='taggit.tag')
    class Meta:
        abstract = True

class CommonGenericTaggedItemBase(ItemBase):
    content_type = django.db.models.ForeignKey(related_name='%(app_label)s_%(class)s_tagged_items', on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    content_object = django.contrib.contenttypes.fields.GenericForeignKey('content_type', 'object_id')
    class Meta:
        abstract = True

class GenericTaggedItemBase(CommonGenericTaggedItemBase):
    object_id = django.db.models.IntegerField(db_index=True)
    class Meta:
        abstract = True

class GenericUUIDTaggedItemBase(CommonGenericTaggedItemBase):
    object_id = django.db.models.UUIDField(db_index=True)
    class Meta:
        abstract = True

class TaggedItem(GenericTaggedItemBase, TaggedItemBase):
    class Meta:
        app_label = 'taggit'
