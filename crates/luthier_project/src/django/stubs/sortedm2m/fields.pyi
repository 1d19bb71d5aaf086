import django.db.models

class SortedManyToManyField(django.db.models.ManyToManyField):
    pass
