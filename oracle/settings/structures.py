"""The shapes that a project's settings take: how many modules, and what ties them together.

A structure takes the renderings of all settings, in order, and returns the files of a project
and where its settings are. `STRUCTURES` maps names to them.
"""

from layout import Layout, block, source

STRUCTURES = {}

SECURE_BUT_LOCAL = "DEBUG = True\nSECURE_SSL_REDIRECT = False\nSESSION_COOKIE_SECURE = False\n"


def structure(function):
    STRUCTURES[function.__name__.replace("_", "-")] = function
    return function


def manage(settings, configuration=None):
    package = "configurations" if configuration else "django.core"
    lines = ["#!/usr/bin/env python", "import os", "import sys", "", 'if __name__ == "__main__":']
    lines.append(f'    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")')
    if configuration:
        lines.append(f'    os.environ.setdefault("DJANGO_CONFIGURATION", "{configuration}")')
    lines += [
        f"    from {package}.management import execute_from_command_line",
        "",
        "    execute_from_command_line(sys.argv)",
    ]
    return source(lines)


def wsgi(settings, configuration=None):
    package = "configurations" if configuration else "django.core"
    lines = ["import os", "", f'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")']
    if configuration:
        lines.append(f'os.environ.setdefault("DJANGO_CONFIGURATION", "{configuration}")')
    lines += ["", f"from {package}.wsgi import get_wsgi_application", "", "application = get_wsgi_application()"]
    return source(lines)


def common_files(settings, local=None, configuration=None, local_configuration=None):
    return {
        "manage.py": manage(local or settings, local_configuration or configuration),
        "shop/__init__.py": "",
        "shop/urls.py": "urlpatterns = []\n",
        "shop/wsgi.py": wsgi(settings, configuration),
    }


def project(renderings, files, settings, *, local=None, configuration=None, local_configuration=None, **more):
    everything = common_files(settings, local, configuration, local_configuration)
    variables = {}
    for rendering in renderings:
        everything.update(rendering.files)
        variables.update(rendering.variables)
    everything.update(files)
    variables.update(more.pop("variables", {}))
    return Layout("", settings, everything, variables, configuration, **more)


def header(depth, rng):
    """The imports and BASE_DIR of a settings module `depth` folders below the root."""
    parents = "".join(".parent" for _ in range(depth + 1))
    dirname = "os.path.abspath(__file__)"
    for _ in range(depth + 1):
        dirname = f"os.path.dirname({dirname})"
    return rng.choice(
        [
            ["from pathlib import Path", "", f"BASE_DIR = Path(__file__).resolve(){parents}"],
            ["from pathlib import Path", "", f"BASE_DIR = Path(__file__).resolve(strict=True).parents[{depth}]"],
            ["import os", "from pathlib import Path", "", f"BASE_DIR = Path({dirname})"],
            ["import pathlib", "", f"BASE_DIR = pathlib.Path(__file__).absolute(){parents}"],
        ]
    )


def merged_imports(renderings):
    return sorted({line for rendering in renderings for line in rendering.imports})


def merged_prelude(renderings):
    """Each helper once: several settings may share one, such as `env`."""
    blocks = []
    for rendering in renderings:
        if rendering.prelude and rendering.prelude not in blocks:
            blocks.append(rendering.prelude)
    return [line for lines in blocks for line in lines]


def module(start, renderings, body):
    return source(merged_imports(renderings), start, merged_prelude(renderings), "", body)


def complete(renderings):
    return [line for rendering in renderings for line in [*rendering.first, *rendering.then]]


def deal(renderings, rng):
    """Which settings stay in the base module, which begin there, which come later."""
    base, split, top = [], [], []
    for rendering in renderings:
        if rendering.first and rng.random() < 0.7:
            split.append(rendering)
        else:
            (base if rng.random() < 0.6 else top).append(rendering)
    return base, split, top


def base_body(base, split):
    return complete(base) + [line for rendering in split for line in rendering.first]


def top_body(split, top):
    return [line for rendering in split for line in rendering.then] + complete(top)


def two_modules(renderings, rng, base_file, top_file, star, depth, **places):
    base, split, top = deal(renderings, rng)
    files = {
        base_file: module(header(depth, rng), base, base_body(base, split)),
        top_file: module(star, split + top, top_body(split, top)),
    }
    return files


@structure
def one_module(renderings, rng):
    text = module(header(1, rng), renderings, complete(renderings))
    return project(renderings, {"shop/settings.py": text}, "shop.settings")


@structure
def base_and_production(renderings, rng):
    files = two_modules(
        renderings, rng, "shop/settings/base.py", "shop/settings/production.py",
        ["from .base import *  # noqa: F403"], 2,
    )
    files["shop/settings/__init__.py"] = ""
    files["shop/settings/local.py"] = "from .base import *\n\n" + SECURE_BUT_LOCAL
    return project(renderings, files, "shop.settings.production", local="shop.settings.local")


@structure
def absolute_star_import(renderings, rng):
    files = two_modules(
        renderings, rng, "config/settings/common.py", "config/settings/prod.py",
        ["from config.settings.common import *"], 2,
    )
    files.update({"config/__init__.py": "", "config/settings/__init__.py": ""})
    files["config/settings/dev.py"] = "from config.settings.common import *\n\n" + SECURE_BUT_LOCAL
    return project(renderings, files, "config.settings.prod", local="config.settings.dev")


@structure
def package_init(renderings, rng):
    files = two_modules(
        renderings, rng, "shop/settings/defaults.py", "shop/settings/__init__.py",
        ["from .defaults import *"], 2,
    )
    return project(renderings, files, "shop.settings")


@structure
def three_levels(renderings, rng):
    base, split, top = deal(renderings, rng)
    middle, top = top[::2], top[1::2]
    files = {
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": module(header(2, rng), base, base_body(base, split)),
        "shop/settings/server.py": module(["from .base import *"], middle, complete(middle)),
        "shop/settings/production.py": module(
            ["from .server import *"], split + top, top_body(split, top)
        ),
        "shop/settings/staging.py": "from .server import *\n\nDEBUG = True\n",
    }
    return project(renderings, files, "shop.settings.production", local="shop.settings.staging")


@structure
def named_imports(renderings, rng):
    base, split, top = deal(renderings, rng)
    names = sorted({line.split(" = ")[0] for line in base_body(base, split)
                    if " = " in line and line[0].isupper()} | {"BASE_DIR"})
    late = {rendering.name for rendering in base} - set(names)
    top += [rendering for rendering in base if rendering.name in late]
    base = [rendering for rendering in base if rendering.name not in late]
    names = sorted(set(names) & {line.split(" = ")[0] for line in base_body(base, split)} | {"BASE_DIR"})
    files = {
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": module(header(2, rng), base, base_body(base, split)),
        "shop/settings/production.py": module(
            ["from .base import (", *(f"    {name}," for name in names), ")"],
            split + top, top_body(split, top),
        ),
    }
    return project(renderings, files, "shop.settings.production")


@structure
def import_module_vars(renderings, rng):
    files = two_modules(
        renderings, rng, "shop/conf/base.py", "shop/settings.py",
        [
            "from importlib import import_module",
            "",
            'base = import_module("shop.conf.base")',
            "globals().update({name: value for name, value in vars(base).items() if name.isupper()})",
            "from shop.conf.base import *",
        ]
        if rng.random() < 0.3
        else [
            "import importlib",
            "",
            'base = importlib.import_module("shop.conf.base")',
            "globals().update({name: getattr(base, name) for name in dir(base) if name.isupper()})",
        ],
        2,
    )
    files["shop/conf/__init__.py"] = ""
    return project(renderings, files, "shop.settings")


@structure
def import_module_loop(renderings, rng):
    files = two_modules(
        renderings, rng, "shop/conf/production.py", "shop/settings.py",
        [
            "from importlib import import_module",
            "",
            'STAGE = "production"',
            'stage_module = import_module(f"shop.conf.{STAGE}")',
            "for setting in dir(stage_module):",
            "    if setting.isupper():",
            "        globals()[setting] = getattr(stage_module, setting)",
        ],
        2,
    )
    files["shop/conf/__init__.py"] = ""
    files["shop/conf/local.py"] = SECURE_BUT_LOCAL
    return project(renderings, files, "shop.settings")


def split_settings(renderings, rng, calls, first_file, second_file):
    base, split, top = deal(renderings, rng)
    # Included files are executed in the module that includes them: `__file__` is that module's.
    start = ["from pathlib import Path", "", "from split_settings.tools import include, optional", ""]
    start += ["BASE_DIR = Path(__file__).resolve().parent.parent.parent", ""]
    return {
        "shop/settings/__init__.py": source(start, calls),
        first_file: module([], base, base_body(base, split)),
        second_file: module([], split + top, top_body(split, top)),
    }


@structure
def split_settings_files(renderings, rng):
    calls = [
        "include(",
        '    "components/base.py",',
        '    "components/security.py",',
        '    optional("components/missing.py"),',
        ")",
    ]
    files = split_settings(
        renderings, rng, calls, "shop/settings/components/base.py", "shop/settings/components/security.py"
    )
    return project(renderings, files, "shop.settings")


@structure
def split_settings_pattern(renderings, rng):
    calls = [
        'STAGE = "production"',
        'include("components/*.py", f"environments/{STAGE}.py", scope=globals())',
    ]
    files = split_settings(
        renderings, rng, calls, "shop/settings/components/common.py", "shop/settings/environments/production.py"
    )
    files["shop/settings/environments/local.py"] = SECURE_BUT_LOCAL
    return project(renderings, files, "shop.settings")


@structure
def split_settings_by_environment(renderings, rng):
    calls = [
        "import os",
        'stage = os.environ.get("SHOP_STAGE") or "production"',
        'include("components/base.py", f"environments/{stage}.py")'
    ]
    files = split_settings(
        renderings, rng, calls, "shop/settings/components/base.py", "shop/settings/environments/production.py"
    )
    return project(renderings, files, "shop.settings", variables={"SHOP_STAGE": [None, "production"]})


@structure
def local_settings_missing(renderings, rng):
    text = module(header(1, rng), renderings, complete(renderings))
    text += block(
        """
        try:
            from .local_settings import *
        except ImportError:
            pass
        """
    )
    return project(renderings, {"shop/settings.py": text}, "shop.settings")


@structure
def local_settings_present(renderings, rng):
    base, split, top = deal(renderings, rng)
    late = [rendering for rendering in top if rendering.expression and not rendering.prelude]
    early = [rendering for rendering in [*base, *split, *top] if rendering not in late]
    text = module(header(1, rng), early, complete(early))
    text += block(
        """
        try:
            from shop.overrides import *
        except ModuleNotFoundError as error:
            print(error)
        """
    )
    overrides = module(header(1, rng), late, complete(late))
    return project(renderings, {"shop/settings.py": text, "shop/overrides.py": overrides}, "shop.settings")


@structure
def stage_variable_chooses(renderings, rng):
    files = two_modules(
        renderings, rng, "shop/settings/base.py", "shop/settings/production.py",
        ["from .base import *"], 2,
    )
    files["shop/settings/local.py"] = "from .production import *\n\n" + SECURE_BUT_LOCAL
    files["shop/settings/__init__.py"] = block(
        """
        import os

        if os.environ.get("SHOP_STAGE", "production") == "local":
            from .local import *
        else:
            from .production import *
        """
    )
    return project(
        renderings, files, "shop.settings", variables={"SHOP_STAGE": [None, "local", "production"]}
    )


@structure
def stage_constant_chooses(renderings, rng):
    files = two_modules(
        renderings, rng, "shop/settings/base.py", "shop/settings/production.py",
        ["from .base import *"], 2,
    )
    files["shop/settings/local.py"] = "from .base import *\n\n" + SECURE_BUT_LOCAL
    files["shop/stage.py"] = 'STAGE = "production"\n'
    files["shop/settings/__init__.py"] = block(
        """
        from shop.stage import STAGE

        match STAGE:
            case "production" | "staging":
                from .production import *
            case _:
                from .local import *
        """
    )
    return project(renderings, files, "shop.settings")


@structure
def debug_branch(renderings, rng):
    text = module(header(1, rng), renderings, complete(renderings))
    text += block(
        """
        LOCAL = False

        if LOCAL:
            DEBUG = True
            ALLOWED_HOSTS = []
            SECURE_SSL_REDIRECT = False
        """
    )
    return project(renderings, {"shop/settings.py": text}, "shop.settings")


@structure
def test_branch(renderings, rng):
    text = module(["import sys", *header(1, rng)], renderings, complete(renderings))
    text += block(
        """
        TESTING = "test" in sys.argv or "pytest" in sys.modules

        if TESTING:
            DEBUG = True
            SECURE_SSL_REDIRECT = False
            MIDDLEWARE = []
        """
    )
    return project(renderings, {"shop/settings.py": text}, "shop.settings")


@structure
def source_folder(renderings, rng):
    text = module(header(1, rng), renderings, complete(renderings))
    inside = project(renderings, {"shop/settings.py": text}, "shop.settings")
    inside.files = {f"src/{path}": text for path, text in inside.files.items()}
    inside.manage = inside.base = "src"
    return inside


@structure
def path_put_on_path(renderings, rng):
    text = module(header(1, rng), renderings, complete(renderings))
    layout = project(renderings, {"project/shop/settings.py": text}, "shop.settings")
    inner = {path: text for path, text in layout.files.items() if path.startswith("shop/")}
    files = {f"project/{path}": text for path, text in inner.items()}
    files.update({path: text for path, text in layout.files.items() if path not in inner})
    files["manage.py"] = files["manage.py"].replace(
        'if __name__ == "__main__":\n',
        'if __name__ == "__main__":\n'
        '    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "project"))\n',
    )
    layout.files = files
    layout.base = "project"
    return layout


# django-configurations: settings are class attributes.


def indented(lines):
    return [f"    {line}" if line else "" for line in lines] or ["    pass"]


def class_text(name, bases, renderings):
    return ["", "", f"class {name}({bases}):", *indented([line for r in renderings for line in [*r.first, *r.then]])]


def property_of(rendering):
    return ["@property", f"def {rendering.name}(self):", f"    return {rendering.expression}", ""]


def shares(renderings, rng, count):
    dealt = [[] for _ in range(count)]
    for rendering in renderings:
        rng.choice(dealt).append(rendering)
    return dealt


CONFIGURATIONS = ["from configurations import Configuration, values"]


@structure
def configuration_classes(renderings, rng):
    base, production = shares(renderings, rng, 2)
    text = module(CONFIGURATIONS + header(1, rng), renderings, [])
    text += source(
        class_text("Common", "Configuration", base),
        class_text("Local", "Common", []), "    DEBUG = True", "    SECURE_SSL_REDIRECT = False",
        class_text("Production", "Common", production),
    )
    return project(renderings, {"shop/settings.py": text}, "shop.settings",
                   configuration="Production", local_configuration="Local")


@structure
def configuration_mixins(renderings, rng):
    base, mixin, other = shares(renderings, rng, 3)
    text = module(CONFIGURATIONS + header(1, rng), renderings, [])
    text += source(
        class_text("SecurityMixin", "object", mixin),
        class_text("Base", "Configuration", base),
        class_text("Production", "SecurityMixin, Base", other),
    )
    return project(renderings, {"shop/settings.py": text}, "shop.settings", configuration="Production")


@structure
def configuration_modules(renderings, rng):
    base, production = shares(renderings, rng, 2)
    files = {
        "shop/settings/__init__.py": source("from .production import Production"),
        "shop/settings/base.py": module(CONFIGURATIONS + header(2, rng), base, class_text("Base", "Configuration", base)),
        "shop/settings/production.py": module(
            ["from .base import BASE_DIR, Base", *CONFIGURATIONS], production, class_text("Production", "Base", production)
        ),
    }
    return project(renderings, files, "shop.settings", configuration="Production")


@structure
def configuration_properties(renderings, rng):
    plain = [r for r in renderings if not r.expression or rng.random() < 0.6]
    computed = [r for r in renderings if r not in plain]
    text = module(CONFIGURATIONS + header(1, rng), renderings, [])
    text += source(
        class_text("Production", "Configuration", plain), "",
        indented([line for rendering in computed for line in property_of(rendering)]),
    )
    return project(renderings, {"shop/settings.py": text}, "shop.settings", configuration="Production")


def fits_class_body(rendering):
    """Whether the setting can be written in a class: no reaching into the module's names."""
    lines = "\n".join([*rendering.first, *rendering.then])
    return "globals()" not in lines and "locals()" not in lines
