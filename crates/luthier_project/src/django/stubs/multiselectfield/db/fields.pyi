import django.db.models

class MultiSelectField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 200)
        super().__init__(*args, **kwargs)

class SortMultiSelectField(MultiSelectField):
    pass
