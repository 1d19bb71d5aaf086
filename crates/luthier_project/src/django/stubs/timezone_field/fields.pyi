import django.db.models

class TimeZoneField(django.db.models.Field):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 63)
        super().__init__(*args, **kwargs)
    def get_internal_type(self):
        return 'CharField'
