"""What of a request the gateway leaves out although it means something, as clauses of `X-NI-Warning`.

One closed table for each dialect, so that a header never holds a client's own text. Not named: what no answer depends
on (attribution, diagnostics, cache marks), values that are the default anyway, and members that nobody's reference
has. Pure. Sources: Anthropic's reference of Messages (with betas), OpenAI's of Responses, Open Responses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ni.domain.call import Json

_READABLE = "reasoning.encrypted_content"
_CLEARS, _CLEARS_THINKING = "clear_", "clear_thinking"

Matters = Callable[[Any], bool]


def _other_than(*defaults: Any) -> Matters:
    return lambda value: value not in defaults


def _is_said(value: Any) -> bool:
    return bool(value)


def _includes_more(value: Any) -> bool:
    """Of `include`, thinking to be sent back is what every answer holds anyway."""
    return isinstance(value, list) and any(entry != _READABLE for entry in value)


def _edits(managed: Any) -> Iterator[str]:
    edits = managed.get("edits") if isinstance(managed, dict) else None
    for edit in edits if isinstance(edits, list) else ():
        kind = edit.get("type") if isinstance(edit, dict) else None
        if isinstance(kind, str):
            yield kind


def _thinks_again(managed: Any) -> bool:
    """Edits that no upstream is sent: they are answered by another turn of the model, at a price."""
    return any(not kind.startswith(_CLEARS) for kind in _edits(managed))


def _clears_results(managed: Any) -> bool:
    """Edits that a Claude is sent and others do not know; thinking of earlier turns is not shown to those anyway."""
    return any(kind.startswith(_CLEARS) and not kind.startswith(_CLEARS_THINKING) for kind in _edits(managed))


MESSAGES: Mapping[str, Matters] = MappingProxyType(
    {
        "container": _is_said,
        "context_management": _thinks_again,
        "fallbacks": _is_said,
        "inference_geo": _is_said,
        "mcp_servers": _is_said,
        "service_tier": _other_than("auto"),
        "speed": _other_than("standard"),
        "thread": _is_said,
    }
)
TRANSLATED_MESSAGES: Mapping[str, Matters] = MappingProxyType({"context_management": _clears_results})
"""Left out only where the body is translated: an upstream of the dialect is sent them."""
RESPONSES: Mapping[str, Matters] = MappingProxyType(
    {
        "access_programs": _is_said,
        "context_management": _is_said,
        "image": _is_said,
        "include": _includes_more,
        "moderation": _is_said,
        "prompt_cache_options": _is_said,
        "store": _other_than(False),
        "top_logprobs": _other_than(0),
        "truncation": _other_than("disabled"),
    }
)


def dropped_members(body: Json, table: Mapping[str, Matters]) -> tuple[str, ...]:
    """The clause that names the members of a body that a table holds, or nothing. Null is absent."""
    return _clause(
        "parameters", [name for name in table if body.get(name) is not None and table[name](body[name])]
    )


def dropped_kinds(noun: str, kinds: Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """The clause that names kinds of items or blocks, or nothing; those that no reference has are `others`."""
    named = sorted(kind if kind in known else "others" for kind in kinds)
    return _clause(noun, named)


def kinds_of(entries: Any) -> set[str]:
    """The values of `type` in a list of objects."""
    listed = entries if isinstance(entries, list) else ()
    kinds = (entry.get("type") for entry in listed if isinstance(entry, dict))
    return {kind for kind in kinds if isinstance(kind, str)}


def _clause(noun: str, names: list[str]) -> tuple[str, ...]:
    return (f"dropped {noun}: {', '.join(dict.fromkeys(names))}",) if names else ()
