"""JSON Schemas (2020-12) of what the administration API reads and answers, and the check of a value against one.

The words of JSON Schema that are used are few, and `require` knows these alone. Amounts are decimal strings.
"""

import re
from collections.abc import Mapping
from typing import Any

from ni.access.accounts import EVIDENCE
from ni.access.key_spec import KEY_FIELDS, FieldKind, KeyField
from ni.dialects.json_body import refuse
from ni.domain.caller import Priority
from ni.domain.errors import BadRequest
from ni.domain.pii_labels import Label
from ni.domain.route import Tier

Schema = Mapping[str, Any]
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def text(most: int = 200, least: int = 1, **more: Any) -> Schema:
    """A string of so many characters; `more` are further words of JSON Schema."""
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def whole(least: int, most: int) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


def one_of(*values: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(values)}


def several(items: Schema, most: int = 200) -> Schema:
    """A list without repetitions."""
    return {"type": "array", "items": items, "maxItems": most, "uniqueItems": True}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    allowed = {**schema, "type": [schema["type"], "null"]}
    return {**allowed, "enum": [*schema["enum"], None]} if "enum" in schema else allowed


def fields(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """An object that has these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def answered(**properties: Schema) -> Schema:
    """An object of an answer: every member is there; later versions may add more."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def listed(items: Schema) -> Schema:
    """A page of a list."""
    return answered(
        object={"type": "string", "const": "list"},
        data={"type": "array", "items": items},
        next_cursor={"type": ["string", "null"]},
    )


FLAG: Schema = {"type": "boolean"}
WORD: Schema = {"type": "string"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9})?$"}
SIGNED_AMOUNT: Schema = {"type": "string", "pattern": r"^-?[0-9]{1,7}(\.[0-9]{1,9})?$"}
BALANCE: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?$"}
DAY: Schema = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
LABELS = several(one_of(*(label.value for label in Label)))
GRADE = or_null(one_of(*(grade for grade in sorted(EVIDENCE) if grade)))

OF_KIND: Mapping[FieldKind, Schema] = {
    FieldKind.TEXT: text(100),
    FieldKind.TIERS: {**several(one_of(*(tier.value for tier in Tier))), "minItems": 1},
    FieldKind.AMOUNT: or_null(AMOUNT),
    FieldKind.COUNT: or_null(whole(1, 1_000_000)),
    FieldKind.SWITCH: FLAG,
    FieldKind.LAST_DAY: or_null(text(40)),
    FieldKind.EVIDENCE: GRADE,
    FieldKind.LABELS: LABELS,
    FieldKind.WORDS: several(text(200)),
    FieldKind.NETWORKS: several(text(60)),
    FieldKind.PERSON: or_null(text(60)),
    FieldKind.PRIORITY: one_of(*(each.value for each in Priority)),
}
"""The schema of each kind of field of a key."""


def of_field(field: KeyField) -> Schema:
    """A field of a key, with its meaning."""
    return {**OF_KIND[field.kind], "description": field.help}


KEY_PROPERTIES: Mapping[str, Schema] = {field.json_name: of_field(field) for field in KEY_FIELDS}


def require(value: Any, schema: Schema, at: str = "") -> None:
    """Raise `BadRequest`, naming the member at fault, for a value that is not as its schema says."""
    kinds = schema["type"] if isinstance(schema.get("type"), list) else [schema["type"]]
    if not any(_is(value, kind) for kind in kinds):
        raise refuse(at or "body", "one of the types %(types)s", types=", ".join(kinds))
    if "enum" in schema and value not in schema["enum"]:
        raise refuse(at or "body", "one of %(words)s", words=", ".join(map(str, schema["enum"])))
    match value:
        case bool() | None:
            return
        case str():
            _require_text(value, schema, at)
        case int():
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                raise refuse(
                    at or "body",
                    "between %(least)s and %(most)s",
                    least=schema["minimum"],
                    most=schema["maximum"],
                )
        case list():
            _require_items(value, schema, at)
        case dict():
            _require_members(value, schema, at)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and (kind != "integer" or not isinstance(value, bool))


def _require_text(value: str, schema: Schema, at: str) -> None:
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise refuse(at or "body", "a text without zero bytes and lone surrogates")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        raise refuse(at or "body", "a text of at most %(most)s characters", most=schema["maxLength"])
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        raise refuse(at or "body", "a text of the form %(form)s", form=schema["pattern"])


def _require_items(value: list[Any], schema: Schema, at: str) -> None:
    if not schema.get("minItems", 0) <= len(value) <= schema["maxItems"]:
        raise refuse(
            at or "body",
            "a list of at most %(most)s, and not empty where one is needed",
            most=schema["maxItems"],
        )
    for place, item in enumerate(value):
        require(item, schema["items"], f"{at}[{place}]")
    if schema.get("uniqueItems") and len(set(value)) < len(value):
        raise refuse(at or "body", "a list without repetitions")


def _require_members(value: dict[str, Any], schema: Schema, at: str) -> None:
    inside = f"{at}." if at else ""
    for name in schema["required"]:
        if name not in value:
            raise refuse(inside + name, "present")
    for name, member in value.items():
        if name in schema["properties"]:
            require(member, schema["properties"][name], inside + name)
        elif not isinstance(schema["additionalProperties"], dict):
            raise BadRequest(
                "`%(name)s` is not a member that is known here.", param=(inside + name)[:400], name=name[:80]
            )
        else:
            require(member, schema["additionalProperties"], inside + name)
