from django.contrib.contenttypes.models import ContentType as ContentType
import django.db.models

class GenericForeignKey(django.db.models.Field):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('editable', False)
        super().__init__(*args, **kwargs)

class GenericRelation(django.db.models.ForeignObject):
    pass
