"""Write each case as projects: before the change, after it, and as luthier is asked for a plan.

    python write.py FOLDER [all|brief] [TEXT]

FOLDER/CASE/before has the state before, FOLDER/CASE/naive the one after with the migrations that
the real `makemigrations` writes, FOLDER/CASE/project what luthier plans for.
"""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

import chosen
from cases import DJANGO
from children import inside

SETTINGS = """\
import os

SECRET_KEY = "plans"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.postgres", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("DATABASE_NAME", "shop"),
        "USER": "postgres",
        "HOST": os.environ.get("DATABASE_HOST", ""),
        "PORT": os.environ.get("DATABASE_PORT", ""),
    }
}
"""

MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""


def main():
    folder = Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for case in chosen.cases_of(*sys.argv[2:]):
        write(case, folder / chosen.folder_name(case))


def write(case, folder):
    before, naive, project = (folder / name for name in ("before", "naive", "project"))
    files = {
        "manage.py": MANAGE,
        "settings.py": SETTINGS + case.settings,
        "requirements.txt": "Django=={}.{}\npsycopg==3.2.1\n".format(*DJANGO),
        "shop/__init__.py": "",
        "shop/models.py": case.texts("-"),
        "shop/migrations/__init__.py": "",
    }
    if case.code:
        files["shop/code.py"] = case.code
    put(before, files)
    inside(make_migrations, before, "", case)
    shutil.copytree(before, naive)
    made = []
    if case.halfway:
        put(naive, {"shop/models.py": case.between()})
        made += inside(make_migrations, naive, "", case)
    put(naive, {"shop/models.py": case.texts("+")})
    if case.is_impossible:
        shutil.rmtree(naive / "shop/migrations")
        put(naive, {"shop/migrations/__init__.py": ""})
    made += inside(make_migrations, naive, "", case, case.runs)
    if case.is_migration:
        shutil.copytree(naive, project)
        arguments = [f"--migration\nshop.{name}" for name in made]
    else:
        shutil.copytree(before, project)
        put(project, {"shop/models.py": case.texts("+")})
        arguments = []
    (folder / "arguments").write_text("\n".join(arguments))


def put(folder, files):
    for path, text in files.items():
        path = folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def make_migrations(case, runs=()):
    """Writes what `makemigrations` would, and code of its own; gives the names."""
    from django.db.migrations import RunPython
    from django.db.migrations.writer import MigrationWriter

    from changes import detected

    names = []
    for migration in detected(case):
        for place, name in runs:
            function = getattr(import_module("shop.code"), name)
            migration.operations.insert(place, RunPython(function, RunPython.noop))
        writer = MigrationWriter(migration, include_header=False)
        Path(f"shop/migrations/{writer.filename}").write_text(writer.as_string())
        names.append(migration.name)
    return names


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    main()
