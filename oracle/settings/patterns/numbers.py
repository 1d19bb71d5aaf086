"""Patterns for numbers."""

from patterns.registry import ENVIRON, ENVIRONS, ENVIRONS_PRELUDE, OS, TIMEDELTA, assigned, pattern, pydantic, variable


def number(name, expression, states, **more):
    return assigned(name, expression, variables={variable(name): states}, **more)


@pattern("int")
def arithmetic(name, value):
    if value % 60 or not value:
        return assigned(name, f"({value} + 7) - 14 // 2")
    return assigned(name, f"60 * {value // 60}")


@pattern("int")
def timedelta_seconds(name, value):
    return assigned(name, f"int(timedelta(seconds={value}).total_seconds())", imports=[TIMEDELTA])


@pattern("int")
def timedelta_days(name, value):
    if value % 86400:
        return None
    return assigned(name, f"timedelta(days={value // 86400}).days * 24 * 60 * 60", imports=[TIMEDELTA])


@pattern("int")
def int_of_text(name, value):
    return assigned(name, f'int("{value}")')


@pattern("int")
def int_of_environ_get(name, value):
    return number(name, f'int(os.environ.get("{variable(name)}", {value}))',
                  [None, "0", "3600"], imports=[OS])


@pattern("int")
def int_of_environ_item(name, value):
    return number(name, f'int(os.environ["{variable(name)}"])', ["0", "3600"], imports=[OS])


@pattern("int")
def environ_int(name, value):
    return number(name, f'env.int("{variable(name)}", default={value})', [None, "0", "3600"],
                  imports=ENVIRON, prelude=["env = environ.Env()"])


@pattern("int")
def decouple_int(name, value):
    return number(name, f'config("{variable(name)}", cast=int, default={value})',
                  [None, "0", "3600"], imports=["from decouple import config"])


@pattern("int")
def environs_int(name, value):
    return number(name, f'environment.int("{variable(name)}", {value})', [None, "0", "3600"],
                  imports=ENVIRONS, prelude=ENVIRONS_PRELUDE)


@pattern("int")
def pydantic_int(name, value):
    return pydantic(name, "int", value, [None, "0", "3600"])
