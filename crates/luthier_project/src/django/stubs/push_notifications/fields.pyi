import django.db.models

class HexIntegerField(django.db.models.BigIntegerField):
    pass
