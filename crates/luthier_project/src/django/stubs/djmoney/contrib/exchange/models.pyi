import django.db.models

class ExchangeBackend(django.db.models.Model):
    name = django.db.models.CharField(primary_key=True, max_length=255, serialize=False)
    last_update = django.db.models.DateTimeField(auto_now=True)
    base_currency = django.db.models.CharField(max_length=3)
    def __str__(self, *args, **kwargs): ...
    def clear_rates(self, *args, **kwargs): ...

class Rate(django.db.models.Model):
    currency = django.db.models.CharField(max_length=3)
    value = django.db.models.DecimalField(max_digits=20, decimal_places=6)
    backend = django.db.models.ForeignKey(related_name='rates', on_delete=django.db.models.CASCADE, to='djmoney.exchangebackend')
    class Meta:
        unique_together = [['currency', 'backend']]
