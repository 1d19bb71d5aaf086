"""Patterns for dictionaries."""

from layout import Rendering, imports_of, literal
from patterns.registry import assigned, pattern


def halves(value):
    items = list(value.items())
    middle = len(items) // 2
    return dict(items[:middle]), dict(items[middle:])


@pattern("dict")
def union(name, value):
    first, second = halves(value)
    return assigned(name, f"{literal(first)} | {literal(second)}", imports=imports_of(value))


@pattern("dict")
def union_equals(name, value):
    first, second = halves(value)
    return Rendering(name, first=[f"{name} = {literal(first)}"],
                     then=[f"{name} |= {literal(second)}"], imports=imports_of(value))


@pattern("dict")
def update(name, value):
    first, second = halves(value)
    return Rendering(name, first=[f"{name} = {literal(first)}"],
                     then=[f"{name}.update({literal(second)})"], imports=imports_of(value))


@pattern("dict")
def dict_unpacking(name, value):
    first, second = halves(value)
    return assigned(name, f"{{**FIRST_{name}, **{literal(second)}}}", imports=imports_of(value),
                    prelude=[f"FIRST_{name} = {literal(first)}"])


@pattern("dict")
def dict_call(name, value):
    if not all(isinstance(key, str) and key.isidentifier() for key in value):
        return None
    inner = ", ".join(f"{key}={literal(item)}" for key, item in value.items())
    return assigned(name, f"dict({inner})", imports=imports_of(value))


@pattern("dict")
def item_assignments(name, value):
    lines = [f"{name}[{literal(key)}] = {literal(item)}" for key, item in value.items()]
    return Rendering(name, first=[f"{name} = {{}}"], then=lines or [f"{name} = {{}}"],
                     imports=imports_of(value))


@pattern("dict")
def nested_item_assignment(name, value):
    for key, item in value.items():
        if isinstance(item, dict) and item:
            inner, last = next(reversed(item.items()))
            start = {**value, key: {k: v for k, v in item.items() if k != inner}}
            return Rendering(name, first=[f"{name} = {literal(start)}"],
                             then=[f"{name}[{literal(key)}][{literal(inner)}] = {literal(last)}"],
                             imports=imports_of(value))
    return None


@pattern("dict")
def dict_comprehension(name, value):
    return assigned(name, f"{{key: item for key, item in ALL_{name}.items() if key}}",
                    imports=imports_of(value), prelude=[f"ALL_{name} = {literal({'': None, **value})}"])


@pattern("dict")
def dict_pop(name, value):
    return Rendering(name, first=[f"{name} = {literal({**value, 'obsolete': None})}"],
                     then=[f'{name}.pop("obsolete", None)'], imports=imports_of(value))


@pattern("dict")
def dict_del(name, value):
    return Rendering(name, first=[f"{name} = {literal({**value, 'obsolete': None})}"],
                     then=[f'del {name}["obsolete"]'], imports=imports_of(value))


@pattern("dict")
def dict_setdefault(name, value):
    if not value:
        return None
    key, item = next(iter(value.items()))
    rest = {k: v for k, v in value.items() if k != key}
    return Rendering(name, first=[f"{name} = {literal(rest)}"],
                     then=[f"{name}.setdefault({literal(key)}, {literal(item)})"], imports=imports_of(value))
