"""Definitions of tools as shared clouds take them, and the names by which models call them. Pure.

A cloud takes one tool of each name, with a plain object as schema.

Publishers of MCP servers write `anyOf`, `oneOf`, `allOf` or `$ref` at the top of a schema; Anthropic and OpenAI refuse
the whole request for one such tool (claude-code#5973, mobile-mcp#344). Two tools of one name are refused by Anthropic,
Google and Bedrock, and taken by OpenAI (LibreChat#13162). Agents for Gemini write types in capitals, which JSON Schema
does not know. Own servers get definitions as they are.

Of names, Gemini writes `default_api.look` or `default_api:look`, gpt-oss `functions.look` and
`look<|channel|>commentary`, Llama and Nova ` look`. A name that is still of no tool afterwards is kept as it came; the
client tells the model.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ni.domain.call import Json

_CHOICES = ("anyOf", "oneOf")
_NOT_AT_TOP = (*_CHOICES, "allOf", "$ref", "not", "enum")
_LOSE_MEANING = (*_CHOICES, "not", "enum")
_TYPES = frozenset({"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SCHEMAS = frozenset({"items", "additionalProperties", "not"})
_DEEPEST = 8
_ANY_OBJECT: Json = {"type": "object", "properties": {}}
ONE_OF_EACH, FLATTENED = "tools=one of each name", "tools=schemas without alternatives at the top"


def plain_tools(body: Json) -> tuple[Json, tuple[str, ...]]:
    """The body with plain definitions, and what was changed of their meaning; the same object if all are plain."""
    changed: list[str] = []
    names: set[str] = set()
    for name in ("tools", "functions"):
        given = body.get(name)
        if not given:
            continue
        tools = [
            _plain(tool, changed) for tool in _one_of_each(given, changed) if tool_name(tool) not in names
        ]
        names = set(map(tool_name, tools))
        if len(tools) != len(given) or any(new is not old for new, old in zip(tools, given, strict=True)):
            body = {**body, name: tools}
    return body, tuple(dict.fromkeys(changed))


def tool_name(tool: Json) -> str:
    """The name of a tool, or of one of the older functions."""
    name: str = _definition(tool)["name"]
    return name


def _definition(tool: Json) -> Json:
    inner = tool.get(tool.get("type", ""))
    return inner if isinstance(inner, dict) else tool


def _one_of_each(tools: Sequence[Json], changed: list[str]) -> list[Json]:
    """The last definition of each name."""
    last = {tool_name(tool): tool for tool in tools}
    if len(last) == len(tools):
        return [*tools]
    if any(tool != last[tool_name(tool)] for tool in tools):
        changed.append(ONE_OF_EACH)
    return [*last.values()]


def _plain(tool: Json, changed: list[str]) -> Json:
    definition = _definition(tool)
    given = definition.get("parameters")
    if not isinstance(given, dict):
        return tool
    schema, rule = object_schema(given)
    if schema is given:
        return tool
    plain = {**definition, "parameters": schema}
    if any(name in given for name in _NOT_AT_TOP):
        changed += [FLATTENED] * any(name in given for name in _LOSE_MEANING)
        plain.pop("strict", None)
        plain["description"] = "\n".join(filter(None, (definition.get("description"), rule)))
        plain = {name: value for name, value in plain.items() if name != "description" or value}
    return plain if definition is tool else {**tool, tool["type"]: plain}


def object_schema(given: Json) -> tuple[Json, str]:
    """The schema without alternatives at its top, and what they said as a sentence; the same object if it is plain."""
    kind = given.get("type")
    schema = _lowered(given) if isinstance(kind, str) and kind in _TYPES else given
    if not any(name in schema for name in _NOT_AT_TOP):
        return schema, ""
    merged, choices = _merged(schema, schema, _DEEPEST)
    shown = [
        names for names in dict.fromkeys(", ".join(f"`{name}`" for name in one) for one in choices) if names
    ]
    rule = f"Give the parameters of one of these sets: {'; or '.join(shown)}." if len(shown) > 1 else ""
    return merged, rule


def _merged(schema: Json, root: Json, depth: int) -> tuple[Json, list[list[str]]]:
    """One object schema for all that the parts allow, and the parameters of each alternative."""
    rest = {name: value for name, value in schema.items() if name not in _NOT_AT_TOP}
    merged: Json = {**rest, "type": "object", "properties": {**_object(rest.get("properties"))}}
    choices: list[list[str]] = []
    if not depth:
        return merged, choices
    for part in (_target(schema.get("$ref"), root), *_objects(schema.get("allOf"))):
        whole, inner = _merged(part, root, depth - 1)
        _add(merged, whole["properties"])
        _require(merged, {*_names(merged), *_names(whole)})
        choices += inner
    for name in _CHOICES:
        parts = [_merged(part, root, depth - 1)[0] for part in _objects(schema.get(name))]
        for part in parts:
            _add(merged, part["properties"])
        if parts:
            _require(merged, {*_names(merged), *set.intersection(*(set(_names(part)) for part in parts))})
        choices += [_names(part) or [*part["properties"]] for part in parts]
    return merged, choices


def _add(merged: Json, properties: Json) -> None:
    """Add properties; one that is there in another form allows both."""
    for name, schema in properties.items():
        known = merged["properties"].get(name)
        if known is None or known == schema:
            merged["properties"][name] = schema
        elif isinstance(known, dict) and known.keys() == {"anyOf"}:
            merged["properties"][name] = {"anyOf": [*known["anyOf"], schema]}
        else:
            merged["properties"][name] = {"anyOf": [known, schema]}


def _require(merged: Json, names: set[str]) -> None:
    required = [name for name in merged["properties"] if name in names]
    if required:
        merged["required"] = required


def _names(schema: Json) -> list[str]:
    required = schema.get("required")
    return [name for name in required if isinstance(name, str)] if isinstance(required, list) else []


def _target(reference: Any, root: Json) -> Json:
    """The part of the schema that a reference within it names; an empty one for others."""
    found: Any = root if isinstance(reference, str) and reference.startswith("#/") else {}
    for step in str(reference).split("/")[1:]:
        found = _object(found).get(step.replace("~1", "/").replace("~0", "~"))
    return _object(found)


def _objects(parts: Any) -> Iterator[Json]:
    """Those parts of a list that describe objects."""
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and part.get("type", "object") == "object":
            yield part


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _lowered(schema: Any) -> Any:
    """A schema with its types in small letters."""
    if not isinstance(schema, dict):
        return schema
    return {name: _lowered_member(name, value) for name, value in schema.items()}


def _lowered_member(name: str, value: Any) -> Any:
    if name == "type" and isinstance(value, str):
        return value.lower() if value in _TYPES else value
    if name in _MAPS and isinstance(value, dict):
        return {key: _lowered(inner) for key, inner in value.items()}
    if name in _LISTS and isinstance(value, list):
        return [_lowered(inner) for inner in value]
    return _lowered(value) if name in _SCHEMAS else value


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
