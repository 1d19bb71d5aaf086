import django.db.models

class PhoneNumberField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 128)
        super().__init__(*args, **kwargs)
