"""All patterns; importing a module registers what it has."""

from patterns import anything, dictionaries, hosts, lists, numbers, paths, switches, texts  # noqa: F401
from patterns.registry import PATTERNS, kind_of, render_literal  # noqa: F401
