"""Names by which models call tools, as the tools that were offered. Pure.

Gemini writes `default_api.look` or `default_api:look`, gpt-oss `functions.look` and `look<|channel|>commentary`, Llama
and Nova ` look`. A name that is still of no tool afterwards is kept as it came; the client tells the model.
"""

import re
from collections.abc import Collection

from ni.domain.call import Json

_TOKEN = "<|"  # noqa: S105  # begins a control token of gpt-oss, not a credential
_BEFORE = re.compile(r"[.:/]")


def offered_names(body: Json) -> frozenset[str]:
    """The names of a body's tools and older functions."""
    tools = [tool for kind in ("tools", "functions") for tool in body.get(kind) or ()]
    definitions = [tool.get(tool.get("type", "")) or tool for tool in tools]
    return frozenset(definition["name"] for definition in definitions if definition.get("name"))


def offered(name: str, names: Collection[str]) -> str:
    """The name of an offered tool that a model meant, else what it wrote."""
    if name in names:
        return name
    bare = name.partition(_TOKEN)[0].strip()
    last = _BEFORE.split(bare)[-1].strip()
    return next((meant for meant in (bare, last) if meant in names), name)


def may_go_on(name: str, names: Collection[str]) -> bool:
    """Whether a streamed name may still grow: it is of no tool, or begins another one's."""
    meant = offered(name, names)
    return meant not in names or any(other != meant and other.startswith(meant) for other in names)


def grown(name: str, piece: str, names: Collection[str]) -> str:
    """A name with its next piece, which some servers send whole each time."""
    if not piece or piece == name:
        return name
    whole_again = offered(piece, names) in names or piece.startswith(name)
    return piece if whole_again and offered(name + piece, names) not in names else name + piece
