"""States of a case, and their tables, on whichever database is configured."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from django.db import connection, connections, transaction
from django.db import migrations as m
from django.db.migrations.state import ProjectState

import cases

ROWS = 100
OTHERS = 200


def query(sql, *parameters, using="default"):
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def prepared(case):
    """The states before and after the operation, the tables of the first one filled."""
    state = ProjectState()
    fields = {**cases.thing(), **case.fields}
    operations = [
        m.CreateModel("Other", list(cases.other().items())),
        m.CreateModel("Thing", list(fields.items()), dict(case.options)),
        *case.before,
    ]
    for operation in operations:
        after = state_after(operation, state)
        run(operation, operation.database_forwards, state, after)
        state = after
    with transaction.atomic(), connection.constraint_checks_disabled():
        for model in state.apps.get_models(include_auto_created=True):
            if model.__name__ != "Bare":
                fill(case, model)
        if case.rows:
            query(case.rows)
    return state, state_after(case.operation, state)


def state_after(operation, state):
    after = state.clone()
    operation.state_forwards("app", after)
    # Models are rendered when first asked for; operations expect both states to have theirs.
    state.apps, after.apps
    return after


def run(operation, direction, from_state, to_state, log=None):
    with connection.schema_editor(atomic=in_transaction(operation)) as editor:
        editor.execute = noted(editor.execute, log)
        direction("app", editor, from_state, to_state)


def in_transaction(operation):
    """Whether it may be: `NotInTransactionMixin` of `django.contrib.postgres` forbids it."""
    return not hasattr(operation, "_ensure_not_in_transaction")


def noted(execute, log):
    """Notes what the schema editor executes, its questions about the catalogue left out."""

    def note(run, sql, params, many, context):
        text = sql if params is None else context["cursor"].cursor.mogrify(sql, params)
        log.append(text.decode() if isinstance(text, bytes) else text)
        return run(sql, params, many, context)

    def noting(sql, params=()):
        with connection.execute_wrapper(note):
            return execute(sql, params)

    return execute if log is None else noting


def fill(case, model):
    # There are rows that nobody refers to.
    rows = {"Other": OTHERS, "Child": ROWS // 2}.get(model.__name__, ROWS)
    model.objects.bulk_create(row(case, model, number) for number in range(1, rows + 1))


def row(case, model, index, **values):
    for field in model._meta.concrete_fields:
        if field.attname in values or field.name in values:
            continue
        if getattr(field, "generated", False) or field.get_internal_type().endswith("AutoField"):
            continue
        if field.name == "extra" and case.fill:
            values[field.attname] = case.fill(index)
        else:
            values[field.attname] = value(field, index)
    return model(**values)


def value(field, number):
    """Another one for each number, for as many as the type allows."""
    if field.remote_field:
        return value(field.target_field, number)
    name = field.get_internal_type()
    if name in ("CharField", "SlugField", "TextField", "FileField"):
        return f"{field.name}-{number}"
    if name == "BooleanField":
        return number % 2 == 1
    if name == "DecimalField":
        return Decimal(number) + Decimal("0.25") + Decimal("0.0025") * (field.decimal_places == 4)
    if name == "FloatField":
        return number + 0.25
    if name == "DateField":
        return date(2020, 1, 1) + timedelta(days=number)
    if name == "DateTimeField":
        return datetime(2020, 1, 1, 9, 30, tzinfo=timezone.utc) + timedelta(days=number)
    if name == "UUIDField":
        return f"00000000-0000-0000-0000-{number:012}"
    if name == "JSONField":
        return {"number": number}
    if name == "ArrayField":
        return [value(field.base_field, number)]
    if name == "HStoreField":
        return {"number": str(number)}
    if name == "IntegerRangeField":
        return (number, number + 1)
    return number
