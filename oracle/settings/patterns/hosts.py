"""Patterns for lists that a variable gives as text; only where any list of texts makes sense."""

import json

from layout import literal
from patterns.registry import ENVIRON, ENVIRONS, ENVIRONS_PRELUDE, OS, assigned, low, pattern, pydantic, variable


FREE_LISTS = {"ALLOWED_HOSTS"}


def list_from(name, expression, states, **more):
    return assigned(name, expression, variables={variable(name): states}, **more)


def free_list(function):
    """A pattern for lists of settings in which any text makes sense."""

    def guarded(name, value):
        return function(name, value) if name in FREE_LISTS else None

    guarded.__name__ = function.__name__
    return pattern("texts", "list")(guarded)


@free_list
def environ_split(name, value):
    return list_from(name, f'os.environ.get("{variable(name)}", "{",".join(value)}").split(",")',
                     [None, "a.example,b.example", ""], imports=[OS])


@free_list
def environ_item_split(name, value):
    return list_from(name, f'os.environ["{variable(name)}"].split()',
                     ["a.example b.example", ""], imports=[OS])


@free_list
def split_and_filtered(name, value):
    return list_from(
        name,
        f'[host.strip() for host in os.getenv("{variable(name)}", "{",".join(value)}").split(",") if host.strip()]',
        [None, "a.example, b.example", ""], imports=[OS],
    )


@free_list
def filter_none_split(name, value):
    return list_from(name, f'list(filter(None, os.getenv("{variable(name)}", "").split(",")))',
                     [None, "a.example"], imports=[OS])


@free_list
def environ_list(name, value):
    return list_from(name, f'env.list("{variable(name)}", default={literal(list(value))})',
                     [None, "a.example,b.example", ""],
                     imports=ENVIRON, prelude=["env = environ.Env()"])


@free_list
def environ_list_required(name, value):
    return list_from(name, f'env.list("{variable(name)}")', ["a.example,b.example", ""],
                     imports=ENVIRON, prelude=["env = environ.Env()"])


@free_list
def environ_scheme_list(name, value):
    return list_from(
        name, f'env_{low(name)}("{variable(name)}")', [None, "a.example", ""], imports=ENVIRON,
        prelude=[f"env_{low(name)} = environ.Env({variable(name)}=(list, {literal(list(value))}))"],
    )


@free_list
def environ_list_plus(name, value):
    return list_from(name, f'["localhost"] + env.list("{variable(name)}", default=[])',
                     [None, "a.example"], imports=ENVIRON, prelude=["env = environ.Env()"])


@free_list
def decouple_csv(name, value):
    return list_from(name, f'config("{variable(name)}", default="{",".join(value)}", cast=Csv())',
                     [None, "a.example, b.example", ""], imports=["from decouple import Csv, config"])


@free_list
def decouple_lambda(name, value):
    return list_from(
        name,
        f'config("{variable(name)}", default="", cast=lambda v: [s.strip() for s in v.split(",") if s])',
        [None, "a.example, b.example"], imports=["from decouple import config"],
    )


@free_list
def environs_list(name, value):
    return list_from(name, f'environment.list("{variable(name)}", {literal(list(value))})',
                     [None, "a.example,b.example", ""], imports=ENVIRONS, prelude=ENVIRONS_PRELUDE)


@free_list
def pydantic_list(name, value):
    return pydantic(name, "list[str]", literal(list(value)), [None, json.dumps(["a.example"]), "[]"])
