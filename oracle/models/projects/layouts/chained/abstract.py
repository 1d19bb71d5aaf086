from django.db.models import CharField, Model


class Shared(Model):
    code = CharField(max_length=5)

    class Meta:
        abstract = True


class Concrete(Shared):
    class Meta(Shared.Meta):
        pass
