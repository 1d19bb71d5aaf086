import django.db.models

class TreeForeignKey(django.db.models.ForeignKey):
    pass

class TreeOneToOneField(django.db.models.OneToOneField):
    pass

class TreeManyToManyField(django.db.models.ManyToManyField):
    pass
