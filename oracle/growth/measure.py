"""Runs every case on few rows and on many, and writes down which queries grew, and from where.

    python measure.py              the measurements, as JSON
    python measure.py NAME ...     only cases with one of these texts in their entry, in words
"""

import contextlib
import hashlib
import json
import os
import re
import sys
import threading
import traceback
from collections import Counter
from datetime import datetime, timezone as zones
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "project")]
sys.dont_write_bytecode = True
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.apps import apps  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

import seed  # noqa: E402
import tracing  # noqa: E402
from cases import all_cases, base  # noqa: E402

# What is as long as there are rows.
LISTS = re.compile(r"\((?:(?:%s|\d+)(?:, )?)+\)(?:, \((?:%s(?:, )?)+\))*|LIMIT \d+")
SMALL = 4
LARGE = 4 * SMALL
# What a transaction needs is no query of the code.
CONTROL = re.compile(r"SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT", re.IGNORECASE)
WRITING = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", re.IGNORECASE)
# What is written at different times has to be the same.
NOW = datetime(2026, 1, 1, 12, tzinfo=zones.utc)
# Passwords and sessions are made of chance.
LEFT_OUT = ("auth", "sessions")


class Run:
    """The queries of one case on one size of database, counted by where they come from."""

    def __init__(self):
        self.chains = Counter()
        # The same apart by what they ask.
        self.kinds = Counter()
        # Who the user is stands before every view.
        self.before = 0
        self.profile = tracing.Profile()
        self.result = None
        self.wrote = False

    def __call__(self, execute, sql, params, many, context):
        if not CONTROL.match(sql):
            chain = tracing.chain(sys._getframe(1), base.asking.get())
            self.chains[chain] += 1
            self.kinds[chain, LISTS.sub("(...)", sql)] += 1
            self.before += tracing.is_authentication(sys._getframe(1))
            self.wrote |= bool(WRITING.match(sql))
        return execute(sql, params, many, context)


def run(case, size):
    """Runs the case; what it writes is taken back. Being watched is slow, and few rows will do."""
    done = Run()
    watched = watching(done.profile) if size == SMALL else contextlib.nullcontext()
    ContentType.objects.clear_cache()
    cache.clear()
    with transaction.atomic():
        prepared = case.prepare()
        with connection.execute_wrapper(done), watched, mock.patch.object(timezone, "now", now):
            result = case.run(prepared)
        words = [base.in_words(result), stored() if done.wrote else None]
        done.result = hashlib.sha256(json.dumps(words).encode()).hexdigest()
        transaction.set_rollback(True)
    return done


def now():
    return NOW


def stored():
    """All rows of the project's models and of the tables between them."""
    models = apps.get_models(include_auto_created=True)
    rows = {}
    for model in models:
        if not model._meta.proxy and model._meta.app_label not in LEFT_OUT:
            columns = [field.attname for field in model._meta.local_concrete_fields]
            found = model._base_manager.order_by("pk").values_list(*columns)
            rows[model._meta.label] = [list(map(repr, row)) for row in found]
    return rows


@contextlib.contextmanager
def watching(profile):
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def measure(cases):
    runs = {case.entry: [] for case in cases}
    problems = []
    for size in (SMALL, LARGE):
        seed.fill(size)
        for case in cases:
            try:
                runs[case.entry].append(run(case, size))
            except Exception:
                problems.append(f"{case.entry} fails: {traceback.format_exc()}")
    return {entry: pair for entry, pair in runs.items() if len(pair) == 2}, problems


def grown(small, large):
    """The chains from which more queries come when there are more rows."""
    return [chain for chain, count in large.chains.items() if count > small.chains[chain]]


def marked(chain, code, markers):
    """The markers that stand on places of the chain, the exact lines before whole statements."""
    found = set()
    for place in chain:
        here = [
            marker
            for marker in markers
            if marker.file == place.file and code in marker.codes and marker.kind == "grows"
        ]
        exact = [marker for marker in here if marker.line == place.line]
        found.update(exact or [m for m in here if place.first <= m.line <= place.last])
    return found


def report(case, small, large, markers, definitions):
    """What is known of a case, and what is wrong with its labels."""
    problems = []
    total = [sum(run.chains.values()) for run in (small, large)]
    if (total[1] > total[0]) != case.grows or (not case.grows and total[0] != total[1]):
        problems.append(f"is said to be {'growing' if case.grows else 'constant'}: {total}")
    sites, used = [], set()
    for chain in grown(small, large):
        found = marked(chain, case.code, markers)
        used |= found
        if not found:
            shown = " < ".join(f"{place.file}:{place.line}" for place in chain)
            problems.append(f"{case.code} is not marked: {shown or 'nowhere in the project'}")
        sites.append((chain, found))
    ran = small.profile.seen
    built = {
        marker
        for marker in markers
        if marker.kind == "built" and case.grows and case.code in marker.codes
        for file, first in ran
        if file == marker.file and first <= marker.line <= definitions.get((file, first), (0,))[0]
    }
    file, first, last = lines_of(case.entry)
    answer = {
        "name": case.name,
        "code": case.code,
        "entry": case.entry,
        "file": file,
        "line": first,
        "end_line": last,
        "small": total[0],
        "large": total[1],
        "grows": total[1] > total[0],
        "method": getattr(case.run, "method", None),
        "before": small.before,
        "steady": [
            {
                "count": count,
                "sql": " ".join(sql.split())[:200],
                "places": [f"{place.file}:{place.line}" for place in chain],
            }
            for (chain, sql), count in small.kinds.items()
            if large.kinds[chain, sql] == count or large.chains[chain] == small.chains[chain]
        ],
        "result": large.result,
        "places": [place_of(marker) for marker in sorted(used | built)],
        "sites": [
            {
                "small": small.chains[chain],
                "large": large.chains[chain],
                "marked": [place_of(marker) for marker in sorted(found)],
                "chain": [
                    {"file": p.file, "line": p.line, "statement": [p.first, p.last]} for p in chain
                ],
            }
            for chain, found in sites
        ],
        "runs": sorted(
            [file, first, definitions.get((file, first), (None,))[0]]
            for file, first in ran
            if not first or (file, first) in definitions
        ),
    }
    return answer, [f"{case.entry}: {problem}" for problem in problems], used | built


def place_of(marker):
    kind = {"grows": "runs", "built": "built"}[marker.kind]
    return {"file": marker.file, "line": marker.line, "codes": list(marker.codes), "role": kind}


def lines_of(entry):
    """Where the entry stands; of a method that comes from a library, its class."""
    while True:
        try:
            found = tracing.source_lines(base.resolve(entry))
        except (TypeError, AttributeError):
            found = (None,)
        if found[0]:
            return found
        entry = entry.rpartition(".")[0]


def main(wanted):
    call_command("migrate", run_syncdb=True, verbosity=0)
    cases = all_cases()
    entries = Counter(case.entry for case in cases)
    problems = [f"{entry} is listed twice" for entry, count in entries.items() if count > 1]
    if wanted:
        cases = [case for case in cases if any(text in case.entry for text in wanted)]
    markers, definitions = tracing.markers(), tracing.definitions()
    runs, failures = measure(cases)
    problems += failures
    answers, used, seen = [], set(), set()
    for case in cases:
        if case.entry not in runs:
            continue
        small, large = runs[case.entry]
        answer, wrong, found = report(case, small, large, markers, definitions)
        answers.append(answer)
        problems += wrong
        used |= found
        seen |= small.profile.seen
    if wanted:
        in_words(answers)
    else:
        problems += [
            f"{marker.file}:{marker.line} is marked {marker.kind}: {', '.join(marker.codes)} for nothing"
            for marker in sorted(markers - used)
        ]
        problems += [
            f"{file}:{line} `{name}` is run by no case"
            for (file, line), (_, name) in sorted(definitions.items())
            if (file, line) not in seen
        ]
        places = [place_of(marker) for marker in sorted(markers)]
        django_version = django.get_version()
        json.dump(
            {"django": django_version, "cases": answers, "places": places, "problems": problems},
            sys.stdout,
            indent=1,
        )
        print()
    for problem in problems:
        print(problem, file=sys.stderr)
    growing = sum(answer["grows"] for answer in answers)
    print(
        f"{len(answers)} cases, {growing} grow, {len(problems)} problems", file=sys.stderr
    )
    return 1 if problems else 0


def in_words(answers):
    for answer in answers:
        word = "grows" if answer["grows"] else "constant"
        print(f"{answer['entry']}: {word}, {answer['small']} -> {answer['large']}")
        for site in answer["sites"]:
            places = " < ".join(f"{place['file']}:{place['line']}" for place in site["chain"])
            print(f"    {site['small']} -> {site['large']}: {places}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
