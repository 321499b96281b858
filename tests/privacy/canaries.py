"""Bodies with a canary in every string field, made by introspection from the request types of the official SDKs.

A type is read as its typed dictionaries are: each field takes each alternative of its type in turn, so that every
alternative of every field occurs in some body, without the product of all. Every string is another canary: an e-mail
address, a telephone number and a card, none of which belongs in any request. Every object gets members that no SDK
knows as well.
"""

import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

Json = dict[str, Any]
PHONE, CARD = "416-967-1199", "4929 8217 4460 3332"
MARKS = ("kanari", "967-1199", "9671199", "8217 4460", "82174460")
"""What shows that a canary came through; no stand-in can hold any of them."""
_DEEPEST = 9
_PLAIN: dict[Any, Any] = {int: 1, float: 1.0, bool: True, type(None): None}


class Canaries:
    """Makes values; `fields` are the string fields that got a canary, by their path in the types."""

    def __init__(self) -> None:
        self.fields: dict[str, int] = {}

    def text(self, path: str) -> str:
        """The canary of a field."""
        serial = self.fields.setdefault(path, len(self.fields))
        return f"lea.kanari{serial}@acme.ca, {PHONE}, {CARD}"

    def bodies(self, params: type, least: Json) -> Iterator[Json]:
        """Bodies that have each field of the type in each of its forms, beside what is needed at least."""
        for name, wanted in hints(params).items():
            if name in ("model", "stream", "stream_options"):
                continue
            for value in self.values(wanted, name, 0):
                yield {**least, name: value}
        yield {**least, **self._unknown("")}

    def values(self, wanted: Any, path: str, depth: int) -> list[Any]:
        """The forms of a value of this type."""
        wanted, origin = _bare(wanted), get_origin(_bare(wanted))
        if depth > _DEEPEST:
            return []
        if origin in (Union, types.UnionType):
            return [value for inner in get_args(wanted) for value in self.values(inner, path, depth)]
        if origin is Literal:
            return list(get_args(wanted))
        if hasattr(wanted, "__required_keys__"):
            return self._objects(wanted, path, depth)
        if isinstance(origin, type) and issubclass(origin, Iterable):
            return self._collection(wanted, origin, path, depth)
        return [_PLAIN[wanted]] if wanted in _PLAIN else [self._free(wanted, path)]

    def _collection(self, wanted: Any, origin: type, path: str, depth: int) -> list[Any]:
        if issubclass(origin, Mapping):
            return self._mapping(wanted, path, depth)
        return [[value] for value in self.values(get_args(wanted)[0], f"{path}[]", depth + 1)]

    def _free(self, wanted: Any, path: str) -> Any:
        """A text, or free data where the type says no more."""
        if wanted is object or wanted is Any:
            data = {"kept": self.text(path), self.text(path): [{"deep": self.text(path)}]}
            return data | self._schema(path) | {"properties": {"p": self._schema(path), self.text(path): {}}}
        return self.text(path)

    def _schema(self, path: str) -> Json:
        """What people write in a JSON schema, which free data may be."""
        words = ("description", "title", "$comment", "default", "const")
        lists = ("examples", "enum", "required")
        return (
            {"type": "object"}
            | {word: self.text(f"{path}.{word}") for word in words}
            | {word: [self.text(f"{path}.{word}")] for word in lists}
        )

    def _objects(self, wanted: Any, path: str, depth: int) -> list[Json]:
        forms = {
            name: found
            for name, inner in hints(wanted).items()
            if (found := self.values(inner, f"{path}.{name}", depth + 1))
        }
        if missing := wanted.__required_keys__ - forms.keys():
            assert depth > _DEEPEST - 3, (path, missing)  # recursion ends here
            return []
        most = max(map(len, forms.values()), default=1)
        return [
            {name: found[at % len(found)] for name, found in forms.items()} | self._unknown(path)
            for at in range(most)
        ]

    def _mapping(self, wanted: Any, path: str, depth: int) -> list[Json]:
        inner = get_args(wanted)[1] if len(get_args(wanted)) == 2 else object
        if _bare(inner) in (int, float):
            return [{"50256": 1}]
        if _bare(inner) in (object, Any):
            return [self._free(object, path)]
        return [
            {"kept": value, self.text(path): value} for value in self.values(inner, f"{path}{{}}", depth + 1)
        ]

    def _unknown(self, path: str) -> Json:
        """Members that nobody was told of."""
        return {"x_note": self.text(f"{path}.x_note"), "x_deep": {"a": [[self.text(f"{path}.x_deep")]]}}


@cache
def hints(params: Any) -> dict[str, Any]:
    """The fields of a typed dictionary, or of all alternatives of a union of them."""
    if get_origin(params) in (Union, types.UnionType):
        return {name: wanted for inner in get_args(params) for name, wanted in hints(inner).items()}
    return typing.get_type_hints(params, include_extras=False)


def _bare(wanted: Any) -> Any:
    while get_origin(wanted) in (typing.Required, typing.NotRequired, typing.Annotated):
        wanted = get_args(wanted)[0]
    if hasattr(wanted, "__value__"):
        return wanted.__value__
    return wanted


def leaked(octets: bytes | str) -> list[str]:
    """The marks of canaries in what was sent, whatever escapes it is written in."""
    text = octets.decode("utf-8", "replace") if isinstance(octets, bytes) else octets
    return [mark for mark in MARKS if mark in text]
