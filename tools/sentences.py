"""Finds what people read that no `gettext` call names: sentences of problems, words of credential fields (`make i18n`).

They are written where the cause is known: as `text = "..."` of an error's class, or as the sentence given to it when
it is raised. The names of the error classes come from the modules that define them, so a new one is found by itself.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import IO, Any

from babel.messages.extract import extract_python

from ni.access import refusals
from ni.domain import errors
from ni.domain.provider_descriptor import CredentialField, PlatformCredential

Found = tuple[Any, ...]
"""Line, function, message and comments, as Babel wants them."""


def _named(module: ModuleType, base: type, place: int) -> dict[tuple[str, str], int]:
    found = inspect.getmembers(module, inspect.isclass)
    return {(module.__name__, name): place for name, kind in found if issubclass(kind, base)}


# The place of the sentence among the arguments, by the module and name of the class.
LABELLED = frozenset({CredentialField.__name__, PlatformCredential.__name__})
"""What has sentences in the arguments `label` and `hint`."""
PHRASES = frozenset({"refuse", "json_body.refuse"})
"""What is given the phrase that says what a field must be, as its second argument."""

PLACES = _named(errors, errors.Problem, 0) | _named(refusals, refusals.Refused, 1)


def extract(
    source: IO[bytes], keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Any
) -> Iterator[Found]:
    """Babel's method for our Python files: everything it finds itself, and the sentences."""
    yield from extract_python(source, keywords, comment_tags, options)
    source.seek(0)
    for line, sentence in sentences(ast.parse(source.read())):
        if sentence:
            yield line, "gettext", sentence, []


def sentences(tree: ast.Module) -> Iterator[tuple[int, str | None]]:
    """The sentences of a file, with their lines; None for one that is put together at run time."""
    places, constants = _imported(tree), _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _of_class(node)
        elif isinstance(node, ast.Call) and _called(node.func) in LABELLED:
            words = (one for one in node.keywords if one.arg in ("label", "hint"))
            yield from ((one.value.lineno, _literal(one.value)) for one in words)
        elif isinstance(node, ast.Call) and _called(node.func) in PHRASES:
            phrases = (_literal(phrase) for phrase in node.args[1:2])
            yield from ((node.lineno, phrase) for phrase in phrases if phrase)
        elif isinstance(node, ast.Call) and (name := _called(node.func)) in places:
            for said in node.args[places[name] :][:1]:
                named = constants.get(said.id) if isinstance(said, ast.Name) else None
                yield node.lineno, named or _literal(said)


def _imported(tree: ast.Module) -> dict[str, int]:
    """The error classes that a file knows, by their names there."""
    known = {
        alias.asname or alias.name: PLACES[node.module or "", alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (node.module or "", alias.name) in PLACES
    }
    return known | {
        f"errors.{name}": place for (module, name), place in PLACES.items() if module == errors.__name__
    }


def _called(function: ast.expr) -> str:
    """The name of what is called, `errors.BadRequest` where the module was imported."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def _constants(tree: ast.Module) -> dict[str, str | None]:
    """The texts that have a name in the whole file."""
    return {
        target.id: _literal(step.value)
        for step in tree.body
        if isinstance(step, ast.Assign)
        for target in step.targets
        if isinstance(target, ast.Name)
    }


def _of_class(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for step in node.body:
        target = step.target if isinstance(step, ast.AnnAssign) else None
        targets = step.targets if isinstance(step, ast.Assign) else [target]
        named = any(isinstance(one, ast.Name) and one.id == "text" for one in targets)
        text = _literal(getattr(step, "value", None)) if named else None
        if text:
            yield step.lineno, text


def _literal(value: ast.expr | None) -> str | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
