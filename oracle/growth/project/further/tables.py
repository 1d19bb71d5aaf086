"""Tables for spreadsheets: what is in a column is said once, for all kinds of rows."""

import csv
import io
from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import NamedTuple


class Column(NamedTuple):
    heading: str
    value: Callable


def column(path):
    """A column that is called like the attribute it shows."""
    return Column(path.split(".")[-1].replace("_", " "), attrgetter(path))


def as_csv(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([column.heading for column in columns])
    for row in rows:
        writer.writerow([column.value(row) for column in columns])
    return out.getvalue()


def as_dict(function):
    """Makes a dictionary of the pairs that a generator yields."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        return dict(function(*args, **kwargs))

    return wrapper
