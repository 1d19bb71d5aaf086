import django.db.models

class HistoricForeignKey(django.db.models.ForeignKey):
    pass

class HistoricOneToOneField(django.db.models.OneToOneField):
    pass
