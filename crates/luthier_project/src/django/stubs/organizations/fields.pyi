from django_extensions.db.fields import AutoSlugField as BaseSlugField
import django.db.models
import django_extensions.db.fields

class AutoCreatedField(django.db.models.DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('editable', False)
        kwargs.setdefault('default', None)
        super().__init__(*args, **kwargs)

class AutoLastModifiedField(AutoCreatedField):
    pass

class SlugField(django_extensions.db.fields.AutoSlugField):
    pass
