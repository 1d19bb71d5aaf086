"""Patterns for any value: constants, functions, branches, namespaces."""

from layout import Rendering, has_paths, imports_of, literal
from patterns.registry import assigned, low, pattern, render_literal


@pattern("bool", "int", "str", "texts", "list", "dict", "path", "other")
def plain(name, value):
    return render_literal(name, value)


@pattern("bool", "int", "str", "texts", "list", "dict")
def constant_of_other_module(name, value):
    if has_paths(value):
        return None
    text = "\n".join([*imports_of(value), f"{name}_VALUE = {literal(value)}"]) + "\n"
    return assigned(
        name,
        f"{name}_VALUE",
        imports=[f"from shop.defaults_{low(name)} import {name}_VALUE"],
        files={f"shop/defaults_{low(name)}.py": text},
    )


@pattern("bool", "int", "str", "texts", "list")
def attribute_of_other_module(name, value):
    if has_paths(value):
        return None
    text = "\n".join([*imports_of(value), f"VALUE = {literal(value)}"]) + "\n"
    return assigned(
        name,
        f"defaults_{low(name)}.VALUE",
        imports=[f"from shop import defaults_{low(name)}"],
        files={f"shop/defaults_{low(name)}.py": text},
    )


@pattern("bool", "int", "str", "texts", "dict")
def dictionary_lookup(name, value):
    return assigned(
        name,
        f'CHOICES_{name}["production"]',
        imports=imports_of(value),
        prelude=[f'CHOICES_{name} = {{"local": None, "production": {literal(value, 0)}}}'],
    )


@pattern("bool", "int", "str", "texts", "list", "dict")
def helper_function(name, value):
    body = literal(value, 4)
    return assigned(
        name,
        f"make_{low(name)}()",
        imports=imports_of(value),
        prelude=["", f"def make_{low(name)}():", f"    value = {body}", "    return value", "", ""],
    )


@pattern("bool", "int", "str", "texts")
def helper_with_argument(name, value):
    return assigned(
        name,
        f"pick_{low(name)}(production={literal(value)})",
        prelude=[
            "",
            f"def pick_{low(name)}(local=None, production=None, live=True):",
            "    if live:",
            "        return production",
            "    return local",
            "",
            "",
        ],
    )


@pattern("bool", "int", "str", "texts", "dict")
def conditional_expression(name, value):
    return assigned(
        name, f"{literal(value)} if LIVE_{name} else None", prelude=[f"LIVE_{name} = True"],
        imports=imports_of(value),
    )


@pattern("bool", "int", "str", "texts", "list", "dict")
def globals_update(name, value):
    return Rendering(
        name,
        first=[f"{name} = None"],
        then=[f'globals().update({{"{name}": {literal(value)}}})'],
        imports=imports_of(value),
    )


@pattern("bool", "int", "str", "texts")
def globals_item(name, value):
    return Rendering(name, then=[f'globals()["{name}"] = {literal(value)}'])


@pattern("bool", "int", "str", "texts")
def locals_update(name, value):
    return Rendering(name, then=[f"locals().update({name}={literal(value)})"])


@pattern("bool", "int", "str", "texts", "list", "dict")
def if_on_constant(name, value):
    return Rendering(
        name,
        first=[f"STAGE_{name} = 'production'"],
        then=[
            f"if STAGE_{name} == 'local':",
            f"    {name} = None",
            f"elif STAGE_{name} in ('staging', 'production'):",
            f"    {name} = {literal(value, 4)}",
            "else:",
            f"    {name} = 0",
        ],
        imports=imports_of(value),
    )


@pattern("bool", "int", "str", "texts")
def match_on_constant(name, value):
    return Rendering(
        name,
        first=[f"STAGE_{name} = 'production'"],
        then=[
            f"match STAGE_{name}:",
            "    case 'local' | 'test':",
            f"        {name} = None",
            "    case 'production':",
            f"        {name} = {literal(value, 8)}",
            "    case _:",
            f"        {name} = 0",
        ],
    )


@pattern("bool", "int", "str", "texts")
def try_import_missing(name, value):
    return Rendering(
        name,
        then=[
            "try:",
            f"    from shop.no_such_{low(name)} import {name}",
            "except ImportError:",
            f"    {name} = {literal(value, 4)}",
        ],
    )


@pattern("bool", "int", "str", "texts")
def try_import_present(name, value):
    return Rendering(
        name,
        then=[
            "try:",
            f"    from shop.local_{low(name)} import {name}",
            "except ImportError:",
            f"    {name} = None",
        ],
        files={f"shop/local_{low(name)}.py": f"{name} = {literal(value)}\n"},
    )


@pattern("bool", "int", "str", "texts")
def overwritten(name, value):
    return Rendering(name, first=[f"{name} = None"], then=[f"{name} = {literal(value)}"])


@pattern("bool", "int", "str", "texts")
def swapped_by_unpacking(name, value):
    return Rendering(name, then=[f"_before, {name} = None, {literal(value)}"])


@pattern("bool", "int", "str", "texts")
def function_updates_globals(name, value):
    return Rendering(
        name,
        then=[
            "",
            f"def configure_{low(name)}(namespace):",
            f'    namespace["{name}"] = {literal(value, 4)}',
            "",
            "",
            f"configure_{low(name)}(globals())",
        ],
    )
