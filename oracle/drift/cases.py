"""The cases: text files that README.md describes, read and written out as Django projects."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

HEADER = re.compile(r"=== (?P<name>[a-z0-9-]+)(?P<words>( (since|until) \d+\.\d+| crashes| missed| unordered)*)$")

SETTINGS = """\
SECRET_KEY = "drift"
USE_TZ = True
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
{apps}]
"""

MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""

MODELS = "from django.db import models\n\n\n"
MIGRATION = "from django.db import migrations, models\n\n\n"

BEFORE, AFTER = "-", "+"


class BadCase(Exception):
    """The text of a case does not say what it should."""


@dataclass
class Case:
    name: str
    since: tuple = (0, 0)
    until: tuple = (99, 0)
    # Whether the command may end with any exception at all.
    crashes: bool = False
    # Whether luthier is known to see none of the changes.
    missed: bool = False
    # Whether Django takes some operations in the order of a set.
    unordered: bool = False
    # Each file's lines with their marks: `-` for before, `+` for after, else for both.
    files: dict = field(default_factory=dict)

    def fits(self, version):
        return self.since <= version < self.until

    def digest(self):
        """Changes with all that the project is written from."""
        words = (self.crashes, self.missed, self.unordered)
        text = repr((self.name, words, sorted(self.files.items())))
        return hashlib.sha256((text + SETTINGS + MANAGE + MODELS + MIGRATION).encode()).hexdigest()

    def apps(self):
        """The folders at the top, in the order in which the case names them."""
        tops = [path.split("/")[0] for path in self.files if "/" in path]
        return list(dict.fromkeys(tops))

    def migrations_of(self, folder):
        """Whether the case brings the migrations in this folder along."""
        return any(is_migration(path) and path.rsplit("/", 1)[0] == folder for path in self.files)

    def texts(self, side):
        """The files of the project before or after the change."""
        texts = {"manage.py": MANAGE}
        for path, lines in self.files.items():
            kept = [line for mark, line in lines if mark in (" ", side)]
            if not lines or any(line.strip() for line in kept):
                texts[path] = "".join(f"{line}\n" for line in kept)
        for app in self.apps():
            texts.setdefault(f"{app}/__init__.py", "")
        for path in list(texts):
            for parent in Path(path).parents:
                if parent != Path("."):
                    texts.setdefault(f"{parent}/__init__.py", "")
        settings = texts.get("settings.py", "")
        if "SECRET_KEY" not in settings:
            apps = "".join(f'    "{app}",\n' for app in self.apps())
            texts["settings.py"] = SETTINGS.format(apps=apps) + settings
        for path in texts:
            if path.endswith("/models.py"):
                texts[path] = MODELS + texts[path]
            elif is_migration(path):
                texts[path] = MIGRATION + texts[path]
        return texts


def is_migration(path):
    return re.search(r"/\d{4}_\w+\.py$", path) is not None


def read_all(folder):
    """All cases of all files, each by its name."""
    cases = {}
    for path in sorted(Path(folder).glob("*.diff")):
        for case in read(path):
            if cases.setdefault(case.name, case) is not case:
                raise BadCase(f"{path.name}: there are two cases {case.name}")
    return cases


def read(path):
    cases = []
    lines = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        place = f"{path.name}:{number}"
        if line.startswith("==="):
            cases.append(header(line, place))
            lines = None
        elif not cases or line.startswith("#"):
            # What is said about the file or about a case.
            continue
        elif line.startswith("--- "):
            lines = cases[-1].files.setdefault(line[4:].strip(), [])
        elif not line:
            if lines:
                lines.append((" ", ""))
        elif lines is None or line[0] not in " -+":
            raise BadCase(f"{place}: {line!r} is neither a header nor a line of a file")
        else:
            lines.append((line[0], line[1:]))
    for case in cases:
        for lines in case.files.values():
            while lines and lines[-1] == (" ", ""):
                lines.pop()
    return cases


def header(line, place):
    match = HEADER.match(line)
    if match is None:
        raise BadCase(f"{place}: {line!r} is no header of a case")
    case = Case(match["name"])
    words = match["words"].split()
    while words:
        word = words.pop(0)
        if word in ("crashes", "missed", "unordered"):
            setattr(case, word, True)
        else:
            setattr(case, word, tuple(int(part) for part in words.pop(0).split(".")))
    return case
