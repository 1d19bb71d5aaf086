"""Write each case as a project, with what the Django of this Python says about it.

    python run.py CASES OUTPUT [TEXT]

OUTPUT/<case>/project is the project after the change, OUTPUT/<case>/expected.json what
`makemigrations --check --dry-run --noinput` says in it. What is there and still right is kept.
With TEXT only the cases that have it in their name are run.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
from cases import AFTER, BEFORE, read_all
from children import enter, in_children

HERE = Path(__file__).parent
HARNESS = ("ask.py", "cases.py", "children.py", "run.py", "told.py")

# Where Django takes operations in the order of a set, it is another one in every run. Each of these
# seeds of Python's hashes gives one; where there is but one order, one seed will do.
SEEDS = range(5)


def main():
    sources, output = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    output.mkdir(parents=True, exist_ok=True)
    # Checkouts may share the folder.
    lock = open(output.parent / f"{output.name}.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    cases = {
        name: case
        for name, case in read_all(sources).items()
        if case.fits(django.VERSION[:2])
    }
    forget_others(output, cases)
    jobs = {
        name: (case, output / name)
        for name, case in cases.items()
        if wanted in name and not is_right(output / name, stamp(case))
    }
    problems = in_children(write, jobs)
    answers = {}
    for seed in SEEDS:
        folders = [
            output / name
            for name in jobs
            if name not in problems and (seed == SEEDS[0] or jobs[name][0].unordered)
        ]
        found = ask(seed, folders) if folders else {}
        for name, answer in found.items():
            answers.setdefault(name, []).append(answer)
    for name, given in answers.items():
        case, folder = jobs[name]
        problem = fault(case, given[0])
        if problem is None:
            conclude(case, folder, given)
        else:
            problems[name] = problem
    for name, problem in sorted(problems.items()):
        print(f"case {name}: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


def stamp(case):
    harness = "".join((HERE / name).read_text("utf-8") for name in HARNESS)
    harness = hashlib.sha256(harness.encode()).hexdigest()
    return f"{django.get_version()} {harness[:12]} {case.digest()[:12]}"


def is_right(folder, stamp):
    try:
        return json.loads((folder / "expected.json").read_text("utf-8"))["stamp"] == stamp
    except (OSError, ValueError, KeyError):
        return False


def forget_others(output, cases):
    """Removes cases that are not there any more."""
    for folder in output.iterdir():
        if folder.name not in cases:
            shutil.rmtree(folder)


def write(case, folder):
    """The project after the change, with the migrations that lead to the one before it."""
    shutil.rmtree(folder, ignore_errors=True)
    project = folder / "project"
    before, after = case.texts(BEFORE), case.texts(AFTER)
    lay_out(project, before)
    labels = [
        config.label
        for config in enter(project)
        if config.models_module is not None and not brings_migrations(case, config)
    ]
    if labels:
        make_migrations(labels)
    for path in before.keys() - after.keys():
        # A package stays one as long as its migrations need it.
        if not path.endswith("__init__.py") or path in case.files:
            (project / path).unlink()
    lay_out(project, after)


def lay_out(project, texts):
    for path, text in texts.items():
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def brings_migrations(case, config):
    from django.db.migrations.loader import MigrationLoader

    module, _ = MigrationLoader.migrations_module(config.label)
    return module is None or case.migrations_of(module.replace(".", "/"))


def make_migrations(labels):
    from django.core.management import call_command

    with open(os.devnull, "w") as quiet:
        call_command(
            "makemigrations",
            *labels,
            interactive=False,
            include_header=False,
            stdout=quiet,
            stderr=quiet,
        )


def ask(seed, folders):
    """What Django says in each folder where sets are in the order of this seed."""
    done = subprocess.run(
        [sys.executable, "-B", HERE / "ask.py"],
        input="\n".join(map(str, folders)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def operations(answer):
    return {
        label: [operation for migration in migrations for operation in migration["operations"]]
        for label, migrations in answer["changes"].items()
    }


def fault(case, answer):
    """What is wrong with the case, if something is."""
    if "problem" in answer:
        return answer["problem"]
    stops = answer["stops"]
    if stops and stops["crash"] != case.crashes:
        return f"{stops['error']}: {stops['text']}"
    if case.crashes and not stops:
        return "does not crash"
    return None


def conclude(case, folder, answers):
    """Writes down the first answer, and the other orders in which the operations may come."""
    orders = []
    for answer in answers:
        if operations(answer) not in orders:
            orders.append(operations(answer))
    expected = {"stamp": stamp(case), "missed": case.missed, **answers[0], "orders": orders}
    text = json.dumps(expected, indent=1) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
