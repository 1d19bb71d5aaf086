"""The ways in which people write down one setting.

Each pattern turns a name and a value into a `Rendering` which, once executed, gives exactly
that value (in one of the environments that it lists). A pattern may decline a value by
returning None. `PATTERNS` maps a kind of value to the patterns for it; the modules beside
this one fill it.
"""

from collections import defaultdict

from layout import Rendering, Under, imports_of, literal

PATTERNS = defaultdict(dict)


OS = "import os"
PATH = "from pathlib import Path"
TIMEDELTA = "from datetime import timedelta"


def kind_of(value):
    if isinstance(value, Under):
        return "path"
    for kind, types in (("bool", bool), ("int", int), ("str", str), ("dict", dict)):
        if isinstance(value, types):
            return kind
    if isinstance(value, (list, tuple)):
        return "texts" if value and all(isinstance(item, str) for item in value) else "list"
    return "other"


def pattern(*kinds):
    def register(function):
        for kind in kinds:
            PATTERNS[kind][function.__name__.replace("_", "-")] = function
        return function

    return register


def assigned(name, expression, **more):
    return Rendering(name, then=[f"{name} = {expression}"], expression=expression, **more)


def low(name):
    return name.lower()


def render_literal(name, value):
    return assigned(name, literal(value), imports=imports_of(value))


def variable(name):
    return f"SHOP_{name}"


ENVIRON = ["import environ"]

ENVIRONS = ["from environs import Env"]
ENVIRONS_PRELUDE = ["environment = Env()", 'environment.read_env(".no-such-env", recurse=False)']


def pydantic(name, annotation, default, states):
    field = f"    {low(name)}: {annotation}" + ("" if default is None else f" = {default}")
    return assigned(
        name,
        f"options_{low(name)}.{low(name)}",
        imports=["from pydantic_settings import BaseSettings, SettingsConfigDict"],
        prelude=[
            "",
            f"class Options{name.title().replace('_', '')}(BaseSettings):",
            '    model_config = SettingsConfigDict(env_prefix="SHOP_", extra="ignore")',
            "",
            field,
            "",
            "",
            f"options_{low(name)} = Options{name.title().replace('_', '')}()",
        ],
        variables={variable(name): states},
    )
