from django.db import models


class MoneyField(models.DecimalField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class StrictMoneyField(MoneyField):
    description = "money, never negative"


class UpperField(models.CharField):
    def get_prep_value(self, value):
        return super().get_prep_value(value).upper()


class PointField(models.Field):
    def db_type(self, connection):
        return "point"


class ColourField(models.IntegerField):
    def get_internal_type(self):
        return "CharField"


class OwnForeignKey(models.ForeignKey):
    pass


class OwnerField(models.ForeignKey):
    def __init__(self, to="auth.User", on_delete=models.CASCADE, **kwargs):
        super().__init__(to, on_delete, **kwargs)


class OwnManyToMany(models.ManyToManyField):
    pass


class OwnOneToOne(models.OneToOneField):
    pass
