import django.db.models

class CurrencyField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 3)
        kwargs.setdefault('default', None)
        super().__init__(*args, **kwargs)

class MoneyField(django.db.models.DecimalField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('decimal_places', 2)
        super().__init__(*args, **kwargs)
