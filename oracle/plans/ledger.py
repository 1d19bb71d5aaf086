"""What data there has to be, by what was written."""

from datetime import date, datetime, time

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models.fields.json import JSONField
from django.utils import timezone

from changes import APP
from values import is_automatic, known_field, value, value_of_target, written


def fill(case):
    """Fills the tables of the state before; gives each row's values, by the names after it."""
    seeds = {}
    for model in in_order():
        rows = case.rows_of(model.__name__)
        fields = written(model)
        kept = seeds.setdefault(case.current(model.__name__), {})
        columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor, cursor.copy(
            f"COPY {table} ({columns}) FROM STDIN"
        ) as to:
            for number in range(1, rows + 1):
                values = {field: seed(case, field, number) for field in fields}
                to.write_row([adapted(field, given) for field, given in values.items()])
                key = values[model._meta.get_field(case.name_of(model))]
                kept[key] = {
                    case.current(model.__name__, field.name): seed(case, field, number, known_one)
                    for field in fields
                }
        reset_sequence(model)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return seeds


def in_order():
    """The models, each after those that it refers to."""
    waiting = [
        model
        for model in apps.get_app_config(APP).get_models(include_auto_created=True)
        if model._meta.managed
    ]
    done = []
    while waiting:
        for model in waiting:
            targets = {
                field.remote_field.model for field in model._meta.local_fields if field.remote_field
            }
            if not (targets - {model}) & set(waiting):
                done.append(model)
                waiting.remove(model)
                break
        else:
            raise RuntimeError("the models refer to each other in a circle")
    return done


def seed(case, field, number, find=None):
    if is_automatic(field):
        return number
    if field.remote_field and field.remote_field.model is field.model:
        # Of a row that is there already.
        return None if number == 1 else value_of_target(case, field, number - 1, find)
    return value(case, field, number, is_plain=field.primary_key, find=find)


def known_one(_, known):
    """Rows are known by the same whatever a relation holds."""
    return known


def adapted(field, given):
    if isinstance(field, JSONField) and given is not None:
        return connection.ops.adapt_json_value(given, None)
    return field.get_db_prep_save(given, connection)


def reset_sequence(model):
    for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
        with connection.cursor() as cursor:
            cursor.execute(sql)


def no_style():
    from django.core.management.color import no_style

    return no_style()


def expected(seeds, entries):
    """The rows that there have to be, each with the values that were written last."""
    rows = {
        model: {key: dict(values) for key, values in seeded.items()}
        for model, seeded in seeds.items()
    }
    for _, model, key, values in sorted(entries, key=lambda entry: entry[0]):
        rows_of_model = rows.setdefault(model, {})
        if values is None:
            rows_of_model.pop(key, None)
        else:
            rows_of_model.setdefault(key, {}).update(values)
    return rows


def differences(case, seeds, entries, is_last):
    """How the tables differ from what was written, seen with the code that this runs within.

    What no code gave a value for has one when the last release is there.
    """
    wanted = expected(seeds, entries)
    found = []
    for model in apps.get_app_config(APP).get_models(include_auto_created=True):
        if not model._meta.managed:
            continue
        rows = wanted.get(case.current(model.__name__), {})
        found += of_model(case, model, rows, is_last)
    return found


def of_model(case, model, rows, is_last):
    fields = written(model)
    judged = [known_field(case, field) or field for field in fields]
    columns = [
        field.attname if field is known else f"{field.name}__{known.attname}"
        for field, known in zip(fields, judged)
    ]
    known = model._meta.get_field(case.name_of(model)).attname
    there = {key: values for key, *values in model._base_manager.values_list(known, *columns)}
    if missing := rows.keys() - there.keys():
        yield f"{len(missing)} rows of {model.__name__} are gone, such as {min(missing, key=str)}"
    if others := there.keys() - rows.keys():
        yield f"{len(others)} rows of {model.__name__} are too many, such as {min(others, key=str)}"
    for place, field in enumerate(fields):
        name = case.current(model.__name__, field.name)
        default = unwritten(case, field)
        wrong = []
        for key in rows.keys() & there.keys():
            has, wants = there[key][place], rows[key].get(name, ANY)
            if not is_right(judged[place], has, wants, default, is_last):
                wrong.append((key, has, wants))
        if wrong:
            key, has, wants = min(wrong, key=str)
            wants = default if wants is ANY else wants
            yield (
                f"{model.__name__}.{name} is wrong in {len(wrong)} rows: in {key} it is {has!r},"
                f" not {wants!r}"
            )


ANY = object()


def is_right(field, has, wants, default, is_last):
    if wants is ANY:
        return not is_last or default is ANY or is_same(field, has, default)
    if is_same(field, has, wants):
        return True
    # NULL may have become a value, and is not known any more where that is taken back.
    return wants is None and (not field.null if default is ANY else is_same(field, has, default))


def is_same(field, one, other):
    return one == other or normal(field, one) == normal(field, other)


def unwritten(case, field):
    """What a field has in rows that no code gave a value for it."""
    model = case.current(field.model.__name__)
    name = f"{model}.{case.current(model, field.name)}"
    if name in case.filled:
        return case.filled[name]
    if field.has_default():
        return ANY if callable(field.default) else field.default
    db_default = getattr(field, "db_default", models.NOT_PROVIDED)
    if db_default is not models.NOT_PROVIDED:
        return ANY if hasattr(db_default, "resolve_expression") else db_default
    return None if field.null else ANY


def normal(field, given):
    if given is None:
        return None
    if field.remote_field:
        return normal(field.target_field, given)
    if isinstance(field, models.DateTimeField) and type(given) is date:
        # As `to_python` has it, which warns of each.
        start = datetime.combine(given, time.min)
        return timezone.make_aware(start, timezone.get_default_timezone())
    return field.to_python(given) if not isinstance(field, JSONField) else given


def seen(case, seeds, entries, is_last):
    with transaction.atomic():
        return list(differences(case, seeds, entries, is_last))
