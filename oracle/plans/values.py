"""Values for fields: others for other numbers, and awkward ones in between."""

import uuid
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from django.db import models

# As many numbers as a small integer has, and some to spare.
SMALL = 30_000


def value(case, field, number, is_plain=False, find=None):
    """The value of a column. A plain one is neither NULL nor empty.

    Where a relation leads to rows that are known by another field than the one it holds, `find` gives that one
    by the known one.
    """
    if given := case.fill_of(field.model.__name__, field.name):
        is_known = find is not None and known_field(case, field)
        return find(field, given(number)) if is_known else given(number)
    if not is_plain and field.null and number % 7 == 0:
        return None
    if not is_plain and field.blank and field.empty_strings_allowed and number % 11 == 0:
        if not field.unique and field.get_internal_type() in ("CharField", "TextField"):
            return ""
    if field.remote_field:
        rows = case.rows_of(field.remote_field.model.__name__)
        return value_of_target(case, field, 1 + number % rows, find)
    return of_type(field, number)


def value_of_target(case, field, number, find=None):
    """What a relation holds that leads to the row with a number."""
    known = known_field(case, field)
    if known is not None and find is not None:
        return find(field, value(case, known, number, is_plain=True))
    return value(case, field.target_field, number, is_plain=True)


def known_field(case, field):
    """The field by which rows are known where a relation leads, if it holds another one."""
    if not field.remote_field:
        return None
    model = field.remote_field.model
    known = model._meta.get_field(case.name_of(model))
    return None if known is field.target_field else known


def of_type(field, number):
    name = field.get_internal_type()
    if name in ("CharField", "SlugField", "TextField", "FileField"):
        return text(field, number)
    if name in ("SmallIntegerField", "PositiveSmallIntegerField"):
        return number % SMALL
    if name == "BooleanField":
        return number % 2 == 1
    if name == "DecimalField":
        whole = number % 10 ** min(6, field.max_digits - field.decimal_places)
        return Decimal(whole) + Decimal(25).scaleb(-2 if field.decimal_places >= 2 else 0)
    if name == "FloatField":
        return number + 0.25
    if name == "DateField":
        return date(2020, 1, 1) + timedelta(days=number % 20_000)
    if name == "DateTimeField":
        return datetime(2020, 1, 1, 9, 30, tzinfo=timezone.utc) + timedelta(seconds=number)
    if name == "TimeField":
        return time(number % 24, number % 60)
    if name == "DurationField":
        return timedelta(seconds=number)
    if name == "UUIDField":
        return uuid.UUID(int=number)
    if name == "JSONField":
        return {"number": number, "it's": [None, 'a "b" %s']}
    if name == "GenericIPAddressField":
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return number


def text(field, number):
    long = f'{number} it\'s "{field.name}" ü % {{}}\\'
    if field.max_length is None or len(long) <= field.max_length:
        return long
    return str(number)[-field.max_length :]


def written(model):
    """The fields that code gives values to."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if not getattr(field, "generated", False)
    ]


def is_automatic(field):
    return isinstance(field, models.AutoField | models.BigAutoField | models.SmallAutoField)


def has_default(field):
    if field.has_default() or field.null:
        return True
    return (
        getattr(field, "auto_now", False)
        or getattr(field, "auto_now_add", False)
        or (getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED)
    )
