"""The queries of one release, made over and over through its models, while another migrates.

Runs within the release's code. What is written is noted with the time at which it was, taken while
the row is still locked, so that of two writers of a row the later one is known.
"""

import itertools
import random
import time

from contextlib import contextmanager

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Count, ForeignKey

from changes import APP
from values import has_default, is_automatic, known_field, value, written

# So that no two processes give the same number: each has a range of its own.
RANGE = 1_000_000

# Fields whose values `to_python` gives the type of.
PLAIN = {
    "BigIntegerField",
    "BooleanField",
    "CharField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "FloatField",
    "IntegerField",
    "TextField",
}

# Faults that are told of one process.
MOST = 5


class Load:
    def __init__(self, case, place):
        self.case = case
        self.numbers = itertools.count(RANGE * (place + 1))
        self.random = random.Random(place)
        self.entries = []
        self.faults = {}
        self.own = {}
        # What rows are known by and what leads to them, one by the other.
        self.seen = {}
        models = apps.get_app_config(APP).get_models(include_auto_created=True)
        self.models = [model for model in models if model._meta.managed]
        for model in self.models:
            model._meta.managed = model._meta.object_name not in case.unmanaged

    def round(self, number):
        for model in self.models:
            queries = [self.insert, self.insert_many, self.read, self.delete]
            if not self.case.is_ungrouped:
                queries.append(self.group)
            # Pairs of a many to many relation come and go, but do not change.
            if not model._meta.auto_created:
                queries += [self.insert_what_it_must, self.save, self.update, self.keep_open]
            for query in queries:
                self.attempt(query, model)
            if number % 2 == 0:
                self.attempt(self.compare, model)

    def attempt(self, query, model):
        try:
            query(model)
        except Exception as error:
            what = f"{query.__name__} of {model.__name__}"
            text = (str(error).splitlines() or [repr(error)])[0]
            if len(self.faults) < MOST:
                self.faults.setdefault((what, type(error).__name__), text)
            connection.close()

    @contextmanager
    def transaction(self):
        """What is noted in it counts if it is kept: deferred constraints are checked at its end."""
        known = len(self.entries)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            del self.entries[known:]
            raise

    def note(self, row, names=None, is_there=True):
        model = self.case.current(row._meta.object_name)
        values = {}
        for field in written(row):
            if names is not None and field.name not in names:
                continue
            given = row.__dict__.get(field.attname)
            if hasattr(given, "resolve_expression"):
                continue
            if given is not None and known_field(self.case, field):
                given = self.known(field, given)
            values[self.case.current(model, field.name)] = given
        key = getattr(row, row._meta.get_field(self.case.name_of(row)).attname)
        self.entries.append((time.monotonic(), model, key, values if is_there else None))

    # Rows

    def fresh(self, model, must=False):
        number = next(self.numbers)
        values = {}
        for field in written(model):
            if is_automatic(field) or (must and has_default(field)):
                continue
            if field.primary_key and field.has_default():
                continue
            values[field.attname] = self.given(field, number)
        return model(**values)

    def given(self, field, number):
        if isinstance(field, ForeignKey) and field.unique:
            # Each row of the other side has at most one.
            other = self.fresh(field.remote_field.model)
            other.save(force_insert=True)
            self.note(other)
            return getattr(other, field.target_field.attname)
        return self.value(field, number)

    def value(self, field, number, is_plain=False):
        return value(self.case, field, number, is_plain, self.find)

    def find(self, field, given):
        """What a relation holds that leads to the row which is known by a value."""
        return self.looked_up(field, known_field(self.case, field), field.target_field, given)

    def known(self, field, given):
        return self.looked_up(field, field.target_field, known_field(self.case, field), given)

    def looked_up(self, field, by, gives, given):
        key = (field, by, given)
        if key not in self.seen:
            rows = field.remote_field.model._base_manager.filter(**{by.attname: given})
            self.seen[key] = rows.values_list(gives.attname, flat=True)[0]
        return self.seen[key]

    def some_key(self, model):
        """Of a row that was there before, or that this process has made."""
        own = self.own.setdefault(model, [])
        if own and self.random.random() < 0.3:
            return self.random.choice(own)
        rows = self.case.rows_of(model.__name__)
        number = self.random.randint(1, rows)
        known = model._meta.get_field(self.case.name_of(model))
        given = value(self.case, known, number, is_plain=True)
        if known.primary_key:
            return given
        return model._base_manager.filter(**{known.attname: given}).values_list("pk")[0][0]

    # Queries

    def made(self, *rows):
        for row in rows:
            self.note(row)
            self.own.setdefault(type(row), []).append(row.pk)

    def insert(self, model):
        row = self.fresh(model)
        put(row, force_insert=True)
        self.made(row)

    def insert_what_it_must(self, model):
        row = self.fresh(model, must=True)
        put(row, force_insert=True)
        self.made(row)

    def insert_many(self, model):
        # Django does not know how for the table of a child.
        if not model._meta.parents:
            self.made(*model._base_manager.bulk_create([self.fresh(model) for _ in range(3)]))

    def read(self, model):
        rows = model._base_manager.order_by("pk")
        keys = [field.name for field in model._meta.local_fields if field.remote_field]
        for row in rows.select_related(*keys)[:20] if keys else rows[:20]:
            self.check_types(row)
        rows.filter(pk=self.some_key(model)).first()
        rows.values_list().last()

    def group(self, model):
        """Django groups by the key alone, and reads all columns."""
        rows = model._base_manager.annotate(each=Count("pk")).filter(pk=self.some_key(model))
        for row in rows:
            if row.each != 1:
                raise ValueError(f"{model.__name__} {row.pk} is there {row.each} times")

    def check_types(self, row):
        """Code relies on what it gets being what its fields say."""
        for field in written(row):
            given = getattr(row, field.attname)
            if given is not None and field.get_internal_type() in PLAIN:
                wants = type(field.to_python(given))
                if type(given) is not wants:
                    raise TypeError(f"{field.name} is {given!r}, not of {wants.__name__}")

    def compare(self, model):
        """Looks for values in each column."""
        number = self.random.randint(1, 1000)
        for field in written(model):
            if field.get_internal_type() != "JSONField":
                sought = self.value(field, number, is_plain=True)
                model._base_manager.filter(**{field.attname: sought}).order_by(
                    field.attname
                ).first()

    def change(self, row, names):
        number = next(self.numbers)
        for field in written(row):
            if field.name in names:
                setattr(row, field.attname, self.value(field, number))

    def changeable(self, model):
        """Fields that may be given another value: of unique foreign keys each value is taken."""
        return [
            field.name
            for field in written(model)
            if not field.primary_key
            and not (field.unique and field.remote_field)
            and f"{model.__name__}.{field.name}" not in self.case.fixed
        ]

    def save(self, model):
        with self.transaction():
            row = model._base_manager.filter(pk=self.some_key(model)).first()
            if row is not None:
                self.change(row, self.changeable(model))
                put(row)
                self.note(row)

    def update(self, model):
        names = self.changeable(model)
        if not names:
            return
        name = self.random.choice(names)
        with self.transaction():
            key = self.some_key(model)
            row = model._base_manager.filter(pk=key).only("pk", self.case.name_of(model)).first()
            if row is None:
                return
            self.change(row, [name])
            attribute = model._meta.get_field(name).attname
            given = {attribute: getattr(row, attribute)}
            if model._base_manager.filter(pk=key).update(**given):
                self.note(row, [name])

    def keep_open(self, model):
        """A transaction that takes its time."""
        with self.transaction():
            self.insert(model)
            self.update(model)
            time.sleep(0.002)

    def delete(self, model):
        """Of rows that no other process knows."""
        own = self.own.get(model)
        if not own:
            return
        key = own.pop(self.random.randrange(len(own)))
        row = model._base_manager.filter(pk=key).first()
        if row is not None:
            known = row._meta.get_field(self.case.name_of(row)).attname
            was = getattr(row, known)
            row.delete(keep_parents=True)
            setattr(row, known, was)
            self.note(row, is_there=False)


def put(row, **how):
    """Of a child its own table only: the row of its parent is one by itself."""
    if row._meta.parents:
        row.save_base(raw=True, **how)
    else:
        row.save(**how)


def run(case, place, stop, rounds):
    """Makes queries until it is told to stop; gives the faults and what was written."""
    load = Load(case, place)
    for number in itertools.count():
        load.round(number)
        rounds.value = number + 1
        if stop.is_set():
            connection.close()
            return load.faults, load.entries
