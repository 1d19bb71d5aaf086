"""Patterns for switches, from literals to every library that reads the environment."""

from layout import Rendering, literal
from patterns.registry import ENVIRON, ENVIRONS, ENVIRONS_PRELUDE, OS, assigned, low, pattern, pydantic, variable


def switch(name, expression, value, *, default, on="true", off="false", **more):
    """An expression over one variable; `default` is what it gives unset, None if it fails."""
    states = [on, off] if default is None else [None, on, off]
    return assigned(name, expression, variables={variable(name): states}, **more)


@pattern("bool")
def negation(name, value):
    return assigned(name, f"not {literal(not value)}")


@pattern("bool")
def comparison(name, value):
    return assigned(name, f"STAGE_{name} {'==' if value else '!='} 'production'",
                    prelude=[f"STAGE_{name} = 'production'"])


@pattern("bool")
def membership(name, value):
    return assigned(name, f"'production' {'in' if value else 'not in'} STAGES_{name}",
                    prelude=[f"STAGES_{name} = ['staging', 'production']"])


@pattern("bool")
def bool_call(name, value):
    return assigned(name, f"bool({1 if value else 0})")


@pattern("bool")
def bool_operators(name, value):
    return assigned(name, f"FLAG_{name} and not None" if value else f"FLAG_{name} and not 1",
                    prelude=[f"FLAG_{name} = True"])


@pattern("bool")
def environ_get_equals(name, value):
    text = f'os.environ.get("{variable(name)}", "{value}") == "True"'
    return switch(name, text, value, default=value, on="True", off="False", imports=[OS])


@pattern("bool")
def getenv_equals_lower(name, value):
    text = f'os.getenv("{variable(name)}", "{str(value).lower()}").lower() == "true"'
    return switch(name, text, value, default=value, on="TRUE", off="0", imports=[OS])


@pattern("bool")
def getenv_membership(name, value):
    text = f'os.getenv("{variable(name)}", "{int(value)}").strip().lower() in ("1", "true", "yes")'
    return switch(name, text, value, default=value, on="Yes", off="no", imports=[OS])


@pattern("bool")
def environ_item_differs(name, value):
    text = f'os.environ["{variable(name)}"] != "off"'
    return switch(name, text, value, default=None, on="on", off="off", imports=[OS])


@pattern("bool")
def bool_of_int_of_getenv(name, value):
    text = f'bool(int(os.getenv("{variable(name)}", "{int(value)}")))'
    return switch(name, text, value, default=value, on="1", off="0", imports=[OS])


@pattern("bool")
def bool_of_environ_get(name, value):
    # Truthy for every non-empty text, "False" included.
    text = f'bool(os.environ.get("{variable(name)}", {"1" if value else ""!r}))'
    rendering = switch(name, text, value, default=value, on="False", off="", imports=[OS])
    return rendering


@pattern("bool")
def environ_contains(name, value):
    word = "in" if value else "not in"
    rendering = assigned(name, f'"{variable(name)}" {word} os.environ', imports=[OS])
    rendering.variables = {variable(name): [None, "1"]}
    return rendering


@pattern("bool")
def bare_environ_text(name, value):
    rendering = assigned(name, f'os.environ.get("{variable(name)}", {value})', imports=[OS])
    rendering.variables = {variable(name): [None, "True", "False", ""]}
    return rendering


@pattern("bool")
def helper_reads_environment(name, value):
    return switch(
        name, f'flag_{low(name)}("{variable(name)}", default={value})', value, default=value,
        on="yes", off="no", imports=[OS],
        prelude=[
            "",
            f"def flag_{low(name)}(variable, default=False):",
            "    value = os.environ.get(variable)",
            "    if value is None:",
            "        return default",
            '    return value.lower() in {"1", "true", "yes", "on"}',
            "",
            "",
        ],
    )


@pattern("bool")
def json_loads_of_environ(name, value):
    text = f'json.loads(os.environ.get("{variable(name)}", "{str(value).lower()}"))'
    return switch(name, text, value, default=value, imports=[OS, "import json"])


@pattern("bool")
def environ_scheme(name, value):
    return switch(
        name, f'env_{low(name)}("{variable(name)}")', value, default=value, on="on", off="off",
        imports=ENVIRON,
        prelude=[f"env_{low(name)} = environ.Env({variable(name)}=(bool, {value}))"],
    )


@pattern("bool")
def environ_bool_default(name, value):
    return switch(name, f'env.bool("{variable(name)}", default={value})', value, default=value,
                  imports=ENVIRON, prelude=["env = environ.Env()"])


@pattern("bool")
def environ_bool_required(name, value):
    return switch(name, f'env.bool("{variable(name)}")', value, default=None,
                  imports=ENVIRON, prelude=["env = environ.Env()"])


@pattern("bool")
def environ_call_cast(name, value):
    return switch(name, f'env("{variable(name)}", cast=bool, default={value})', value, default=value,
                  imports=ENVIRON, prelude=["env = environ.Env()"])


@pattern("bool")
def environ_after_read_env(name, value):
    return switch(
        name, f'env.bool("{variable(name)}", {value})', value, default=value,
        imports=ENVIRON,
        prelude=["env = environ.Env()", 'environ.Env.read_env(BASE_DIR / "no-such.env")'],
    )


@pattern("bool")
def decouple_bool(name, value):
    return switch(name, f'config("{variable(name)}", default={value}, cast=bool)', value,
                  default=value, imports=["from decouple import config"])


@pattern("bool")
def decouple_required(name, value):
    return switch(name, f'decouple.config("{variable(name)}", cast=bool)', value, default=None,
                  imports=["import decouple"])


@pattern("bool")
def environs_bool(name, value):
    return switch(name, f'environment.bool("{variable(name)}", default={value})', value,
                  default=value, imports=ENVIRONS, prelude=ENVIRONS_PRELUDE)


@pattern("bool")
def environs_prefixed(name, value):
    return Rendering(
        name,
        then=[
            'with environment.prefixed("SHOP_"):',
            f'    {name} = environment.bool("{name}", {value})',
        ],
        imports=ENVIRONS, prelude=ENVIRONS_PRELUDE,
        variables={variable(name): [None, "true", "false"]},
    )


@pattern("bool")
def pydantic_bool(name, value):
    return pydantic(name, "bool", value, [None, "true", "false"])


@pattern("bool")
def pydantic_bool_required(name, value):
    return pydantic(name, "bool", None, ["1", "0"])
