import django.db.models

class AutoCreatedField(django.db.models.DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('editable', False)
        kwargs.setdefault('default', None)
        super().__init__(*args, **kwargs)

class AutoLastModifiedField(AutoCreatedField):
    pass

class StatusField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 100)
        super().__init__(*args, **kwargs)

class MonitorField(django.db.models.DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('default', None)
        super().__init__(*args, **kwargs)

class SplitField(django.db.models.TextField):
    pass

class UUIDField(django.db.models.UUIDField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('editable', False)
        kwargs.setdefault('default', None)
        super().__init__(*args, **kwargs)

class UrlsafeTokenField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 128)
        kwargs.setdefault('editable', False)
        super().__init__(*args, **kwargs)
