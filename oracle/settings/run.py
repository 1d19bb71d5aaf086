"""Run the real `manage.py check --deploy` on every layout, once per environment.

Usage: run.py LAYOUTS RESULTS

LAYOUTS is the folder that `generate.py` filled. RESULTS becomes a JSON object: the Django
version, and for each layout one outcome per environment of its manifest entry:
`{"ids": [...]}` with every check id that the command would print, or `{"error": "..."}` if
Django cannot start there.

Importing Django costs far more than checking a small project. So Django is imported once and
every run is a fork of that process, in which the layout's own manage.py is executed as the
main program.
"""

import gc
import importlib
import json
import os
import runpy
import sys
import traceback
import warnings

# Imported before the forks: none of these reads settings at import.
PRELOADED = [
    "configurations.importer",
    "corsheaders.checks",
    "corsheaders.conf",
    "corsheaders.middleware",
    "decouple",
    "dj_database_url",
    "django.contrib.auth.hashers",
    "django.contrib.auth.password_validation",
    "django.contrib.contenttypes.checks",
    "django.contrib.messages.api",
    "django.contrib.messages.middleware",
    "django.contrib.sessions.backends.base",
    "django.contrib.sessions.middleware",
    "django.contrib.staticfiles.checks",
    "django.contrib.staticfiles.finders",
    "django.core.cache.backends.filebased",
    "django.core.cache.backends.locmem",
    "django.core.checks.security.base",
    "django.core.checks.security.csrf",
    "django.core.checks.security.sessions",
    "django.core.handlers.wsgi",
    "django.core.mail",
    "django.core.management.commands.check",
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.migrate",
    "django.core.validators",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.autodetector",
    "django.db.models",
    "django.forms",
    "django.middleware.cache",
    "django.middleware.clickjacking",
    "django.middleware.common",
    "django.middleware.csrf",
    "django.middleware.security",
    "django.shortcuts",
    "django.template.backends.django",
    "django.templatetags.cache",
    "django.templatetags.i18n",
    "django.templatetags.l10n",
    "django.templatetags.static",
    "django.templatetags.tz",
    "django.template.loader_tags",
    "django.urls",
    "django.utils.translation.reloader",
    "django.utils.translation.trans_real",
    "django.views.csrf",
    "django.views.decorators.cache",
    "django.views.decorators.debug",
    "environ",
    "environs",
    "multiprocessing.process",
    "optparse",
    "pydantic_settings",
    "rest_framework.settings",
    "split_settings.tools",
]

KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


def main(layouts, results):
    with open(os.path.join(layouts, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    for name in PRELOADED:
        importlib.import_module(name)
    import django

    # What is there now lives until the end; the forks need not look through it.
    gc.collect()
    gc.freeze()
    entries = [entry for entry in manifest["layouts"] if starts_with(entry, django.VERSION)]
    outcomes = run_all(layouts, entries, os.cpu_count() or 1)
    with open(results, "w", encoding="utf-8") as file:
        json.dump({"django": django.get_version(), "outcomes": outcomes}, file, indent=1, sort_keys=True)


def starts_with(entry, version):
    since = entry.get("since")
    return since is None or tuple(map(int, since.split("."))) <= version[:2]


def run_all(layouts, entries, workers):
    """Deal the layouts out to worker processes and collect what they report."""
    pipes = []
    for index in range(workers):
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(reader)
            share = {entry["name"]: run_layout(layouts, entry) for entry in entries[index::workers]}
            with os.fdopen(writer, "w", encoding="utf-8") as file:
                json.dump(share, file)
            os._exit(0)
        os.close(writer)
        pipes.append(reader)
    outcomes = {}
    for reader in pipes:
        with os.fdopen(reader, encoding="utf-8") as file:
            outcomes.update(json.load(file))
    for _ in pipes:
        os.wait()
    return outcomes


def run_layout(layouts, entry):
    root = os.path.join(layouts, entry["name"])
    return [run_forked(root, entry, environment) for environment in entry["environments"]]


def run_forked(root, entry, environment):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        outcome = run_here(root, entry, environment)
        with os.fdopen(writer, "w", encoding="utf-8") as file:
            json.dump(outcome, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as file:
        text = file.read()
    os.wait()
    return json.loads(text) if text else {"error": "the process died"}


def run_here(root, entry, environment):
    """Become the layout's `manage.py check --deploy`; only ever called in a fork."""
    folder = os.path.join(root, entry.get("manage", ""))
    os.chdir(folder)
    for name in list(os.environ):
        if name not in KEPT_VARIABLES:
            del os.environ[name]
    os.environ["DJANGO_SETTINGS_MODULE"] = entry["settings"]
    if entry.get("configuration"):
        os.environ["DJANGO_CONFIGURATION"] = entry["configuration"]
    os.environ.update(environment)
    sys.argv = ["manage.py", "check", "--deploy"]
    sys.path.insert(0, folder)

    printed = record_printed_checks()
    silence = open(os.devnull, "w", encoding="utf-8")
    sys.stdout = sys.stderr = silence
    try:
        runpy.run_path(os.path.join(folder, "manage.py"), run_name="__main__")
    except SystemExit:
        # The command ends this way when a check is an error; anything else fails the
        # same way before the checks have run.
        if printed.get("ran"):
            return {"ids": sorted(printed["ids"])}
        return {"error": last_error(traceback.format_exc())}
    except BaseException:
        return {"error": last_error(traceback.format_exc())}
    if not printed.get("ran"):
        return {"error": "the checks did not run"}
    return {"ids": sorted(printed["ids"])}


def record_printed_checks():
    """Note the ids that the command prints: all that run, less the silenced ones."""
    from django.core import checks

    printed = {}
    run_checks = checks.run_checks

    def recording(*args, **kwargs):
        messages = run_checks(*args, **kwargs)
        printed["ran"] = True
        printed["ids"] = {message.id for message in messages if not message.is_silenced()}
        return messages

    checks.run_checks = recording
    return printed


def last_error(text):
    return text.strip().rsplit("\n", 1)[-1]


if __name__ == "__main__":
    main(*sys.argv[1:])
