import django.db.models

class ParentalKey(django.db.models.ForeignKey):
    pass

class ParentalManyToManyField(django.db.models.ManyToManyField):
    pass
