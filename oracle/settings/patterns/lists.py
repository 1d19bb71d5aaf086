"""Patterns for lists of texts."""

from layout import Rendering, literal
from patterns.registry import OS, assigned, pattern, variable


@pattern("texts")
def plus(name, value):
    half = len(value) // 2
    return assigned(name, f"{literal(value[:half])} + {literal(value[half:])}")


@pattern("texts")
def plus_equals(name, value):
    half = len(value) // 2
    return Rendering(name, first=[f"{name} = {literal(value[:half])}"],
                     then=[f"{name} += {literal(value[half:])}"])


@pattern("texts")
def reassigned_sum(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(name, first=[f"{name} = {literal(value[1:])}"],
                     then=[f"{name} = [{literal(value[0])}] + {name}"])


@pattern("texts")
def append(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(name, first=[f"{name} = {literal(value[:-1])}"],
                     then=[f"{name}.append({literal(value[-1])})"])


@pattern("texts")
def extend(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(name, first=[f"{name} = {literal(value[:1])}"],
                     then=[f"{name}.extend({literal(value[1:])})"])


@pattern("texts")
def insert(name, value):
    if isinstance(value, tuple):
        return None
    position = len(value) // 2
    rest = value[:position] + value[position + 1 :]
    return Rendering(name, first=[f"{name} = {literal(rest)}"],
                     then=[f"{name}.insert({position}, {literal(value[position])})"])


@pattern("texts")
def insert_at_index_of(name, value):
    if isinstance(value, tuple) or len(value) < 2 or len(set(value)) < len(value):
        return None
    return Rendering(
        name, first=[f"{name} = {literal(value[1:])}"],
        then=[f"{name}.insert({name}.index({literal(value[1])}), {literal(value[0])})"],
    )


@pattern("texts")
def remove(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(name, first=[f"{name} = {literal(['debug_toolbar', *value])}"],
                     then=[f'{name}.remove("debug_toolbar")'])


@pattern("texts")
def remove_if_present(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(
        name, first=[f"{name} = {literal([*value, 'debug_toolbar'])}"],
        then=[f'if "debug_toolbar" in {name}:', f'    {name}.remove("debug_toolbar")'],
    )


@pattern("texts")
def pop(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(name, first=[f"{name} = {literal([*value, 'debug_toolbar'])}"], then=[f"{name}.pop()"])


@pattern("texts")
def unpacking(name, value):
    opening, closing = "[]" if isinstance(value, list) else "()"
    half = len(value) // 2
    return assigned(
        name, f"{opening}*START_{name}, *{literal(value[half:])}{',' if closing == ')' else ''}{closing}",
        prelude=[f"START_{name} = {literal(value[:half])}"],
    )


@pattern("texts")
def comprehension(name, value):
    inner = f'item for item in ALL_{name} if item != "debug_toolbar"'
    # A tuple has no comprehension of its own: it takes a generator.
    expression = f"[{inner}]" if isinstance(value, list) else f"tuple({inner})"
    return assigned(name, expression,
                    prelude=[f"ALL_{name} = {literal(['debug_toolbar', *value])}"])


@pattern("texts")
def comprehension_over_sum(name, value):
    if isinstance(value, tuple):
        return None
    return assigned(
        name, f'[name for name in FIRST_{name} + SECOND_{name} if not name.startswith("debug_")]',
        prelude=[
            f"FIRST_{name} = {literal(value[:1])}",
            f"SECOND_{name} = {literal(['debug_toolbar', *value[1:], 'debug_panel'])}",
        ],
    )


@pattern("texts")
def slices(name, value):
    if isinstance(value, tuple) or len(value) < 2:
        return None
    rest = [value[0], *value[2:]]
    return Rendering(name, first=[f"{name} = {literal(rest)}"],
                     then=[f"{name} = {name}[:1] + [{literal(value[1])}] + {name}[1:]"])


@pattern("texts")
def split_text(name, value):
    if isinstance(value, tuple):
        return None
    return assigned(name, f'{literal(",".join(value))}.split(",")')


@pattern("texts")
def list_of_tuple(name, value):
    call = "list" if isinstance(value, list) else "tuple"
    inner = tuple(value) if isinstance(value, list) else list(value)
    return assigned(name, f"{call}({literal(inner)})")


@pattern("texts")
def duplicates_dropped(name, value):
    if isinstance(value, tuple) or len(set(value)) < len(value):
        return None
    return assigned(name, f"list(dict.fromkeys({literal([*value, value[0]])}))")


@pattern("texts")
def loop_appends(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(name, first=[f"{name} = []"],
                     then=[f"for item in {literal(tuple(value))}:", f"    {name}.append(item)"])


@pattern("texts")
def formatted_items(name, value):
    if isinstance(value, tuple) or not all("." in item for item in value):
        return None
    pairs = [tuple(item.split(".", 1)) for item in value]
    return assigned(name, f'[f"{{head}}.{{tail}}" for head, tail in {literal(pairs)}]')


@pattern("texts")
def condition_adds(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(
        name, first=[f"USE_LAST_{name} = True", f"{name} = {literal(value[:-1])}"],
        then=[f"if USE_LAST_{name}:", f"    {name} += [{literal(value[-1])}]"],
    )


@pattern("texts")
def environment_adds(name, value):
    if isinstance(value, tuple):
        return None
    return Rendering(
        name, first=[f"{name} = {literal(value[:-1])}"],
        then=[f'if os.environ.get("{variable(name)}"):', f"    {name}.append({literal(value[-1])})"],
        imports=[OS], variables={variable(name): [None, "1"]},
    )
