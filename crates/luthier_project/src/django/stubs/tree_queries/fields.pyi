import django.db.models

class TreeNodeForeignKey(django.db.models.ForeignKey):
    pass
