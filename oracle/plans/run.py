"""Carry out the plan of each case, and say what went wrong: as JSON, to standard output.

    python run.py FOLDER (all|brief) TEXT HOST PORT

FOLDER has what `write.py` wrote, and luthier's plan for each case. HOST is the folder of the
server's socket.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

import chosen
from children import CONTEXT
from trial import Start, Trial

# Plans that are carried out at the same time; each keeps more than one process busy, and has a few of
# the server's hundred connections.
AT_ONCE = min(max(2, os.cpu_count() or 2), 10)


def main():
    folder, extent, text, host, port = sys.argv[1:]
    os.environ |= {"DATABASE_HOST": host, "DATABASE_PORT": port, "PYTHONDONTWRITEBYTECODE": "1"}
    os.environ["PGOPTIONS"] = "-c statement_timeout=30s"
    if extent == "brief":
        # What the oracle sees does not hang on the Django.
        for case in chosen.cases_of(extent, text):
            case.spoiled = []
    jobs = [
        (case, Path(folder).resolve() / chosen.folder_name(case))
        for case in chosen.cases_of(extent, text)
    ]
    json.dump(in_turn(jobs, (host, port)), sys.stdout, indent=1)


def at_once(folder):
    """What is done without a plan, as a plan of one step."""

    def files(paths):
        return [
            {"path": str(path.relative_to(folder / "naive")), "text": path.read_text()}
            for path in paths
        ]

    naive = folder / "naive"
    there = {path.name for path in (folder / "before/shop/migrations").glob("*.py")}
    made = [path for path in naive.glob("shop/migrations/*.py") if path.name not in there]
    return [{"code": files([naive / "shop/models.py"]), "migrations": files(made)}]


def in_turn(jobs, server):
    """Each in a process of its own, some at a time; in the order of the jobs."""
    waiting = list(enumerate(jobs))
    running, outcomes = [], {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            number, job = waiting.pop(0)
            receive, send = CONTEXT.Pipe(duplex=False)
            process = CONTEXT.Process(target=work, args=(send, number, job, server))
            process.start()
            send.close()
            running.append((number, process, receive))
        for each in list(running):
            number, process, receive = each
            if receive.poll(0.02):
                outcomes[number] = received(receive, jobs[number])
                process.join()
                running.remove(each)
    return [outcome for number in sorted(outcomes) for outcome in outcomes[number]]


def received(receive, job):
    try:
        return receive.recv()
    except EOFError:
        return [outcome(job[0].name, [], [{"kind": "broken", "text": "it was broken off"}])]


def outcome(name, expected, found, longest_lock=0, seconds=0):
    return {
        "name": name,
        "expected": sorted(expected),
        "found": found,
        "longest_lock": longest_lock,
        "seconds": round(seconds, 1),
    }


def work(send, number, job, server):
    case, folder = job
    outcomes = []
    try:
        with Start(case, folder, server, f"plan_{number}") as start:
            for name, expected, trial in trials(start):
                began = time.monotonic()
                found, longest = trial()
                outcomes.append(outcome(name, expected, found, longest, time.monotonic() - began))
    except BaseException:
        found = [{"kind": "broken", "text": traceback.format_exc()}]
        outcomes.append(outcome(case.name, [], found))
    send.send(outcomes)


def trials(start):
    """Each plan of a case, by name, with what has to be wrong with it."""
    case = start.case
    if case.steps is not None:
        yield case.name, case.at_once, Trial(start, case.steps, "by-hand").run
        return
    yield case.name, case.neglected, lambda: planned(start)
    for place, (right, wrong, faults) in enumerate(case.spoiled):
        name = f"{case.name}, with a mistake: {wrong or f'without {right}'}"
        yield name, faults, lambda: spoiled(start, place, right, wrong)
    if case.at_once is not None:
        yield (
            f"{case.name}, at once",
            case.at_once,
            Trial(start, at_once(start.folder), "at-once").run,
        )


def planned(start):
    """What is wrong with luthier's plan, or with its reason why there is none."""
    case = start.case
    plan = start.folder / "plan.json"
    if not plan.exists():
        said = start.folder / "said"
        return without_plan([said.read_text().strip() if said.exists() else "luthier is not asked"])
    plan = json.loads(plan.read_text())
    because = [each["because"] for each in plan["unplanned"]]
    if case.unplanned is not None:
        is_told = any(case.unplanned in text for text in because) and not plan["plans"]
        return without_plan([] if is_told else [f"it has to say why not: {because}"])
    if case.is_safe:
        return without_plan(
            [f"there is nothing to plan: {because}"] if because or plan["plans"] else []
        )
    if because or not plan["plans"]:
        return without_plan(because or ["there is no plan"])
    steps = [step for each in plan["plans"] for step in each["steps"]]
    faults, longest = Trial(start, steps, "steps").run()
    gone = {path for step in steps for path in step["removed"]}
    replaced = {file["path"] for file in at_once(start.folder)[0]["migrations"]}
    if gone != (replaced if case.is_migration else set()):
        faults.append({"kind": "code", "text": f"it takes {sorted(gone)} away"})
    return faults, longest


def spoiled(start, place, right, wrong):
    """What is wrong with luthier's plan once a part of it is another one."""
    plan = json.loads((start.folder / "plan.json").read_text())
    steps = [step for each in plan["plans"] for step in each["steps"]]
    files = [file for step in steps for file in step["migrations"]]
    if not any(right in file["text"] for file in files):
        return without_plan([f"it has no {right!r}"])
    for file in files:
        file["text"] = file["text"].replace(right, wrong)
    return Trial(start, steps, f"spoiled-{place}").run()


def without_plan(texts):
    return [{"kind": "unplanned", "text": text} for text in texts], 0


main()
