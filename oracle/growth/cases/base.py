"""What a case is, and the ways in which one is run."""

import asyncio
import inspect
import io
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from types import GeneratorType
from typing import Callable

from asgiref.sync import SyncToAsync, async_to_sync
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import Model, QuerySet
from django.test import Client


# A form's token is another one each time.
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@dataclass(frozen=True)
class Case:
    """One entry into the project, and whether its queries grow with the rows.

    `code` is the rule that has to report it, or the rule of which it is the near miss.
    """

    name: str
    code: str
    grows: bool
    entry: str
    prepare: Callable
    run: Callable


def cases(module, verdicts, runner):
    """`verdicts` gives for each name in `module` the verdict, and what else the runner needs."""
    made = []
    for name, told in verdicts.items():
        verdict, *rest = told if isinstance(told, tuple) else (told,)
        word, code = verdict.split()
        if word not in ("grows", "constant"):
            raise ValueError(f"{module}.{name}: {verdict}")
        entry = f"{module}.{name}"
        prepare, run = runner(entry, *rest)
        made.append(Case(name, code, word == "grows", entry, prepare, run))
    return made


def functions(module, verdicts):
    """Functions, called with what `arguments` gives; what they return is read to its end."""
    return cases(module, verdicts, _function)


def pages(module, verdicts):
    """Views, asked for by their address; `data` makes it a POST, `method` anything else."""
    return cases(module, verdicts, _page)


def admin_pages(module, verdicts):
    """Pages of the admin, asked for by its user."""
    return cases(module, verdicts, _admin_page)


def queries(module, verdicts):
    """Fields of a GraphQL schema, `schema` in the module, with the query that asks for them;
    `"async"` runs it in an event loop.
    """
    runner = lambda entry, query, *how: _query(f"{module}.schema", query, *how)  # noqa: E731
    return cases(module, verdicts, runner)


def commands(verdicts):
    """Management commands: the entry is given by the module that holds it."""
    made = []
    for module, told in verdicts.items():
        verdict, *options = told if isinstance(told, tuple) else (told,)
        made += cases(module, {"Command.handle": (verdict, *options)}, _command)
    names = [case.entry.split(".")[-3] for case in made]
    return [Case(name, *_rest(case)) for name, case in zip(names, made)]


def _rest(case):
    return case.code, case.grows, case.entry, case.prepare, case.run


def resolve(entry):
    """The object with this dotted name."""
    parts = entry.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = inspect.getattr_static(found, part)
        return found
    raise ValueError(entry)


def _function(entry, arguments=lambda: ()):
    def run(arguments):
        module, name = entry.rsplit(".", 1)
        function = getattr(import_module(module), name)
        if inspect.iscoroutinefunction(function):
            return _read(async_to_sync(function)(*arguments))
        if inspect.isasyncgenfunction(function):
            return async_to_sync(_drain)(function(*arguments))
        return _read(function(*arguments))

    return arguments, run


# The task that waits while the main thread makes its queries.
asking = ContextVar("asking", default=None)
_to_thread = SyncToAsync.__call__


async def _noted(self, *args, **kwargs):
    asking.set(asyncio.current_task())
    return await _to_thread(self, *args, **kwargs)


SyncToAsync.__call__ = _noted


async def _drain(rows):
    return [row async for row in rows]


def _read(value):
    """What the caller of such a function would do: go through the rows."""
    return list(value) if isinstance(value, (GeneratorType, Iterator, QuerySet)) else value


def _page(entry, path, data=None, method=None):
    method = method or ("get" if data is None else "post")

    def prepare():
        return Client(), data() if callable(data) else data

    def run(prepared):
        client, data = prepared
        return _answer(client, path, data, "application/json", method)

    run.method = method
    return prepare, run


def _admin_page(entry, path):
    def prepare():
        client = Client()
        client.force_login(User.objects.get(username="admin"))
        return client

    return prepare, lambda client: _answer(client, path, None, None, "get")


def _answer(client, path, data, content_type, method):
    if data is None:
        response = getattr(client, method)(path)
    else:
        response = getattr(client, method)(path, data, content_type=content_type)
    if response.status_code not in (200, 201, 204):
        raise AssertionError(f"{path}: {response.status_code} {response.content[:300]}")
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return TOKEN.sub("", response.content.decode())


def _query(schema, query, how="sync"):
    def run(_):
        found = resolve(schema)
        if how == "async":
            result = async_to_sync(getattr(found, "execute_async", found.execute))(
                query, context_value={}
            )
        else:
            result = getattr(found, "execute_sync", found.execute)(query)
        if result.errors:
            raise AssertionError(f"{query}: {result.errors}")
        return result.data

    return lambda: None, run


def _command(entry, *options):
    name = entry.split(".")[-3]

    def run(_):
        output = io.StringIO()
        call_command(name, *options, stdout=output)
        return output.getvalue()

    return lambda: None, run


def in_words(value):
    """What a case came to, so that two runs can be compared: rows are told by their keys."""
    match value:
        case Model():
            return f"{value._meta.label} {value.pk}"
        case dict():
            return {str(in_words(key)): in_words(inner) for key, inner in value.items()}
        case set() | frozenset():
            return sorted(map(str, map(in_words, value)))
        case list() | tuple() | QuerySet():
            return [in_words(inner) for inner in value]
        case _ if is_dataclass(value):
            return [in_words(getattr(value, field.name)) for field in fields(value)]
        case _ if type(value).__repr__ is object.__repr__:
            return type(value).__name__
        case _:
            return repr(value)
