"""Write luthier's descriptions of Django's and common packages' models, fields and managers.

Run with a Python that has the packages of PACKAGES installed:

    python oracle/stubs/generate.py crates/luthier_project/src/django/stubs

The packages are imported and asked, nothing is copied: what comes out are class headers, fields
with their options, `Meta`, managers and the names of methods, as Python that luthier reads like
any other module. Packages that are not installed keep the descriptions they have.
"""

import importlib
import importlib.util
import inspect
import pkgutil
import shutil
import sys
from pathlib import Path

APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.flatpages",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.redirects",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "actstream",
    "admin_interface",
    "auditlog",
    "axes",
    "colorfield",
    "constance",
    "django_celery_beat",
    "django_celery_results",
    "django_countries",
    "django_extensions",
    "django_otp",
    "django_otp.plugins.otp_email",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_q",
    "djmoney",
    "easy_thumbnails",
    "guardian",
    "hijack",
    "import_export",
    "knox",
    "modelcluster",
    "mptt",
    "oauth2_provider",
    "ordered_model",
    "organizations",
    "parler",
    "phonenumber_field",
    "polymorphic",
    "push_notifications",
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_simplejwt.token_blacklist",
    "reversion",
    "safedelete",
    "silk",
    "simple_history",
    "social_django",
    "solo",
    "taggit",
    "timezone_field",
    "treebeard",
    "waffle",
]
# No apps, but they have fields, managers or abstract models.
LIBRARIES = [
    "autoslug",
    "django_fsm",
    "django_jsonform",
    "imagekit",
    "model_utils",
    "multiselectfield",
    "recurrence",
    "sortedm2m",
    "tinymce",
    "tree_queries",
]
MODULES = ("models", "fields", "managers", "apps", "base_user", "base_session", "db", "abstract", "base", "compat", "modelfields")
META = (
    "app_label",
    "base_manager_name",
    "db_table",
    "default_manager_name",
    "default_related_name",
    "get_latest_by",
    "managed",
    "order_with_respect_to",
    "ordering",
    "proxy",
    "swappable",
    "unique_together",
)
SKIPPED_OPTIONS = {
    "db_tablespace",
    "encoder",
    "error_messages",
    "expression",
    "help_text",
    "limit_choices_to",
    "upload_to",
    "validators",
    "verbose_name",
}


def set_up():
    import django
    from django.conf import settings

    found = []
    for app in APPS:
        # Only the outermost package: looking for an inner one imports those around it.
        if importlib.util.find_spec(app.split(".")[0]):
            found.append(app)
        else:
            print(f"not installed: {app}", file=sys.stderr)
    settings.configure(
        INSTALLED_APPS=found,
        SECRET_KEY="stubs",
        USE_TZ=True,
        SITE_ID=1,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        PUSH_NOTIFICATIONS_SETTINGS={},
        CONSTANCE_BACKEND="constance.backends.database.DatabaseBackend",
        MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
    )
    django.setup()
    return found


def modules_of(package):
    """The modules of a package that may hold what we look for, imported."""
    try:
        root = importlib.import_module(package)
    except Exception as error:  # noqa: BLE001
        print(f"skipped {package}: {error}", file=sys.stderr)
        return
    yield root
    for info in pkgutil.walk_packages(getattr(root, "__path__", []), package + "."):
        parts = info.name.split(".")
        if {"tests", "testapp", "migrations", "management", "templatetags"} & set(parts):
            continue
        if not any(part in MODULES or part.endswith(("models", "_tree")) for part in parts):
            continue
        try:
            yield importlib.import_module(info.name)
        except Exception:  # noqa: BLE001
            continue


def kinds():
    from django.apps import AppConfig
    from django.contrib.contenttypes.fields import GenericForeignKey
    from django.db.models import Field, Model, QuerySet
    from django.db.models.manager import BaseManager

    return Model, (Field, GenericForeignKey), BaseManager, QuerySet, AppConfig


class Writer:
    def __init__(self, packages):
        self.model, self.field, self.manager, self.queryset, self.config = kinds()
        self.kinds = (self.model, *self.field, self.manager, self.queryset, self.config)
        self.classes = {}
        self.exports = {}
        for module in {module.__name__: module for package in packages for module in modules_of(package)}.values():
            self.collect(module)

    def collect(self, module):
        for name, value in sorted(vars(module).items()):
            if not inspect.isclass(value) or not issubclass(value, self.kinds):
                continue
            if value.__module__ == module.__name__ and "<locals>" not in value.__qualname__:
                self.classes.setdefault(module.__name__, {})[name] = value
            elif not value.__module__.startswith("django.db.") and value.__qualname__ == value.__name__:
                self.exports.setdefault(module.__name__, {})[name] = value

    def is_written(self, cls):
        return self.classes.get(cls.__module__, {}).get(cls.__name__) is cls

    def write(self, folder):
        table = []
        names = set(self.classes) | {
            name for name, values in self.exports.items() if any(self.is_written(value) for value in values.values())
        }
        for name in sorted(names):
            text = self.module(name)
            if not text.strip():
                continue
            is_package = hasattr(sys.modules[name], "__path__")
            path = Path(*name.split(".")).with_suffix(".pyi")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            table.append((name, path.as_posix(), is_package))
        entries = "".join(
            f'    stub("{name}", include_str!("{path}"), {str(is_package).lower()}),\n' for name, path, is_package in table
        )
        (folder / "table.rs").write_text(
            "//! Written by `oracle/stubs/generate.py`.\n\n"
            "use super::{Stub, stub};\n\n"
            "/// By dotted name, sorted.\n"
            f"#[rustfmt::skip]\npub(super) const STUBS: &[(&str, Stub)] = &[\n{entries}];\n",
            encoding="utf-8",
        )

    def module(self, name):
        blocks = []
        imports = set()
        for cls in sorted(self.classes.get(name, {}).values(), key=lambda cls: inspect.getsourcelines(cls)[1]):
            blocks.append(self.cls(cls, imports))
        exports = [
            f"from {value.__module__} import {value.__name__} as {exported}\n"
            for exported, value in sorted(self.exports.get(name, {}).items())
            if self.is_written(value)
        ]
        if not blocks and not exports:
            return ""
        # Its own classes are called by their bare names.
        blocks = [block.replace(f"({name}.", "(").replace(f", {name}.", ", ") for block in blocks]
        blocks = [block.replace(f" = {name}.", " = ") for block in blocks]
        text = "".join(exports)
        needed = sorted({part for part in imports if part != name})
        text += "".join(f"import {part}\n" for part in needed)
        return text + "".join("\n" + block for block in blocks)

    def cls(self, cls, imports):
        if issubclass(cls, self.model):
            return self.model_class(cls, imports)
        if issubclass(cls, self.config):
            return self.config_class(cls, imports)
        body = self.methods(cls) or ["pass"]
        if issubclass(cls, self.field):
            body = self.field_body(cls)
        return f"class {cls.__name__}({self.bases(cls, imports)}):\n" + "".join(f"    {line}\n" for line in body)

    def bases(self, cls, imports):
        bases = []
        for base in self.known_bases(cls):
            dotted = self.dotted(base)
            imports.add(dotted.rpartition(".")[0])
            if dotted not in bases:
                bases.append(dotted)
        return ", ".join(bases)

    def known_bases(self, cls):
        """The nearest bases that are described, or Django's own."""
        for base in cls.__bases__:
            if self.is_written(base) or (base.__module__.startswith("django.db.models") and "From" not in base.__name__):
                if base.__name__ not in ("AltersData", "RegisterLookupMixin", "FieldCacheMixin"):
                    yield base
            elif base is not object and issubclass(base, self.kinds):
                yield from self.known_bases(base)

    def dotted(self, cls):
        if cls.__module__.startswith("django.db.models"):
            return f"django.db.models.{cls.__name__}"
        if cls.__module__.startswith("django.apps"):
            return "django.apps.AppConfig"
        return f"{cls.__module__}.{cls.__name__}"

    def methods(self, cls):
        """Names of what the class and its undescribed bases define; arguments do not matter."""
        names = set()
        for base in cls.__mro__:
            if base is not cls and (self.is_written(base) or base.__module__.startswith(("django.", "builtins"))):
                continue
            for name, value in vars(base).items():
                if name.startswith("__") and name != "__str__":
                    continue
                # What one package puts on another's class is not the other's.
                if inspect.isfunction(value) and value.__module__ == base.__module__:
                    names.add(f"def {name}(self, *args, **kwargs): ...")
                elif isinstance(value, property) or type(value).__name__ == "cached_property":
                    names.add(f"@property\n    def {name}(self): ...")
        return sorted(names)

    def field_body(self, cls):
        """What a field's constructor gives its base that the base would not have by itself."""
        lines = []
        plain = None
        # Some insist on the field that they watch.
        for given in ({}, {"monitor": "other"}):
            try:
                plain = plain or cls(**given)
            except Exception:  # noqa: BLE001
                continue
        base = next((base for base in cls.__mro__[1:] if issubclass(base, self.field)), None)
        if plain is not None and base is not None:
            try:
                before = base()
            except Exception:  # noqa: BLE001
                before = None
            for option in ("max_length", "max_digits", "decimal_places", "null", "blank", "editable", "db_index"):
                value = getattr(plain, option, None)
                if before is not None and value != getattr(before, option, None) and isinstance(value, (int, bool)):
                    lines.append(f"    kwargs.setdefault({option!r}, {value!r})")
            if before is not None and plain.has_default() and not before.has_default():
                lines.append("    kwargs.setdefault('default', None)")
            if lines:
                lines = ["def __init__(self, *args, **kwargs):", *lines, "    super().__init__(*args, **kwargs)"]
        if "get_internal_type" in vars(cls) and plain is not None:
            lines += ["def get_internal_type(self):", f"    return {plain.get_internal_type()!r}"]
        return lines or ["pass"]

    def config_class(self, cls, imports):
        imports.add("django.apps")
        lines = [f"    {name} = {getattr(cls, name)!r}" for name in ("name", "label") if name in vars(cls)]
        auto = vars(cls).get("default_auto_field")
        if isinstance(auto, str):
            lines.append(f"    default_auto_field = {auto!r}")
        if isinstance(vars(cls).get("default"), bool):
            lines.append(f"    default = {cls.default!r}")
        bases = self.bases(cls, imports) or "django.apps.AppConfig"
        return f"class {cls.__name__}({bases}):\n" + ("\n".join(lines) or "    pass") + "\n"

    def model_class(self, cls, imports):
        bases = self.bases(cls, imports)
        meta = cls._meta
        inherited = set()
        for base in cls.__mro__[1:]:
            if hasattr(base, "_meta"):
                inherited |= {field.name for field in (*base._meta.local_fields, *base._meta.local_many_to_many)}
                inherited |= {field.name for field in base._meta.private_fields}
        lines = []
        fields = (*meta.local_fields, *meta.local_many_to_many, *meta.private_fields)
        if not meta.proxy:
            for field in fields:
                if field.name in inherited or field.auto_created or field.name in ("tagged_items", "_order"):
                    continue
                lines.append(self.field_line(field, imports))
        for manager in meta.local_managers:
            if not getattr(manager, "auto_created", False):
                lines.append(f"{manager.name} = {self.manager_call(manager, imports)}")
        options = []
        if meta.abstract:
            options.append("abstract = True")
        own = meta.original_attrs
        for option in META:
            if option in own and self.literal(own[option]) is not None:
                options.append(f"{option} = {self.literal(own[option])}")
        if options:
            lines += ["class Meta:", *[f"    {line}" for line in options]]
        lines += self.methods(cls)
        body = "".join(f"    {line}\n" for line in lines) or "    pass\n"
        return f"class {cls.__name__}({bases}):\n{body}"

    def manager_call(self, manager, imports):
        cls = type(manager)
        queryset = getattr(cls, "_queryset_class", None)
        if cls.__name__ == f"ManagerFrom{getattr(queryset, '__name__', '')}" and self.is_written(queryset):
            imports.add(queryset.__module__)
            return f"{self.dotted(queryset)}.as_manager()"
        if not self.is_written(cls):
            cls = next(
                (base for base in cls.__mro__ if self.is_written(base) and issubclass(base, self.manager)), None
            )
        if cls is None:
            imports.add("django.db.models")
            return "django.db.models.Manager()"
        imports.add(cls.__module__)
        return f"{self.dotted(cls)}()"

    def field_line(self, field, imports):
        from django.conf import SettingsReference

        if type(field).__name__ == "GenericForeignKey":
            imports.add("django.contrib.contenttypes.fields")
            arguments = f"{field.ct_field!r}, {field.fk_field!r}"
            return f"{field.name} = django.contrib.contenttypes.fields.GenericForeignKey({arguments})"
        _, path, args, kwargs = field.deconstruct()
        if self.is_written(type(field)):
            path = self.dotted(type(field))
        if field.choices and "choices" not in kwargs:
            kwargs["choices"] = field.choices
        imports.add(path.rpartition(".")[0])
        parts = [text for text in map(self.literal, args) if text is not None]
        for name, value in kwargs.items():
            if name in SKIPPED_OPTIONS:
                continue
            if name in ("to", "through") and isinstance(value, SettingsReference):
                imports.add("django.conf")
                parts.append(f"{name}=django.conf.settings.{value.setting_name}")
            elif name == "on_delete":
                parts.append(f"{name}=django.db.models.{value.__name__}" if hasattr(value, "__name__") else f"{name}=None")
                imports.add("django.db.models")
            elif name == "choices":
                parts.append(f"choices={self.choices(field)}")
            elif name in ("default", "db_default"):
                parts.append(f"{name}={self.default(value)}")
            elif inspect.isclass(value) and issubclass(value, self.model):
                parts.append(f"{name}={value._meta.label!r}")
            elif self.literal(value) is not None:
                parts.append(f"{name}={self.literal(value)}")
        return f"{field.name} = {path}({', '.join(parts)})"

    def choices(self, field):
        pairs = list(field.flatchoices)
        if len(pairs) > 20 or any(self.literal(value) is None for value, _ in pairs):
            return "[(None, None)]"
        return "[" + ", ".join(f"({value!r}, {value!r})" for value, _ in pairs) + "]"

    def default(self, value):
        literal = self.literal(value)
        return "lambda: None" if literal is None else literal

    def literal(self, value):
        if isinstance(value, (set, frozenset)):
            value = sorted(value)
        if isinstance(value, (list, tuple)):
            items = [self.literal(item) for item in value]
            return None if None in items else "[" + ", ".join(items) + "]"
        if value is None or type(value) in (str, int, float, bool):
            return repr(value)
        return None


def main():
    folder = Path(sys.argv[1])
    apps = set_up()
    for top in {name.split(".")[0] for name in (*apps, *LIBRARIES)}:
        shutil.rmtree(folder / top, ignore_errors=True)
        (folder / f"{top}.pyi").unlink(missing_ok=True)
    Writer([*apps, *LIBRARIES]).write(folder)


if __name__ == "__main__":
    main()
