"""Builds queries with right and wrong names, and writes down at which of them Django fails.

The code of the queries is written too: luthier reads that very code.
"""

import json
import sys
import warnings

import django
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import connection
from django.db.models import Count, F, Prefetch, Q

django.setup()

from django.apps import apps  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from shop import models as shop  # noqa: E402

MODELS = list(apps.get_app_config("shop").get_models())
LOOKUPS = [
    "exact", "iexact", "in", "gt", "gte", "lt", "lte", "range", "isnull", "contains", "icontains",
    "startswith", "iendswith", "regex", "iregex", "contians", "like", "year", "month", "day", "week",
    "week_day", "iso_year", "iso_week_day", "quarter", "hour", "minute", "second", "date", "time",
    "date__year", "date__hour", "date__gte", "time__hour", "time__day", "year__gte", "year__year",
    "exact__gt", "len", "0", "any_key",
]


def parts(model):
    """The names that a path may go on with: all that there are, and some that there are not."""
    names = ["pk", "id", "nothing"]
    for field in model._meta.get_fields(include_hidden=True):
        names.append(field.name)
        names.append(getattr(field, "attname", field.name))
        if hasattr(field, "get_accessor_name"):
            names.append(field.get_accessor_name())
    first = next(field for field in model._meta.fields if len(field.name) > 3)
    names.append(first.name[:-1])
    names += ["title"] if hasattr(model, "title") else []
    found = []
    for name in names:
        if name and "+" not in name and name not in found:
            found.append(name)
    return found


def target(model, name):
    for field in model._meta.get_fields():
        if field.name == name:
            return field.related_model if field.is_relation else None
    return None


def paths():
    """Pairs of a model and a path of names."""
    for model in MODELS:
        for name in parts(model):
            yield model, name
            inner = target(model, name)
            if inner is None:
                continue
            for second in parts(inner):
                yield model, f"{name}__{second}"
                innermost = target(inner, second)
                if innermost is not None and model.__name__ in ("Order", "Company"):
                    for third in parts(innermost):
                        yield model, f"{name}__{second}__{third}"


def lookups():
    for model in MODELS:
        for field in model._meta.get_fields():
            if field.auto_created and not field.concrete:
                continue
            for lookup in LOOKUPS:
                yield model, f"{field.name}__{lookup}"


def queries():
    """Triples of a code, the function that runs it, and whether rows have to be fetched."""
    for model, path in [*paths(), *lookups()]:
        code = f"{model.__name__}.objects.filter({path}=None)"
        yield code, lambda m=model, p=path: m.objects.filter(**{p: None}), False
    for model, path in paths():
        name, objects = model.__name__, model.objects
        yield (
            f"{name}.objects.exclude(Q({path}__isnull=True) | ~Q(pk=1))",
            lambda o=objects, p=path: o.exclude(Q(**{f"{p}__isnull": True}) | ~Q(pk=1)),
            False,
        )
        for method in ("order_by", "values", "values_list", "select_related"):
            yield (
                f'{name}.objects.{method}("{path}")',
                lambda o=objects, m=method, p=path: getattr(o, m)(p),
                False,
            )
        yield (
            f'{name}.objects.annotate(x=F("{path}"))',
            lambda o=objects, p=path: o.annotate(x=F(p)),
            False,
        )
        yield (
            f'{name}.objects.annotate(x=Count("{path}"))',
            lambda o=objects, p=path: o.annotate(x=Count(p)),
            False,
        )
        if "__" not in path:
            yield (
                f"{name}.objects.update({path}=None)",
                lambda o=objects, p=path: updated(o, p),
                False,
            )
        if path.endswith("title"):
            # A property: only a run tells what it gives.
            continue
        yield (
            f'{name}.objects.prefetch_related("{path}")',
            lambda o=objects, p=path: o.prefetch_related(p),
            True,
        )
        yield (
            f'{name}.objects.prefetch_related(Prefetch("{path}"))',
            lambda o=objects, p=path: o.prefetch_related(Prefetch(p)),
            True,
        )


def updated(objects, path):
    query = objects.all().query.chain(django.db.models.sql.UpdateQuery)
    try:
        query.add_update_values({path: None})
        query.get_compiler("default").as_sql()
    except AttributeError as error:
        # What leads back to other rows is no column; Django does not say so in words.
        raise FieldError from error
    return objects.none()


def fill():
    """One row of each model, related to each other in every way: an empty end hides what comes
    after it."""
    with connection.schema_editor() as editor:
        wanted = [*apps.get_app_config("contenttypes").get_models()]
        wanted += [*apps.get_app_config("auth").get_models(), *MODELS]
        for model in wanted:
            if not model._meta.proxy:
                editor.create_model(model)
    user = User.objects.create(username="one")
    country = shop.Country.objects.create(code="at", name="Austria")
    company = shop.Company.objects.create(name="one", user=user, country=country)
    company.owner_id = company.pk
    company.save()
    company.friends.add(company.customer_ptr)
    product = shop.Product.objects.create(name="one", made_in=country)
    order = shop.Order.objects.create(customer_id=company.pk, payer_id=company.pk, gift=product)
    shop.Line.objects.create(order=order, product=product)
    product.notes.create(text="one")
    shop.Badge.objects.create(customer_id=company.pk, text="one")
    permission = Permission.objects.create(
        name="one", codename="one", content_type=ContentType.objects.get_for_model(User)
    )
    group = Group.objects.create(name="one")
    group.permissions.add(permission)
    user.groups.add(group)
    user.user_permissions.add(permission)


def fails(run, fetches):
    try:
        rows = run()
        if fetches:
            list(rows)
        else:
            str(rows.query)
    except (FieldError, FieldDoesNotExist):
        return True
    except (AttributeError, ValueError) as error:
        # These say of a value that it is none; the names were found before.
        return fetches and any(word in str(error) for word in ("Cannot find", "does not resolve"))
    except Exception:
        return False
    return False


def main():
    warnings.simplefilter("ignore")
    fill()
    lines = [
        "from django.db.models import Count, F, Prefetch, Q",
        f"from shop.models import {', '.join(model.__name__ for model in MODELS)}",
    ]
    failing = []
    for index, (code, run, fetches) in enumerate(queries()):
        lines += ["", f"def query_{index}():", f"    return {code}"]
        if fails(run, fetches):
            failing.append(len(lines))
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"code": "\n".join(lines) + "\n", "failing": failing}, file)


main()
