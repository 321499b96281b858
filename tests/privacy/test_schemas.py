"""Names of properties in JSON schemas: identifiers stay, personal data goes, and the schema still holds together."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest

from ni.domain.call import Json
from tests.privacy.cast import call, caller, shield

PERSONAL = ["Jean Tremblay", "jean.tremblay@acme.ca", "514-555-0143", "Jean Tremblay / 514-555-0143"]
IDENTIFIERS = ["Tremblay", "jean_tremblay", "jean.tremblay", "jeanTremblay", "customer:jean"]
PLACES = ["parameters", "input_schema", "response_format", "guided_json"]


def schema_with(name: str) -> Json:
    """A schema that names a property in every way that JSON Schema 2020-12 has."""
    step = name.replace("~", "~0").replace("/", "~1")
    return {
        "type": "object",
        "properties": {
            name: {"type": "string"},
            "pointer": {"$ref": f"#/properties/{step}"},
            "coded": {"$ref": f"#/properties/{step.replace(' ', '%20').replace('@', '%40')}"},
            "defined": {"$dynamicRef": f"#/$defs/{step}"},
            "inner": {"type": "object", "properties": {name: {}}, "required": [name]},
        },
        "required": ["pointer", name],
        "dependentRequired": {"pointer": [name], name: ["pointer"]},
        "dependentSchemas": {name: {"required": [name]}},
        "propertyOrdering": [name, "pointer"],
        "patternProperties": {f"^{name}$": {"type": "string"}},
        "$defs": {name: {"type": "string"}},
    }


def body_with(place: str, schema: Json) -> Json:
    """A request that holds the schema there, and speaks of the person."""
    said = {"messages": [{"role": "user", "content": "Find Jean Tremblay."}]}
    match place:
        case "parameters":
            return said | {"tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]}
        case "input_schema":
            return said | {"tools": [{"name": "f", "input_schema": schema}]}
        case "response_format":
            held = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
            return said | {"response_format": held}
        case _:
            return said | {place: schema}


def schema_in(body: Json) -> Json:
    """The schema of such a request."""
    return next(value for value in _objects(body) if "dependentRequired" in value)


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PERSONAL)
def test_a_property_named_by_personal_data_is_renamed_everywhere(place: str, name: str) -> None:
    made = schema_in(shield().substitute(caller(), call(body_with(place, schema_with(name)))).body)
    written = unquote(json.dumps(made))
    assert not any(value in written for value in ("Tremblay", "tremblay", "514-555-0143"))
    (renamed,) = made["$defs"]
    assert made == schema_with(renamed)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", IDENTIFIERS)
def test_an_identifier_names_a_property_as_before(place: str, name: str) -> None:
    schema = schema_with(name)
    made = schema_in(shield().substitute(caller(), call(body_with(place, schema))).body)
    assert made == schema


@pytest.mark.parametrize("name", PERSONAL)
def test_arguments_under_such_a_name_come_back(name: str) -> None:
    masked = shield().substitute(caller(), call(body_with("parameters", schema_with(name))))
    (renamed,) = schema_in(masked.body)["$defs"]
    function = {"name": "f", "arguments": json.dumps({renamed: "1"})}
    message = {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": function}]}
    restored = masked.restorer.reply({"choices": [{"index": 0, "message": message}]})
    told = restored["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(told) == {name: "1"}


@pytest.mark.parametrize(
    "reference",
    [
        "#",
        "#/",
        "#anchor",
        "https://schemas.example.ca/a.json#/$defs/b",
        "b.json",
        "#/$defs/a~1b/items/0",
        "",
    ],
)
def test_a_reference_that_names_nobody_stays(reference: str) -> None:
    schema = {**schema_with("a"), "items": {"$ref": reference}}
    assert schema_in(shield().substitute(caller(), call(body_with("parameters", schema))).body) == schema


@pytest.mark.parametrize("value", [None, 7, True, "x", [[]], [None, {"a": 7}], {"a": None}])
def test_a_schema_of_odd_types_is_looked_through_as_it_is(value: Any) -> None:
    names = ("properties", "required", "dependentRequired", "patternProperties", "$ref", "$defs", "type")
    schema = {**schema_with("a"), **dict.fromkeys(names, value), "dependentRequired": value}
    assert schema_in(shield().substitute(caller(), call(body_with("parameters", schema))).body) == schema
