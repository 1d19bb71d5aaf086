"""Projects written by hand: what the generated combinations do not reach.

Each case is the text of `shop/settings.py`, usually on top of `shop.secure`, the baseline that
every check is content with.
"""

import special_environment
import special_libraries
import special_modules
import special_values
from deviations import VIEWS, baseline
from layout import Layout, block, imports_of, literal
from structures import common_files

MODULES = (special_values, special_environment, special_libraries, special_modules)


def special_layouts():
    names = set()
    for module in MODULES:
        for name, case in module.CASES.items():
            assert name not in names, name
            names.add(name)
            yield layout(name, case)


def layout(name, case):
    """A case is its settings' text, or a dictionary that says more about the project."""
    more = {"settings": case} if isinstance(case, str) else dict(case)
    configuration = more.get("configuration")
    files = common_files("shop.settings", configuration=configuration)
    files["shop/secure.py"] = secure_module()
    files["shop/views.py"] = VIEWS
    files["shop/settings.py"] = block(more["settings"])
    files["uploads/README.md"] = "Kept so that the folder exists.\n"
    for path, text in more.get("files", {}).items():
        files[path] = block(text)
    return Layout(
        f"special-{name}",
        "shop.settings",
        files,
        more.get("variables", {}),
        configuration,
        patterns=["by hand"],
        since=more.get("since"),
    )


def secure_module():
    lines = ["from pathlib import Path", "", "BASE_DIR = Path(__file__).resolve().parent.parent"]
    for setting, value in baseline().items():
        if setting == "TEMPLATES":
            value = [{**value[0], "DIRS": []}]
        assert not imports_of(value)
        lines.append(f"{setting} = {literal(value)}")
    return "\n".join(lines) + "\n"
