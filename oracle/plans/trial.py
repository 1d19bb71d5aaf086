"""One plan, carried out: step by step, on a database in use."""

import shutil
import time
from contextlib import ExitStack, contextmanager

import psycopg

import changes
import ledger
import load
import sampler
import schema
from children import CONTEXT, Broken, Child, inside
from statements import Interrupting, Watch

# How often each process makes all its queries before and after a migration.
ROUNDS = 2

# Seconds that a migration may take, on a machine that does much else.
PATIENCE = 240

# Seconds for which a lock may be held; a machine that is slow does not take as long for catalogues.
LONG = 5

# How often a step is broken off at most.
INTERRUPTIONS = 40

# How often a migration is tried that gives up waiting for a lock.
ATTEMPTS = 5


class Start:
    """The database of a case before its change, filled, and what it becomes without a plan."""

    def __init__(self, case, folder, server, database):
        self.case = case
        self.folder = folder
        self.host, self.port = server
        self.database = database
        with self.connected() as connection:
            # Block by block, as since PostgreSQL 15 unless told otherwise, takes three times as long.
            is_new = connection.info.server_version >= 150000
            self.copying = " STRATEGY file_copy" if is_new else ""

    def __enter__(self):
        naive = f"{self.database}_naive"
        self.administer(f"CREATE DATABASE {self.database}{self.copying}")
        self.administer(f"CREATE DATABASE {naive}{self.copying}")
        prepared = inside(prepare, self.folder / "before", self.database, self.case)
        self.seeds, self.leaves, self.schema = prepared
        if self.case.unplanned is None or self.case.at_once is not None:
            self.wanted = inside(migrated_schema, self.folder / "naive", naive, self.case)
        self.administer(f"DROP DATABASE {naive}")
        return self

    def __exit__(self, *_):
        self.administer(f"DROP DATABASE {self.database}")

    def administer(self, sql, database="postgres"):
        with self.connected(database) as connection:
            connection.execute(sql)

    def connected(self, database="postgres"):
        return psycopg.connect(
            host=self.host, port=self.port, user="postgres", dbname=database, autocommit=True
        )

    @contextmanager
    def copy_of(self, database, name):
        self.administer(f"CREATE DATABASE {name} TEMPLATE {database}{self.copying}")
        try:
            yield name
        finally:
            # Before PostgreSQL 13 there is no FORCE; all processes have ended by now.
            self.administer(f"DROP DATABASE {name}")


class Trial:
    def __init__(self, start, steps, name):
        self.start = start
        self.case = start.case
        self.steps = steps
        self.folder = start.folder / name
        self.faults = []
        self.entries = []
        self.longest_lock = 0
        self.places = 0
        # Of each release: where its code is, its last migrations, and the schema once they ran.
        self.releases = [self.folder / "0"]
        self.leaves = [start.leaves]
        self.schemas = [start.schema]
        # Before each of them was migrated to.
        self.filled = [set()]

    def fault(self, kind, text, step=None):
        where = f"step {step}: " if step else ""
        self.faults.append({"kind": kind, "text": where + text})

    def run(self):
        """What is wrong, and the longest time for which others were kept from writing."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.start.folder / "before", self.releases[0])
        try:
            with self.start.copy_of(self.start.database, f"{self.start.database}_used") as used:
                self.carry_out(used)
        except Broken as error:
            self.fault("broken", str(error))
        return self.faults, self.longest_lock

    def carry_out(self, database):
        for number, step in enumerate(self.steps, 1):
            self.release(number, step)
            if sql := self.case.by_hand.get(number):
                self.start.administer(sql, database)
            with ExitStack() as stack:
                copy = None
                if any("atomic = False" in file["text"] for file in step["migrations"]):
                    name = f"{database}_again"
                    copy = stack.enter_context(self.start.copy_of(database, name))
                known = list(self.entries)
                if not self.deploy(number, database):
                    return
                if copy:
                    self.go_on_after_interruptions(number, copy, known)
            self.take_back(number, step, database)
        self.compare_with_naive(database)

    # A step forwards

    def release(self, number, step):
        """Writes the release that a step deploys."""
        folder = self.folder / str(number)
        shutil.copytree(self.releases[-1], folder)
        for path in step.get("removed", ()):
            (folder / path).unlink(missing_ok=True)
        for file in [*step["code"], *step["migrations"], *step.get("adapted", ())]:
            path = folder / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file["text"])
        self.releases.append(folder)

    def deploy(self, number, database):
        """Migrates while the release before is used, and then both are."""
        old, new = self.releases[-2:]
        with self.in_use(old, database, number, 2) as before:
            try:
                with self.sampled(new, database, number):
                    child = Child(migrate, new, database, self.case, name="migrate")
                    migrated = child.result(PATIENCE)
            except Broken as error:
                self.fault("migration-fails", last_line(error), number)
                return False
            with self.in_use(new, database, number, 1) as after:
                go_on(before, after)
        filled, leaves, described, faults, drift = migrated
        self.filled.append(filled)
        self.leaves.append(leaves)
        self.schemas.append(described)
        for kind, text in faults:
            self.fault(kind, text, number)
        if drift:
            self.fault("drift", "makemigrations would write " + "; ".join(drift), number)
        return True

    def go_on_after_interruptions(self, number, copy, entries):
        """Migrates a copy that is broken off wherever it leaves something behind."""
        new = self.releases[-1]
        interrupted = set()
        try:
            for _ in range(INTERRUPTIONS):
                is_done, interrupted = inside(migrate_interrupted, new, copy, interrupted)
                if is_done:
                    break
            else:
                raise Broken("it is always broken off anew")
        except Broken as error:
            self.fault("not-resumable", last_line(error), number)
            return
        described, _, lost = inside(look, new, copy, self.case, self.start.seeds, entries)
        for text in schema.differences(described, self.schemas[-1]) + lost:
            self.fault("not-resumable", text, number)

    @contextmanager
    def sampled(self, release, database, number):
        stop, is_ready = CONTEXT.Event(), CONTEXT.Event()
        child = Child(sampler.run, release, database, stop, is_ready, name="sampler")
        is_ready.wait(PATIENCE)
        try:
            yield
        finally:
            stop.set()
            seconds, lock = child.result()
            self.longest_lock = max(self.longest_lock, seconds)
            if seconds > LONG:
                self.fault("long-lock", f"{lock} is held for {seconds:.1f} seconds", number)

    @contextmanager
    def in_use(self, release, database, number, processes, entries=None):
        """Queries of a release are made meanwhile, and all of them work."""
        used = Use(self, release, database, processes)
        try:
            go_on(used)
            yield used
        finally:
            for faults, written in used.end():
                (self.entries if entries is None else entries).extend(written)
                for (what, error), text in faults.items():
                    name = release.name
                    self.fault("query-fails", f"release {name}: {what}: {error}: {text}", number)

    # Backwards

    def take_back(self, number, step, database):
        """Reverses a step on a copy, after the release before was put in place again; and the one before."""
        is_reversible = step.get("reversible")
        if is_reversible is None:
            return
        entries = list(self.entries)
        with self.start.copy_of(database, f"{database}_back") as copy:
            trouble = self.reversed(number, copy, entries)
            if not trouble and number > 1 and self.steps[number - 2].get("reversible"):
                further = self.reversed(number - 1, copy, entries)
                trouble = [f"then step {number - 1}: {text}" for text in further]
        if is_reversible:
            for text in trouble:
                self.fault("not-reversible", text, number)
        elif not trouble:
            self.fault("reversible", "it can be taken back, and nothing is lost", number)
        elif not step.get("irreversible_because"):
            self.fault("not-reversible", "it does not say why", number)

    def reversed(self, number, copy, entries):
        """What is not as it was before the step."""
        old, new = self.releases[number - 1 : number + 1]
        known = len(self.faults)
        try:
            with self.in_use(old, copy, number, 1, entries) as used:
                Child(go_back, new, copy, self.leaves[number - 1], name="migrate").result(PATIENCE)
                go_on(used)
        except Broken as error:
            del self.faults[known:]
            return [last_line(error)]
        trouble = [fault["text"] for fault in self.faults[known:]]
        del self.faults[known:]
        described, filled, lost = inside(look, old, copy, self.case, self.start.seeds, entries)
        lost += [f"gone: {what}" for what in sorted(self.filled[number] - filled)]
        return trouble + schema.differences(described, self.schemas[number - 1]) + lost

    # The end

    def compare_with_naive(self, database):
        last = self.releases[-1]
        naive = self.start.folder / "naive"
        for path in sorted(naive.rglob("*.py")):
            name = path.relative_to(naive)
            there = last / name
            if "migrations" in name.parts:
                continue
            if not there.exists() or there.read_text() != path.read_text():
                self.fault("code", f"{name} is not what it was to become in the end")
        arguments = (self.case, self.start.seeds, self.entries, True)
        described, _, lost = inside(look, last, database, *arguments)
        for text in schema.differences(described, self.start.wanted):
            self.fault("schema", text)
        for text in lost:
            self.fault("data", text)


class Use:
    """Processes that make the queries of a release."""

    def __init__(self, trial, release, database, processes):
        self.stop = CONTEXT.Event()
        self.rounds = []
        self.children = []
        for _ in range(processes):
            rounds = CONTEXT.Value("i", 0)
            self.rounds.append(rounds)
            arguments = (trial.case, trial.places, self.stop, rounds)
            self.children.append(Child(load.run, release, database, *arguments, name="load"))
            trial.places += 1

    def end(self):
        self.stop.set()
        return [child.result() for child in self.children]


def go_on(*uses):
    """Waits until each process has made all its queries again, side by side."""
    waited_for = [
        (child, rounds, rounds.value + ROUNDS)
        for use in uses
        for child, rounds in zip(use.children, use.rounds)
    ]
    end = time.monotonic() + PATIENCE
    for child, rounds, number in waited_for:
        while rounds.value < number and child.process.is_alive() and time.monotonic() < end:
            time.sleep(0.005)


def last_line(error):
    """What it says, without what the server shows of the statement."""
    lines = str(error).strip().splitlines()
    said = [line for line in lines if line[:1].strip() and not line.startswith(SHOWN)]
    return (said or lines)[-1]


SHOWN = ("LINE ", "DETAIL:", "HINT:", "CONTEXT:", "QUERY:", "PL/pgSQL function ")


# Within a release


def call_migrate(*arguments):
    """Again where a lock was not had in time, as whoever deploys does."""
    from django.core.management import call_command
    from django.db import OperationalError

    for is_last in [False] * (ATTEMPTS - 1) + [True]:
        try:
            call_command("migrate", *arguments, verbosity=0, interactive=False)
            return
        except OperationalError as error:
            is_lock = isinstance(error.__cause__, psycopg.errors.LockNotAvailable)
            if is_last or not is_lock:
                raise


def prepare(case):
    call_migrate()
    seeds = ledger.fill(case)
    return seeds, changes.leaves(), schema.described(case)


def migrate(case):
    from django.db import connection

    filled = schema.filled()
    watch = Watch()
    with connection.execute_wrapper(watch):
        call_migrate()
    drift = changes.drift(case)
    return filled, changes.leaves(), schema.described(case), watch.faults, drift


def migrate_interrupted(interrupted):
    """Whether it comes to its end, and where it was broken off so far."""
    from django.db import connection

    before = set(interrupted)
    try:
        with connection.execute_wrapper(Interrupting(interrupted)):
            call_migrate()
    except Exception:
        if interrupted == before:
            raise
        return False, interrupted
    return True, interrupted


def go_back(leaves):
    (leaf,) = leaves
    call_migrate(changes.APP, leaf)


def look(case, seeds, entries, is_last=False):
    lost = ledger.seen(case, seeds, entries, is_last)
    return schema.described(case), schema.filled(), lost


def migrated_schema(case):
    call_migrate()
    return schema.described(case)
