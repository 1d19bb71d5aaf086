import django.db.models

class Constance(django.db.models.Model):
    key = django.db.models.CharField(max_length=255, unique=True)
    value = django.db.models.TextField(blank=True, null=True, editable=False)
    def __str__(self, *args, **kwargs): ...
