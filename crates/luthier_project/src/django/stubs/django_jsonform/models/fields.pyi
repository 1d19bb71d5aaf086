from django.contrib.postgres.fields.array import ArrayField as DjangoArrayField
import django.contrib.postgres.fields.array
import django.db.models

class JSONField(django.db.models.JSONField):
    pass

class ArrayField(django.contrib.postgres.fields.array.ArrayField):
    pass
