"""Where in the project a query comes from: lines of Python, tags of templates, names in the lists
of serializers and admin classes.
"""

import ast
import functools
import gc
import inspect
import re
import sys
import time
import tokenize
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "project"
MARKER = re.compile(r"(grows|built): (ORM\d+(?:, ORM\d+)*)")


@dataclass(frozen=True, order=True)
class Place:
    """A line, and the lines of the statement around it."""

    file: str
    line: int
    first: int
    last: int


@dataclass(frozen=True, order=True)
class Marker:
    file: str
    line: int
    kind: str
    codes: tuple


@functools.cache
def inside(path):
    """The path within the project, or None."""
    return path[len(str(PROJECT)) + 1 :] if path.startswith(f"{PROJECT}/") else None


def is_authentication(frame):
    """Whether a query asks who the user of a session is."""
    while frame:
        code = frame.f_code
        if code.co_name == "get_user" and code.co_filename.endswith("contrib/auth/__init__.py"):
            return True
        frame = frame.f_back
    return False


def chain(frame, asking=None):
    """The places that lead to the query, the innermost first. `asking` is the task that waits
    for it, when it is asynchronous code.
    """
    places = []
    while frame is not None:
        places += _of_frame(frame)
        frame = frame.f_back
    if asking is not None:
        places += _of_coroutine(asking.get_coro())
    return tuple(dict.fromkeys(places))


def _of_frame(frame):
    path, name = frame.f_code.co_filename, frame.f_code.co_name
    if file := inside(path):
        return [_statement(file, frame.f_lineno)]
    if name == "render_annotated" and path.endswith("django/template/base.py"):
        return _of_node(**{key: frame.f_locals[key] for key in ("self", "context")})
    if name == "to_representation" and path.endswith("rest_framework/serializers.py"):
        return _of_serializer(frame.f_locals)
    if name == "items_for_result":
        return _of_admin_list(frame.f_locals)
    if name == "execute_field" and path.endswith("graphql/execution/execute.py"):
        return _of_graphql(**{key: frame.f_locals[key] for key in ("parent_type", "field_nodes")})
    if name == "as_widget" and path.endswith("django/forms/boundfield.py"):
        field = frame.f_locals["self"]
        return _named(type(field.form), field.name)
    return []


def _of_coroutine(coroutine):
    # The task's own thread may not have got as far as waiting yet, and what runs has no inside.
    while coroutine.cr_running:
        time.sleep(0.0001)
    places = []
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is not None and (file := inside(frame.f_code.co_filename)):
            places.insert(0, _statement(file, frame.f_lineno))
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
        if type(coroutine).__name__ == "async_generator_asend":
            coroutine = next(filter(inspect.isasyncgen, gc.get_referents(coroutine)))
    return places


def _of_node(self, context):
    places = []
    if (token := getattr(self, "token", None)) and (file := inside(str(self.origin.name))):
        places.append(Place(file, token.lineno, token.lineno, token.lineno))
    if inline := context.get("inline_admin_form"):
        bound = getattr(context.get("field"), "field", None)
        name = bound["name"] if isinstance(bound, dict) else getattr(bound, "name", None)
        if isinstance(name, str):
            places += _named(type(inline.model_admin), name)
    return places


def _of_serializer(names):
    field = names.get("field")
    return _named(type(names["self"]), field.field_name) if field is not None else []


def _of_admin_list(names):
    admin, name = names["cl"].model_admin, names.get("field_name")
    return _named(type(admin), name) if isinstance(name, str) else []


def _of_graphql(parent_type, field_nodes):
    name = field_nodes[0].name.value
    if graphene_type := getattr(parent_type, "graphene_type", None):
        return _named(graphene_type, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())
    definition = parent_type.extensions["strawberry-definition"]
    names = {field.graphql_name: field.python_name for field in definition.fields}
    python_name = names.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return _named(definition.origin, python_name)


@functools.cache
def _named(cls, name):
    """Where a class of the project declares the field with this name, or lists it."""
    for base in cls.__mro__:
        module = sys.modules.get(base.__module__)
        file = inside(getattr(module, "__file__", None) or "")
        if not file:
            continue
        node = _class(file, base)
        body = node.body if node else []
        for statement in body:
            if getattr(statement, "name", None) in (f"resolve_{name}", name):
                return [_statement(file, statement.lineno)]
        for statement in body:
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            if name in [getattr(target, "id", None) for target in targets]:
                return [_statement(file, statement.lineno)]
        wanted = ("list_editable", "list_display", "fields", "list_display_links")
        lists = [
            statement
            for statement in ast.walk(node or ast.Module(body=[]))
            if isinstance(statement, ast.Assign)
            and getattr(statement.targets[0], "id", None) in wanted
        ]
        lists.sort(key=lambda statement: wanted.index(statement.targets[0].id))
        for statement in lists:
            for constant in ast.walk(statement.value):
                if isinstance(constant, ast.Constant) and constant.value in (name, "__all__"):
                    line = constant.lineno
                    return [Place(file, line, line, line)]
    return []


def _class(file, cls):
    wanted = cls.__qualname__.split(".")[-1]
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.ClassDef) and node.name == wanted:
            return node
    return None


@functools.cache
def _tree(file):
    return ast.parse((PROJECT / file).read_text())


@functools.cache
def _statements(file):
    """The spans of the statements; of those with a body, of their heads."""
    spans = []
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
            spans.append((node.lineno, last))
    return spans


@functools.cache
def _statement(file, line):
    around = [span for span in _statements(file) if span[0] <= line <= span[1]]
    first, last = min(around, key=lambda span: span[1] - span[0], default=(line, line))
    return Place(file, line, first, last)


def markers():
    """What comments in the project say about growth."""
    found = set()
    for path in sorted(PROJECT.rglob("*")):
        file = str(path.relative_to(PROJECT))
        if path.suffix == ".py":
            with path.open("rb") as source:
                comments = [
                    (token.start[0], token.string)
                    for token in tokenize.tokenize(source.readline)
                    if token.type == tokenize.COMMENT
                ]
        elif path.suffix in (".html", ".txt"):
            comments = [
                (number, comment)
                for number, line in enumerate(path.read_text().splitlines(), 1)
                for comment in re.findall(r"\{#.*?#\}", line)
            ]
        else:
            continue
        for line, comment in comments:
            for kind, codes in MARKER.findall(comment):
                found.add(Marker(file, line, kind, tuple(codes.split(", "))))
    return found


def definitions():
    """The functions of the project by file and first line, with last line and name. Left
    out are those that only say that there is nothing, and what runs before all cases.
    """
    found = {}
    for path in sorted(PROJECT.rglob("*.py")):
        file = str(path.relative_to(PROJECT))
        for node in ast.walk(_tree(file)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if isinstance(node.body[0], ast.Raise) or node.name == "ready":
                    continue
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                found[file, first] = (node.end_lineno, node.name)
    return found


class Profile:
    """Which functions and templates of the project run."""

    def __init__(self):
        self.seen = set()

    def __call__(self, frame, event, _argument):
        if event != "call":
            return
        code = frame.f_code
        if file := inside(code.co_filename):
            self.seen.add((file, code.co_firstlineno))
        elif code.co_name == "render_annotated":
            if file := inside(str(getattr(getattr(frame.f_locals["self"], "origin", None), "name", ""))):
                self.seen.add((file, 0))


def source_lines(found):
    """File, first and last line of a function or class."""
    for attribute in ("fget", "func", "__func__"):
        found = getattr(found, attribute, None) or found
    found = inspect.unwrap(found)
    lines, first = inspect.getsourcelines(found)
    return inside(inspect.getsourcefile(found)), first, first + len(lines) - 1
