from django.contrib.postgres.fields.array import ArrayField as ArrayField
import django.db.models

class HStoreField(django.db.models.CheckFieldDefaultMixin, django.db.models.Field):
    pass
