"""Work in processes of its own, each with one release of a project: Django keeps apps and models
for good."""

import multiprocessing
import os
import sys
import traceback

import django

# Loaded before the processes part, which is most of what a process would cost; none of it needs
# settings.
import django.contrib.postgres.constraints
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.core.management.commands.migrate
import django.db.backends.postgresql.base
import django.db.migrations.autodetector
import django.db.migrations.executor
import django.utils.log
import django.views.debug

CONTEXT = multiprocessing.get_context("fork")

# How long a process may take that does not wait to be told to stop.
PATIENCE = 120


class Broken(Exception):
    """A process did not come to its end."""


class Child:
    """A process that does `work` within a release of the project."""

    def __init__(self, work, folder, database, *arguments, name="oracle"):
        self.answer, answer = CONTEXT.Pipe(duplex=False)
        environment = {"DATABASE_NAME": database, "PGAPPNAME": name}
        self.process = CONTEXT.Process(
            target=run, args=(answer, work, folder, environment, arguments)
        )
        self.process.start()
        answer.close()

    def result(self, patience=PATIENCE):
        """What the work gives; what it raises is raised here as text."""
        try:
            if not self.answer.poll(patience):
                raise Broken("it does not come to its end")
            is_done, result = self.answer.recv()
        except EOFError:
            raise Broken("it was broken off") from None
        finally:
            self.process.join(0.5)
            if self.process.is_alive():
                self.process.kill()
                self.process.join()
        if not is_done:
            raise Broken(result)
        return result


def run(answer, work, folder, environment, arguments):
    try:
        os.environ.update(environment)
        enter(folder)
        result = (True, work(*arguments))
    except BaseException:
        result = (False, traceback.format_exc())
    answer.send(result)
    answer.close()


def enter(folder):
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    django.setup()


def inside(work, folder, database, *arguments):
    """Does the work in a process, and gives its result."""
    return Child(work, folder, database, *arguments).result()
