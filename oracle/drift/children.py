"""Processes in which Django can be set up, once for each project."""

import multiprocessing
import os
import sys
import traceback
from pathlib import Path

import django

# Loaded before the processes part, which is most of what a case would cost; none of it needs
# settings.
import django.core.management.commands.makemigrations
import django.core.management.commands.migrate
import django.db.backends.sqlite3.base
import django.middleware.csrf
import django.utils.log
import django.views.csrf
import django.views.debug


def in_children(work, jobs):
    """Does each named job in a process of its own, since Django keeps apps and models for good.

    Gives what went wrong, by the name of the job.
    """
    context = multiprocessing.get_context("fork")
    with context.Pool(processes=os.cpu_count(), maxtasksperchild=1) as pool:
        problems = pool.imap(Guarded(work), jobs.values(), chunksize=1)
        return {name: problem for name, problem in zip(jobs, problems) if problem}


class Guarded:
    """The work, giving what went wrong with it, or None."""

    def __init__(self, work):
        self.work = work

    def __call__(self, job):
        try:
            self.work(*job)
        except BaseException:
            return traceback.format_exc()


def enter(project):
    """Sets Django up with the project, and gives the apps that lie in it."""
    os.chdir(project)
    here = Path.cwd()
    sys.path.insert(0, str(here))
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    django.setup()
    from django.apps import apps

    return [config for config in apps.get_app_configs() if here in Path(config.path).parents]
