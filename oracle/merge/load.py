"""What Django makes of projects that luthier merged.

    python load.py FOLDER

FOLDER/<case>/project is one with several last migrations, FOLDER/<case>/merged the same with what
luthier wrote. Gives for each case, as JSON: `theirs`, what `makemigrations --merge --noinput` writes in the
first; `conflicts` and `changes`, what Django sees in the second.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "drift"))

from children import enter, in_children  # noqa: E402


def main():
    folder = Path(sys.argv[1]).resolve()
    jobs = {}
    for case in sorted(folder.iterdir()):
        jobs[f"{case.name} project"] = merge, case
        jobs[f"{case.name} merged"] = look, case
    problems = in_children(run, jobs)
    for name, problem in problems.items():
        print(f"{name}: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    answers = {}
    for case in sorted(folder.iterdir()):
        parts = [json.loads((case / f"{it.__name__}.json").read_text()) for it in (merge, look)]
        answers[case.name] = {**parts[0], **parts[1]}
    print(json.dumps(answers))


def run(work, case):
    answer = json.dumps(work(case))
    (case / f"{work.__name__}.json").write_text(answer, encoding="utf-8")


def merge(case):
    from django.core.management import call_command

    project = case / "project"
    enter(project)
    before = set(project.rglob("*.py"))
    call_command("makemigrations", merge=True, interactive=False, verbosity=0)
    (written,) = set(project.rglob("*.py")) - before
    names = {}
    exec(written.read_text("utf-8"), names)
    written.unlink()
    return {
        "theirs": {
            "name": written.stem,
            "dependencies": names["Migration"].dependencies,
        }
    }


def look(case):
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    enter(case / "merged")
    loader = MigrationLoader(connection)
    conflicts = {label: sorted(names) for label, names in loader.detect_conflicts().items()}
    changes = False
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, interactive=False, verbosity=0)
    except SystemExit as stop:
        changes = bool(stop.code)
    call_command("migrate", interactive=False, verbosity=0)
    return {"conflicts": conflicts, "changes": changes}


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
