"""Write each case as a project, with what the Django of this Python says about it.

    python run.py CASES OUTPUT [TEXT]

OUTPUT/<case>/project is the project after the change, OUTPUT/<case>/expected.json what
`makemigrations --check --dry-run --noinput` says in it. What is there and still right is kept.
With TEXT only the cases that have it in their name are run.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import sys
import traceback
from pathlib import Path

import django

# Loaded before the processes part; none of it needs settings.
import django.core.management
import django.db.migrations
import django.db.models
from cases import AFTER, BEFORE, read_all
from told import told

HARNESS = ("cases.py", "run.py", "told.py")


class Broken(Exception):
    """The case cannot be run as it stands."""


def main():
    sources, output = Path(sys.argv[1]), Path(sys.argv[2])
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    cases = {
        name: case
        for name, case in read_all(sources).items()
        if case.fits(django.VERSION[:2])
    }
    forget_others(output, cases)
    jobs = [
        (case, output / name, stamp(case))
        for name, case in cases.items()
        if wanted in name and not is_right(output / name, stamp(case))
    ]
    problems = in_children(write_before, jobs)
    jobs = [job for job in jobs if job[0].name not in problems]
    problems.update(in_children(ask_after, jobs))
    for name, problem in sorted(problems.items()):
        print(f"case {name}: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


def stamp(case):
    harness = "".join((Path(__file__).parent / name).read_text("utf-8") for name in HARNESS)
    harness = hashlib.sha256(harness.encode()).hexdigest()
    return f"{django.get_version()} {harness[:12]} {case.digest()[:12]}"


def is_right(folder, stamp):
    try:
        return json.loads((folder / "expected.json").read_text("utf-8"))["stamp"] == stamp
    except (OSError, ValueError, KeyError):
        return False


def forget_others(output, cases):
    """Removes cases that are not there any more."""
    output.mkdir(parents=True, exist_ok=True)
    for folder in output.iterdir():
        if folder.name not in cases:
            shutil.rmtree(folder)


def in_children(work, jobs):
    """Does each job in a process of its own, since Django keeps apps and models for good."""
    context = multiprocessing.get_context("fork")
    with context.Pool(processes=os.cpu_count(), maxtasksperchild=1) as pool:
        answers = pool.imap(Guarded(work), jobs, chunksize=1)
        return {job[0].name: answer for job, answer in zip(jobs, answers) if answer}


class Guarded:
    """The work, giving what went wrong with it, or None."""

    def __init__(self, work):
        self.work = work

    def __call__(self, job):
        try:
            self.work(*job)
        except Broken as broken:
            return str(broken)
        except BaseException:
            return traceback.format_exc()


def write_before(case, folder, _stamp):
    """The project before the change, and the migrations that lead there."""
    shutil.rmtree(folder, ignore_errors=True)
    project = folder / "project"
    write(project, case.texts(BEFORE))
    labels = [
        config.label
        for config in own_apps(project)
        if config.models_module is not None and not brings_migrations(case, project, config)
    ]
    if labels:
        from django.core.management import call_command

        quiet = open(os.devnull, "w")
        call_command(
            "makemigrations",
            *labels,
            interactive=False,
            include_header=False,
            stdout=quiet,
            stderr=quiet,
        )


def brings_migrations(case, project, config):
    from django.db.migrations.loader import MigrationLoader

    module, _ = MigrationLoader.migrations_module(config.label)
    return module is None or case.migrations_of(module.replace(".", "/"))


def ask_after(case, folder, stamp):
    """The project after the change, and what Django says about it."""
    project = folder / "project"
    before, after = case.texts(BEFORE), case.texts(AFTER)
    for path in before.keys() - after.keys():
        # A package stays one as long as its migrations need it.
        if not path.endswith("__init__.py") or path in case.files:
            (project / path).unlink()
    write(project, after)
    own = [config.label for config in own_apps(project)]
    expected = {"stamp": stamp, "own": own, **told()}
    stops = expected["stops"]
    if stops and stops["crash"] != case.crashes:
        raise Broken(f"{stops['error']}: {stops['text']}")
    if case.crashes and not stops:
        raise Broken("does not crash")
    text = json.dumps(expected, indent=1) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")


def write(project, texts):
    for path, text in texts.items():
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def own_apps(project):
    """Sets Django up with the project, and gives the apps that lie in it."""
    os.chdir(project)
    sys.path.insert(0, str(project.resolve()))
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    django.setup()
    from django.apps import apps

    here = project.resolve()
    return [config for config in apps.get_app_configs() if here in Path(config.path).parents]


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
