import django.db.models

class FSMField(django.db.models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('max_length', 50)
        super().__init__(*args, **kwargs)

class FSMIntegerField(django.db.models.IntegerField):
    pass

class FSMKeyField(django.db.models.ForeignKey):
    pass
