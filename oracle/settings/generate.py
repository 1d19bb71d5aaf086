"""Write several hundred small Django projects, and the manifest of how to run each.

Usage: generate.py LAYOUTS

Every pattern of `patterns.py` meets settings of its kind, every deviation of `deviations.py`
and every structure of `structures.py` appears several times, and `special.py` adds projects
written by hand. The same seed gives the same files.
"""

import copy
import json
import os
import random
import shutil
import sys

from deviations import DEVIATIONS, VIEWS, baseline
from patterns import PATTERNS, kind_of, render_literal
from special import special_layouts
from structures import STRUCTURES, fits_class_body

SEED = 20261122
# Kinds with fewer patterns get more layouts for each.
LAYOUTS_PER_PATTERN = {"bool": 1, "str": 1, "texts": 1}
OTHERWISE = 2
# How many environments one layout may need.
MOST_ENVIRONMENTS = 6

# Folders that settings name; a file keeps each in existence.
KEPT_FOLDERS = ("assets", "uploads", "templates")


def main(folder):
    rng = random.Random(SEED)
    layouts = [*generated_layouts(rng), *special_layouts()]
    shutil.rmtree(folder, ignore_errors=True)
    for layout in layouts:
        write(os.path.join(folder, layout.name), layout)
    manifest = {"layouts": [layout.manifest_entry() for layout in layouts]}
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
    runs = sum(len(entry["environments"]) for entry in manifest["layouts"])
    print(f"{len(layouts)} layouts, {runs} runs")


def generated_layouts(rng):
    structures = list(STRUCTURES)
    number = 0
    for wanted in plan(rng):
        for attempt in range(20):
            structure = structures[(number + attempt) % len(structures)]
            layout = build(rng, structure, *wanted)
            if layout:
                number += 1
                layout.name = f"{number:03}-{structure}"
                yield layout
                break
        else:
            raise SystemExit(f"nothing could be generated for {wanted}")


def plan(rng):
    """What each layout is for: a pattern with a deviation that it can express, or a deviation."""
    for kind, patterns in PATTERNS.items():
        for pattern in patterns:
            fitting = [(name, setting) for name, setting in settings_of_kind(kind) if accepts(kind, pattern, name, setting)]
            if not fitting:
                raise SystemExit(f"no setting for the pattern {pattern} of {kind}")
            for _ in range(LAYOUTS_PER_PATTERN.get(kind, OTHERWISE)):
                deviation, setting = rng.choice(fitting)
                yield deviation, setting, pattern
    for deviation in DEVIATIONS:
        yield deviation, None, None


def settings_of_kind(kind):
    """Settings with a value of that kind, each with the deviation that gives it ("" for none)."""
    found = []
    for deviation in ["", *DEVIATIONS]:
        settings = deviated([deviation] if deviation else [])
        touched = DEVIATIONS[deviation][0] if deviation else settings
        for name in touched:
            if name in settings and kind_of(settings[name]) == kind and name != "ROOT_URLCONF":
                found.append((deviation, name))
    return found


def accepts(kind, pattern, deviation, setting):
    value = deviated([deviation] if deviation else [])[setting]
    return PATTERNS[kind][pattern](setting, value) is not None


def deviated(names):
    settings = copy.deepcopy(baseline())
    for name in names:
        DEVIATIONS[name][1](settings)
    return settings


def build(rng, structure, deviation, focus, pattern):
    """A layout for that purpose, or None where the structure cannot hold it."""
    in_class = structure.startswith("configuration")
    names = companions(rng, deviation)
    settings = deviated(names)
    if focus is not None and focus not in settings:
        return None
    environments, renderings, used = 1, [], []
    order = list(settings)
    rng.shuffle(order)
    for name in sorted(order, key=lambda name: name != focus):
        value = settings[name]
        rendering, chosen = None, "plain"
        if name == focus:
            chosen = pattern
            rendering = PATTERNS[kind_of(value)].get(pattern, lambda *_: None)(name, value)
            if rendering is None or (in_class and not fits_class_body(rendering)):
                return None
        elif rng.random() < 0.2 and name != "ROOT_URLCONF":
            chosen, rendering = any_pattern(rng, name, value, in_class)
        states = 1
        for values in rendering.variables.values() if rendering else ():
            states *= len(values)
        if rendering is None or environments * states > MOST_ENVIRONMENTS:
            chosen, rendering, states = "plain", render_literal(name, value), 1
        environments *= states
        renderings.append(rendering)
        used.append(f"{name}: {chosen}")
    rng.shuffle(renderings)
    layout = STRUCTURES[structure](renderings, rng)
    layout.patterns = [f"deviations: {', '.join(names)}", *sorted(line for line in used if not line.endswith(": plain"))]
    add_named_files(layout, settings)
    return layout if len(layout.environments()) <= 3 * MOST_ENVIRONMENTS else None


def companions(rng, deviation):
    """The wanted deviation and up to two more that touch other settings."""
    names = [deviation] if deviation else []
    taken = set(DEVIATIONS[deviation][0]) if deviation else set()
    for name in rng.sample(list(DEVIATIONS), 2):
        touched = set(DEVIATIONS[name][0])
        if not touched & taken:
            names.append(name)
            taken |= touched
    return names


def any_pattern(rng, name, value, in_class):
    patterns = PATTERNS[kind_of(value)]
    chosen = rng.choice(list(patterns))
    rendering = patterns[chosen](name, value)
    if rendering is None or (in_class and not fits_class_body(rendering)):
        return "plain", None
    return chosen, rendering


def add_named_files(layout, settings):
    root = f"{layout.base}/" if layout.base else ""
    for folder in KEPT_FOLDERS:
        layout.files[f"{root}{folder}/README.md"] = "Kept so that the folder exists.\n"
    if str(settings.get("CSRF_FAILURE_VIEW", "")).startswith("shop."):
        package = next(path for path in layout.files if path.endswith("shop/__init__.py"))
        layout.files[package.replace("__init__", "views")] = VIEWS


def write(folder, layout):
    for path, text in layout.files.items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
