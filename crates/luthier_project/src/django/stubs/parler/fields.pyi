import django.db.models

class TranslationsForeignKey(django.db.models.ForeignKey):
    pass
