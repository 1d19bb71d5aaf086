import django.db.models

class ColorField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 25)
        kwargs.setdefault('default', None)
        super().__init__(*args, **kwargs)
