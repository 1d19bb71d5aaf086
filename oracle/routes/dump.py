"""Write down the URL patterns that the real Django resolves, as JSON in the file named first.

Run with DJANGO_SETTINGS_MODULE set and the project's import roots on PYTHONPATH. `cargo xtask
oracle routes` compares this with the routes that luthier works out without running anything.
"""

import functools
import json
import sys


def converters(pattern):
    found = getattr(pattern, "converters", {})
    return {name: type(converter).__name__ for name, converter in found.items()}


def text(pattern):
    if type(pattern).__name__ == "LocalePrefixPattern":
        return "<language>/"
    return str(pattern)


def api_function(callback):
    """The function that @api_view made a class of; None for all other views."""
    cls = getattr(callback, "cls", None)
    if not getattr(cls, "__qualname__", "").endswith("WrappedAPIView"):
        return None
    handler = next(getattr(cls, name) for name in cls.http_method_names if name in vars(cls))
    return handler.__closure__[0].cell_contents


def view_name(callback):
    """Where the innermost view is written, whatever decorators stand around it."""
    callback = api_function(callback) or callback
    while not (hasattr(callback, "view_class") or hasattr(callback, "cls")):
        if isinstance(callback, functools.partial):
            callback = callback.func
        elif hasattr(callback, "__wrapped__"):
            callback = callback.__wrapped__
        elif "<locals>" in getattr(callback, "__qualname__", ""):
            # A decorator that hides the view's own name.
            cells = [cell.cell_contents for cell in callback.__closure__ or ()]
            inner = [value for value in cells if hasattr(value, "__qualname__") and callable(value)]
            if not inner or callback.__module__ == "ninja.operation":
                break
            callback = inner[0]
        else:
            break
    cls = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if cls is not None:
        return f"{cls.__module__}.{cls.__qualname__}"
    if not hasattr(callback, "__name__"):
        callback = type(callback)
    if callback.__module__ == "ninja.operation":
        return "ninja"
    return f"{callback.__module__}.{callback.__qualname__}".replace("<locals>.", "")


POLICIES = [
    "permission_classes",
    "authentication_classes",
    "throttle_classes",
    "parser_classes",
    "renderer_classes",
    "filter_backends",
    "pagination_class",
]


def policy_name(entry):
    """A class's dotted name; permissions that are put together as their operators spell it."""
    if hasattr(entry, "op1_class"):
        if not hasattr(entry, "op2_class"):
            return "~" + policy_name(entry.op1_class)
        sign = {"AND": "&", "OR": "|"}[entry.operator_class.__name__]
        return f"({policy_name(entry.op1_class)} {sign} {policy_name(entry.op2_class)})"
    return f"{entry.__module__}.{entry.__qualname__}"


def policies(callback):
    """What a view of the REST framework checks, parses and renders with; null for other views."""
    cls = getattr(callback, "cls", None)
    if not hasattr(cls, "permission_classes"):
        return None
    view = cls(**getattr(callback, "initkwargs", {}))
    found = {}
    for name in POLICIES:
        if hasattr(view, name):
            value = getattr(view, name)
            listed = value if isinstance(value, (list, tuple)) else [value]
            found[name] = [policy_name(entry) for entry in listed if entry is not None]
    return found


def walk(patterns, prefix, namespaces, found_converters):
    for pattern in patterns:
        whole = prefix + text(pattern.pattern)
        known = {**found_converters, **converters(pattern.pattern)}
        if hasattr(pattern, "url_patterns"):
            inner = list(namespaces)
            if pattern.app_name or pattern.namespace:
                inner.append([pattern.app_name, pattern.namespace])
            yield from walk(pattern.url_patterns, whole, inner, known)
        else:
            yield {
                "pattern": whole,
                "name": pattern.name,
                "namespaces": namespaces,
                "view": view_name(pattern.callback),
                "converters": known,
                "policies": policies(pattern.callback),
            }


def plain(value):
    """A setting's value as JSON: lists and tuples alike, `null` for None and for the unknown."""
    if isinstance(value, (str, bool, int)) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return {"unknown": True}


def main():
    import django
    from django.apps import apps
    from django.conf import settings
    from django.urls import get_resolver

    django.setup()
    written = {
        "routes": list(walk(get_resolver().url_patterns, "", [], {})),
        "apps": [[config.name, config.label] for config in apps.get_app_configs()],
        "settings": {name: plain(getattr(settings, name)) for name in dir(settings) if name.isupper()},
    }
    with open(sys.argv[1], "w") as file:
        json.dump(written, file, indent=1)


main()
