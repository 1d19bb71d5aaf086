import django.db.models

class CountryField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 2)
        super().__init__(*args, **kwargs)
    def get_internal_type(self):
        return 'CharField'
