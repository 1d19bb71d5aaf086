"""Write down the models that the real Django registers, as sorted JSON in the file named first.

Run with DJANGO_SETTINGS_MODULE set and the project's import roots on PYTHONPATH. Nothing is
queried: only the app registry is read. `cargo xtask oracle models` compares this with the
model graph that luthier works out without running anything.
"""

import json
import sys


def dotted(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


def label(model):
    return None if model is None else model if isinstance(model, str) else model._meta.label


def plain(value):
    """Whether JSON can hold the value as it stands."""
    if isinstance(value, (list, tuple)):
        return all(plain(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    return value is None or isinstance(value, (str, int, float, bool))


def names(fields):
    return [field.name if hasattr(field, "name") else str(field) for field in fields or ()]


def reverse_relation(field):
    """The far end of a relation: lives on the model that the relation points to."""
    return {
        "name": field.name,
        "reverse": True,
        "class": dotted(type(field)),
        "to": label(field.related_model),
        "remote_field": field.remote_field.name,
        "accessor": field.get_accessor_name(),
        "related_name": field.related_name,
        "related_query_name": field.related_query_name,
        "hidden": bool(field.hidden),
        "multiple": bool(field.multiple),
        "parent_link": bool(getattr(field, "parent_link", False)),
        "through": label(getattr(field, "through", None)),
    }


def forward_field(field):
    entry = {
        "name": field.name,
        "reverse": False,
        "class": dotted(type(field)),
        "owner": label(field.model),
        "to": label(field.related_model) if field.is_relation else None,
    }
    if hasattr(field, "get_internal_type"):
        entry["internal_type"] = field.get_internal_type()
    for option in ("attname", "column", "db_column", "null", "blank", "unique", "primary_key"):
        if hasattr(field, option):
            entry[option] = getattr(field, option)
    for option in ("db_index", "editable", "max_length", "max_digits", "decimal_places"):
        if plain(getattr(field, option, ...)):
            entry[option] = getattr(field, option)
    if hasattr(field, "has_default"):
        entry["has_default"] = field.has_default()
        entry["has_db_default"] = bool(getattr(field, "has_db_default", lambda: False)())
        entry["has_choices"] = field.choices is not None
        entry["generated"] = bool(getattr(field, "generated", False))
    relation = field.remote_field
    if relation is not None and hasattr(relation, "get_accessor_name"):
        hidden = relation.hidden if isinstance(relation.hidden, bool) else relation.is_hidden()
        entry["remote"] = {
            "hidden": bool(hidden),
            "accessor": None if hidden else relation.get_accessor_name(),
            "query_name": field.related_query_name(),
            "through": label(getattr(relation, "through", None)),
            "parent_link": bool(getattr(relation, "parent_link", False)),
            "field_name": getattr(relation, "field_name", None),
            "to_fields": list(getattr(field, "to_fields", [])),
        }
    return entry


def field_entry(field):
    if field.auto_created and not field.concrete and hasattr(field, "get_accessor_name"):
        return reverse_relation(field)
    return forward_field(field)


def model_entry(model):
    meta = model._meta
    ordering = [item if isinstance(item, str) else f"<{type(item).__name__}>" for item in meta.ordering or ()]
    fields = [field_entry(field) for field in meta.get_fields(include_hidden=True)]
    return {
        "label": meta.label,
        "module": model.__module__,
        "class": model.__qualname__,
        "proxy": meta.proxy,
        "managed": meta.managed,
        "auto_created": bool(meta.auto_created),
        "swapped": meta.swapped or None,
        "db_table": meta.db_table,
        "concrete": label(meta.concrete_model),
        "parents": sorted([label(parent), link.name if link else None] for parent, link in meta.parents.items()),
        "bases": [dotted(base) for base in model.__mro__[1:]],
        "pk": meta.pk.name if meta.pk is not None else None,
        "ordering": ordering,
        "unique_together": [list(names) for names in meta.unique_together],
        "index_names": sorted(index.name for index in meta.indexes),
        "constraint_names": sorted(constraint.name for constraint in meta.constraints),
        "get_latest_by": meta.get_latest_by if plain(meta.get_latest_by) else None,
        "order_with_respect_to": names([meta.order_with_respect_to] if meta.order_with_respect_to else []),
        "verbose_name": str(meta.verbose_name),
        "managers": [[manager.name, dotted(type(manager))] for manager in meta.managers],
        "default_manager": meta.default_manager.name if meta.default_manager else None,
        "default_manager_class": dotted(type(meta.default_manager)) if meta.default_manager else None,
        "base_manager_class": dotted(type(meta.base_manager)),
        "has_own_str": "__str__" in dir(model) and "django.db.models" not in model.__str__.__module__,
        "fields": sorted(fields, key=lambda entry: (entry["name"], entry["reverse"], entry["class"], entry["to"] or "")),
    }


def app_entry(config):
    return {
        "name": config.name,
        "label": config.label,
        "class": dotted(type(config)),
        "default_auto_field": config.default_auto_field,
        "models_module": config.models_module.__name__ if config.models_module else None,
    }


def settings_that_matter(settings):
    """Every setting whose value JSON can hold, as it stands; apps given as objects are left out."""
    # Asked one by one: some cannot be read where a secret is not given.
    names = [name for name in dir(settings) if name.isupper() and name != "SECRET_KEY"]
    values = {name: getattr(settings, name, None) for name in names}
    values["INSTALLED_APPS"] = [entry for entry in settings.INSTALLED_APPS if isinstance(entry, str)]
    kept = {name: value for name, value in values.items() if plain(value)}
    kept["LANGUAGES"] = [[code, str(name)] for code, name in settings.LANGUAGES]
    return kept


def main():
    import django

    django.setup()
    from django.apps import apps
    from django.conf import settings

    models = apps.get_models(include_auto_created=True, include_swapped=True)
    answer = {
        "django": django.get_version(),
        "settings": settings_that_matter(settings),
        "apps": [app_entry(config) for config in apps.get_app_configs()],
        "models": sorted((model_entry(model) for model in models), key=lambda entry: entry["label"]),
    }
    with open(sys.argv[1], "w", encoding="utf-8") as output:
        json.dump(answer, output, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
