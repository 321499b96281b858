"""Finds what people read that no `gettext` call names: the sentences of problems and refusals. Used by `make i18n`.

They are written where the cause is known: as `text = "..."` of an error's class, or as the sentence given to it when
it is raised. The names of the error classes come from the modules that define them, so a new one is found by itself.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from babel.messages.extract import extract_python

from ni.access import refusals
from ni.domain import errors

Found = tuple[Any, ...]
"""Line, function, message and comments, as Babel wants them."""


def _named(module: object, base: type) -> frozenset[str]:
    found = inspect.getmembers(module, inspect.isclass)
    return frozenset(name for name, kind in found if issubclass(kind, base))


# The place of the sentence among a class's arguments.
PLACES = dict.fromkeys(_named(errors, errors.Problem), 0) | dict.fromkeys(
    _named(refusals, refusals.Refused), 1
)


def extract(
    source: IO[bytes], keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Any
) -> Iterator[Found]:
    """Babel's method for our Python files: everything it finds itself, and the sentences."""
    yield from extract_python(source, keywords, comment_tags, options)
    source.seek(0)
    for line, sentence in sentences(ast.parse(source.read())):
        yield line, "gettext", sentence, []


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The sentences of a file, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _of_class(node)
        elif isinstance(node, ast.Call):
            yield from _literal(said_by(node))


def said_by(call: ast.Call) -> ast.expr | None:
    """The sentence that a call gives to an error of ours, None if it gives none or makes something else."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    place = PLACES.get(name)
    if place is None or len(call.args) <= place:
        return None
    return call.args[place]


def _of_class(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for step in node.body:
        target = step.target if isinstance(step, ast.AnnAssign) else None
        targets = step.targets if isinstance(step, ast.Assign) else [target]
        named = any(isinstance(one, ast.Name) and one.id == "text" for one in targets)
        if named:
            yield from _literal(getattr(step, "value", None))


def _literal(value: ast.expr | None) -> Iterator[tuple[int, str]]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.lineno, value.value
