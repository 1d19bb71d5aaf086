"""Patterns for texts."""

from deviations import OTHER_TEXT
from layout import Rendering, literal
from patterns.registry import ENVIRON, ENVIRONS, ENVIRONS_PRELUDE, OS, assigned, pattern, pydantic, variable


@pattern("str")
def f_string(name, value):
    half = len(value) // 2
    return assigned(name, f'f"{{PART_{name}}}{braced(value[half:])}"',
                    prelude=[f"PART_{name} = {literal(value[:half])}"])


def braced(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "{{").replace("}", "}}")


@pattern("str")
def percent_format(name, value):
    half = len(value) // 2
    rest = value[half:].replace("%", "%%")
    return assigned(name, f"{literal('%s' + rest)} % {literal(value[:half])}")


@pattern("str")
def format_method(name, value):
    half = len(value) // 2
    rest = value[half:].replace("{", "{{").replace("}", "}}")
    return assigned(name, f"{literal('{start}' + rest)}.format(start={literal(value[:half])})")


@pattern("str")
def concatenation(name, value):
    third = len(value) // 3
    parts = (value[:third], value[third : 2 * third], value[2 * third :])
    return assigned(name, " + ".join(literal(part) for part in parts))


@pattern("str")
def implicit_concatenation(name, value):
    half = len(value) // 2
    return assigned(name, f"({literal(value[:half])}\n    {literal(value[half:])})")


@pattern("str")
def join_method(name, value):
    words = value.split("-")
    return assigned(name, f'"-".join({literal(words)})')


@pattern("str")
def strip_and_replace(name, value):
    if "." not in value or "_" in value:
        return assigned(name, f"{literal('  ' + value + ' ')}.strip()")
    return assigned(name, f'{literal(value.replace(".", "_"))}.replace("_", ".")')


@pattern("str")
def case_method(name, value):
    if value.lower() != value or not value:
        return assigned(name, f"{literal(value.lower())}.upper()") if value.upper() == value else None
    return assigned(name, f"{literal(value.upper())}.lower()")


@pattern("str")
def appended_text(name, value):
    half = len(value) // 2
    return Rendering(name, first=[f"{name} = {literal(value[:half])}"],
                     then=[f"{name} += {literal(value[half:])}"])


def text_states(name, *, unset):
    states = OTHER_TEXT.get(name)
    return None if states is None else [None] * unset + states


def text_from(name, expression, unset, **more):
    states = text_states(name, unset=unset)
    if states is None:
        return None
    return assigned(name, expression, variables={variable(name): states}, **more)


@pattern("str")
def environ_item(name, value):
    return text_from(name, f'os.environ["{variable(name)}"]', 0, imports=[OS])


@pattern("str")
def environ_get_text(name, value):
    return text_from(name, f'os.environ.get("{variable(name)}", {literal(value)})', 1, imports=[OS])


@pattern("str")
def getenv_or(name, value):
    return text_from(name, f'os.getenv("{variable(name)}") or {literal(value)}', 1, imports=[OS])


@pattern("str")
def getenv_from_import(name, value):
    return text_from(name, f'getenv("{variable(name)}", {literal(value)})', 1,
                     imports=["from os import getenv"])


@pattern("str")
def environ_call(name, value):
    return text_from(name, f'env("{variable(name)}")', 0,
                     imports=ENVIRON, prelude=["env = environ.Env()"])


@pattern("str")
def environ_str_default(name, value):
    if "$" in value:
        return None
    return text_from(name, f'env.str("{variable(name)}", default={literal(value)})', 1,
                     imports=ENVIRON, prelude=["env = environ.Env()"])


@pattern("str")
def decouple_text(name, value):
    return text_from(name, f'config("{variable(name)}")', 0, imports=["from decouple import config"])


@pattern("str")
def decouple_text_default(name, value):
    return text_from(name, f'config("{variable(name)}", default={literal(value)})', 1,
                     imports=["from decouple import config"])


@pattern("str")
def environs_text(name, value):
    return text_from(name, f'environment("{variable(name)}", {literal(value)})', 1,
                     imports=ENVIRONS, prelude=ENVIRONS_PRELUDE)


@pattern("str")
def pydantic_text(name, value):
    states = text_states(name, unset=1)
    return states and pydantic(name, "str", literal(value), states)


@pattern("str")
def key_error_handled(name, value):
    states = text_states(name, unset=1)
    if states is None:
        return None
    return Rendering(
        name,
        then=[
            "try:",
            f'    {name} = os.environ["{variable(name)}"]',
            "except KeyError:",
            f"    {name} = {literal(value)}",
        ],
        imports=[OS],
        variables={variable(name): states},
    )
