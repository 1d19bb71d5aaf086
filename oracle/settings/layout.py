"""What the generator's parts hand to each other: values, renderings and finished layouts."""

import textwrap
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Under:
    """A path below the project's BASE_DIR, as a setting's value."""

    relative: str


@dataclass(frozen=True)
class Code:
    """A value that only source code can express, such as a compiled pattern."""

    text: str
    imports: tuple = ()


@dataclass
class Rendering:
    """One setting, written down.

    `first` are the lines that a base module would hold and `then` those that may stand in a
    module importing it. `prelude` are helpers that both need.
    """

    name: str
    first: list = field(default_factory=list)
    then: list = field(default_factory=list)
    imports: list = field(default_factory=list)
    prelude: list = field(default_factory=list)
    files: dict = field(default_factory=dict)
    # Variable name to the states worth trying; None stands for "not set".
    variables: dict = field(default_factory=dict)
    # The value as one expression, where there is one: only then can a class body hold it.
    expression: str | None = None


@dataclass
class Layout:
    name: str
    settings: str
    files: dict
    variables: dict = field(default_factory=dict)
    configuration: str | None = None
    # The folder of manage.py, and the one that BASE_DIR is.
    manage: str = ""
    base: str = ""
    # The first Django that can start it, as "6.1".
    since: str | None = None
    patterns: list = field(default_factory=list)

    def environments(self):
        """Every combination of the variables' states."""
        combinations = [{}]
        for variable, states in self.variables.items():
            combinations = [
                combination if state is None else {**combination, variable: state}
                for combination in combinations
                for state in states
            ]
        return combinations

    def manifest_entry(self):
        entry = {
            "name": self.name,
            "settings": self.settings,
            "environments": self.environments(),
            "patterns": self.patterns,
        }
        if self.configuration:
            entry["configuration"] = self.configuration
        if self.manage:
            entry["manage"] = self.manage
        if self.since:
            entry["since"] = self.since
        return entry


def source(*parts):
    """Lines and blocks joined to one file's text."""
    lines = []
    for part in parts:
        lines.extend([part] if isinstance(part, str) else part)
    return "\n".join(lines) + "\n"


def block(text):
    """A hand-written file inside an indented triple-quoted string."""
    return textwrap.dedent(text).lstrip("\n")


def literal(value, indent=0):
    """Python source of a value, one item a line where a person would write it so."""
    pad, closing = " " * (indent + 4), " " * indent
    if isinstance(value, Code):
        return value.text
    if isinstance(value, Under):
        return f'BASE_DIR / "{value.relative}"'
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict) and value:
        items = [f"{pad}{literal(k)}: {literal(v, indent + 4)},\n" for k, v in value.items()]
        return "{\n" + "".join(items) + closing + "}"
    if isinstance(value, (list, tuple)) and value:
        opening, end = ("[", "]") if isinstance(value, list) else ("(", ")")
        if len(value) < 3 and not any(isinstance(item, (dict, list)) for item in value):
            inner = ", ".join(literal(item) for item in value)
            comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
            return f"{opening}{inner}{comma}{end}"
        items = [f"{pad}{literal(item, indent + 4)},\n" for item in value]
        return opening + "\n" + "".join(items) + closing + end
    return repr(value)


def imports_of(value):
    """The import lines that the literal of a value needs."""
    if isinstance(value, Code):
        return list(value.imports)
    if isinstance(value, dict):
        return [line for item in value.values() for line in imports_of(item)]
    if isinstance(value, (list, tuple)):
        return [line for item in value for line in imports_of(item)]
    return []


def has_paths(value):
    if isinstance(value, dict):
        return any(has_paths(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_paths(item) for item in value)
    return isinstance(value, Under)
