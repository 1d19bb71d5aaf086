import django.db.models

class RangeField(django.db.models.Field):
    pass

class ContinuousRangeField(RangeField):
    pass

class IntegerRangeField(RangeField):
    pass

class BigIntegerRangeField(RangeField):
    pass

class DecimalRangeField(ContinuousRangeField):
    pass

class DateTimeRangeField(ContinuousRangeField):
    pass

class DateRangeField(RangeField):
    pass
