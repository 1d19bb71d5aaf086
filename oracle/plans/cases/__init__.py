"""The plans that are tried: for each kind of unsafe change a few projects."""

from dataclasses import dataclass, field

import django

DJANGO = django.VERSION[:2]

ROWS = 12_000


@dataclass
class Case:
    name: str
    # `models.py` without its first import: lines with `-` are there before the change, those with
    # `+` after it, all others both times.
    models: str
    # Lines before the import of `models`, such as other imports.
    imports: str = ""
    # What has to be wrong with doing it at once, in the words of README.md; None where that is
    # not tried.
    at_once: set | None = None
    # Whether luthier is given the migration that does it at once, instead of the models alone.
    is_migration: bool = False
    # What `makemigrations` is answered: the default for rows that there are, by field, and
    # whether what goes and comes alike is renamed.
    one_off: dict = field(default_factory=dict)
    # New names by old ones: `Order.ref` to `Order.reference`, `Order` to `Purchase`.
    renamed: dict = field(default_factory=dict)
    # Values by number, by `Model.field`.
    fill: dict = field(default_factory=dict)
    # Fields, by `Model.field`, that no code changes, since others refer to them in the end.
    fixed: set = field(default_factory=set)
    # The fields by which rows are known before and after the change, by model, where keys change.
    known_by: dict = field(default_factory=dict)
    # Whether no query groups by a key alone: while the key changes, PostgreSQL takes those of one release
    # only.
    is_ungrouped: bool = False
    # Models whose code says that they are not managed, as the plan wants where the table gets another name
    # and a view has the old one: Django then groups by all columns.
    unmanaged: set = field(default_factory=set)
    # What a new field has in rows that no code gave a value for it, by `Model.field`.
    filled: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    # Lines of the settings beside the usual ones.
    settings: str = ""
    # Text of the reason why there is no plan.
    unplanned: str | None = None
    # Whether there is nothing to plan.
    is_safe: bool = False
    # luthier's plan with a mistake put in: a part of its text, what it becomes, and what is wrong with
    # it then.
    spoiled: list = field(default_factory=list)
    # Where two migrations make the change: what the first one makes of the models before, text by text.
    halfway: dict = field(default_factory=dict)
    # SQL that whoever deploys runs before a step, by its number, as the one before it says.
    by_hand: dict = field(default_factory=dict)
    # What is wrong with luthier's plan where that is not done.
    neglected: set = field(default_factory=set)
    # A function of the app's `code` that the migration runs, and before which of its operations.
    runs: list = field(default_factory=list)
    # Whether Django has no way at all, so that the end is what the models come to in an empty database.
    is_impossible: bool = False
    # A plan that is written by hand, in place of luthier's; `at_once` says what is wrong with it.
    steps: list | None = None
    # What `code.py` of the app has.
    code: str = ""
    # Whether it is run with every Django and PostgreSQL.
    everywhere: bool = False

    def between(self):
        """`models.py` between two migrations."""
        text = self.texts("-")
        for old, new in self.halfway.items():
            text = text.replace(old, new)
        return text

    def texts(self, mark):
        """`models.py` of before (`-`) or after (`+`) the change."""
        lines = self.models.strip("\n").split("\n")
        kept = [line[1:] for line in lines if not line or line[0] in (" ", mark)]
        text = "from django.db import models\n\n\n" + "\n".join(kept) + "\n"
        return f"{self.imports}\n\n{text}" if self.imports else text

    def current(self, model, name=None):
        """The name after the change of a model, or of a field of it."""
        if name is None:
            return self.renamed.get(model, model)
        for owner in (model, self.former(model)):
            if new := self.renamed.get(f"{owner}.{name}"):
                return new.split(".")[1]
        return name

    def former(self, model):
        """The name of a model before the change."""
        return {new: old for old, new in self.renamed.items()}.get(model, model)

    def fill_of(self, model, name):
        """What gives the values of a field, under its name before or after the change."""
        owners, names = (model, self.current(model)), (name, self.current(model, name))
        given = (self.fill.get(f"{owner}.{each}") for owner in owners for each in names)
        return next(filter(None, given), None)

    def name_of(self, model):
        """The name of the field by which the rows of a model are known."""
        return self.known_by.get(model._meta.object_name, model._meta.pk.name)

    def rows_of(self, model):
        for name in (model, self.former(model)):
            if name in self.rows:
                return self.rows[name]
        return ROWS


# The usual project: orders of a few customers. What differs is put in the place of `{}`.
SHOP = """
 class Customer(models.Model):
     name = models.CharField(max_length=100)


 class Order(models.Model):
     customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
     code = models.CharField(max_length=60, unique=True)
     note = models.TextField(null=True, blank=True)
     total = models.DecimalField(max_digits=12, decimal_places=2)
"""

# The same with names that have to be quoted, keys that are no numbers, and columns that are not
# named as fields are.
ODD = """
 class Customer(models.Model):
     id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
     name = models.CharField(max_length=100)

     class Meta:
         db_table = "user"


 class Order(models.Model):
     id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
     customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_column="Of Customer")
     code = models.CharField(max_length=60, unique=True, db_column="Code")
     note = models.TextField(null=True, blank=True)
     total = models.DecimalField(max_digits=12, decimal_places=2)
"""

ODD_TABLE = """
     class Meta:
         db_table = "Shop Orders"
"""

CASES = []


def case(name, models, *, django=(0, 0), until=(99, 0), **rest):
    if django <= DJANGO < until:
        rest.setdefault("rows", {"Customer": 50})
        CASES.append(Case(name, models, **rest))


def shop(name, changed, **rest):
    """A case whose orders have these lines more, or less."""
    lines = SHOP.strip("\n").split("\n")
    gone = [f" {line[1:]}" for line in changed.split("\n") if line.startswith("-")]
    kept = [line for line in lines if line not in gone]
    case(name, "\n".join(kept) + "\n" + changed.strip("\n"), **rest)


def odd(name, changed, **rest):
    lines = ODD.strip("\n").split("\n")
    gone = [f" {line[1:]}" for line in changed.split("\n") if line.startswith("-")]
    kept = [line for line in lines if line not in gone]
    text = "\n".join(kept) + "\n" + changed.strip("\n") + "\n" + ODD_TABLE.rstrip("\n")
    case(name, text, imports="import uuid", **rest)
