import django.db.models

class JSONField(django.db.models.JSONField):
    pass
