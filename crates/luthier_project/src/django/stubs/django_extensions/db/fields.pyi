import django.db.models

class AutoSlugField(django.db.models.SlugField):
    pass

class RandomCharField(django.db.models.CharField):
    pass

class CreationDateTimeField(django.db.models.DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('blank', True)
        kwargs.setdefault('editable', False)
        super().__init__(*args, **kwargs)
    def get_internal_type(self):
        return 'DateTimeField'

class ModificationDateTimeField(CreationDateTimeField):
    def get_internal_type(self):
        return 'DateTimeField'

class ShortUUIDField(django.db.models.CharField):
    pass
