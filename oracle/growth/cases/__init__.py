"""The cases: what is run, with which verdict. Each verdict is measured, none is believed."""

import importlib
import pkgutil
from pathlib import Path


def all_cases():
    found = []
    for module in sorted(pkgutil.iter_modules([str(Path(__file__).parent)]), key=lambda m: m.name):
        if module.name != "base":
            found += importlib.import_module(f"cases.{module.name}").CASES
    return found
