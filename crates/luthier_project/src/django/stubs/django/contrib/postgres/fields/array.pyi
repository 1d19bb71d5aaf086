import django.db.models

class ArrayField(django.db.models.CheckFieldDefaultMixin, django.db.models.Field):
    pass
