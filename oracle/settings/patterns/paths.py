"""Patterns for paths below the project."""

from layout import literal
from patterns.registry import OS, PATH, assigned, pattern


@pattern("path")
def path_division(name, value):
    parts = value.relative.split("/")
    return assigned(name, "BASE_DIR / " + " / ".join(literal(part) for part in parts))


@pattern("path")
def path_text(name, value):
    return assigned(name, f"str(BASE_DIR / {literal(value.relative)})")


@pattern("path")
def path_joinpath(name, value):
    parts = ", ".join(literal(part) for part in value.relative.split("/"))
    return assigned(name, f"BASE_DIR.joinpath({parts})")


@pattern("path")
def path_call(name, value):
    return assigned(name, f"Path(BASE_DIR, {literal(value.relative)}).as_posix()", imports=[PATH])


@pattern("path")
def os_path_join(name, value):
    parts = ", ".join(literal(part) for part in value.relative.split("/"))
    return assigned(name, f"os.path.join(BASE_DIR, {parts})", imports=[OS])


@pattern("path")
def os_path_dirname(name, value):
    return assigned(
        name, f"os.path.join(ROOT_{name}, {literal(value.relative)})", imports=[OS],
        prelude=[f"ROOT_{name} = os.path.dirname(os.path.join(BASE_DIR, 'manage.py'))"],
    )


@pattern("path")
def os_path_abspath_up(name, value):
    return assigned(name, f"os.path.abspath(os.path.join(BASE_DIR, 'shop', '..', {literal(value.relative)}))",
                    imports=[OS])


@pattern("path")
def path_f_string(name, value):
    return assigned(name, f'f"{{BASE_DIR}}/{value.relative}"')


@pattern("path")
def path_percent(name, value):
    return assigned(name, f'"%s/%s" % (BASE_DIR, {literal(value.relative)})')


@pattern("path")
def path_parent(name, value):
    return assigned(name, f"(BASE_DIR / 'shop' / 'settings.py').parent.parent / {literal(value.relative)}")


@pattern("path")
def path_parents(name, value):
    return assigned(name, f"(BASE_DIR / 'shop' / 'settings.py').parents[1] / {literal(value.relative)}")


@pattern("path")
def path_resolved(name, value):
    return assigned(name, f"(BASE_DIR / 'shop' / '..' / {literal(value.relative)}).resolve()")
