"""Definitions of tools as clients have them from MCP servers reach every cloud in a form that it takes."""

import json

import pytest

from tests.api.everywhere import (
    ANTHROPIC,
    AZURE,
    CHAT,
    CLAUDE,
    EIGHT,
    GEMINI,
    HI,
    LOOK,
    MISTRAL,
    OPENAI,
    OWN,
    RESPONSES,
    SIX,
    WARNING,
    Everywhere,
    Json,
    answered,
    error_of,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
TEXT: Json = {"type": "string"}
A: Json = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}
B: Json = {"type": "object", "properties": {"b": TEXT}}
SCHEMAS: dict[str, Json] = {
    "any of": {"anyOf": [A, B]},
    "one of, beside properties": {
        "type": "object",
        "properties": {"c": TEXT},
        "oneOf": [A, {**A, "required": []}],
    },
    "all of": {"allOf": [A, B]},
    "a reference": {"$ref": "#/$defs/A", "$defs": {"A": A}},
    "a reference to itself": {"$ref": "#"},
    "a choice of requirements": {**A, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
    "not": {**A, "not": {"required": ["b"]}},
    "capitals": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}},
}
ROUTES = tuple(dict.fromkeys((*SIX, *EIGHT)))


def tool(name: str, schema: Json) -> Json:
    return {"type": "function", "function": {"name": name, "description": "d", "parameters": schema}}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS.keys())
def test_a_tool_with_an_odd_schema_is_called_everywhere(
    gateway: Everywhere, route: str, schema: Json
) -> None:
    tools = [tool("look", schema), tool("other", A)]
    told = answered(gateway.post(CHAT, {"model": route, "messages": [HI], "tools": tools})).data.decode()
    assert "look" in told
    flat = [{"type": "function", **entry["function"]} for entry in tools]
    assert (
        "look"
        in answered(gateway.post(RESPONSES, {"model": route, "input": "hi", "tools": flat})).data.decode()
    )


@pytest.mark.parametrize(
    ("kind", "warned"),
    [("any of", True), ("not", True), ("all of", False), ("a reference", False), ("capitals", False)],
)
def test_a_loss_of_meaning_is_named(gateway: Everywhere, kind: str, warned: bool) -> None:
    body = {"model": OPENAI, "messages": [HI], "tools": [tool("look", SCHEMAS[kind])]}
    told = answered(gateway.post(CHAT, body)).headers.get(WARNING)
    clause = "changed parameters: tools=schemas without alternatives at the top"
    assert told == (clause if warned else None)


def test_alternatives_are_told_to_the_model_in_words(gateway: Everywhere) -> None:
    answered(
        gateway.post(CHAT, {"model": CLAUDE, "messages": [HI], "tools": [tool("look", SCHEMAS["any of"])]})
    )
    spec = gateway.sent(CLAUDE)["toolConfig"]["tools"][0]["toolSpec"]
    assert spec["inputSchema"]["json"] == {"type": "object", "properties": {"a": TEXT, "b": TEXT}}
    assert spec["description"] == "d\nGive the parameters of one of these sets: `a`; or `b`."


def test_an_own_server_gets_definitions_as_they_are(gateway: Everywhere) -> None:
    tools = [tool("look", SCHEMAS["any of"]), tool("look", SCHEMAS["capitals"])]
    answered(gateway.post(CHAT, {"model": OWN, "messages": [HI], "tools": tools}))
    assert gateway.sent(OWN)["tools"] == tools


@pytest.mark.parametrize("route", [AZURE, ANTHROPIC, CLAUDE, GEMINI, MISTRAL, OPENAI])
@pytest.mark.parametrize("second", [A, B])
def test_of_two_tools_of_one_name_the_last_counts(gateway: Everywhere, route: str, second: Json) -> None:
    body = {"model": route, "messages": [HI], "tools": [tool("look", A), LOOK | tool("look", second)]}
    told = answered(gateway.post(CHAT, body))
    assert told.headers.get(WARNING) == (
        None if second == A else "changed parameters: tools=one of each name"
    )
    assert json.dumps(gateway.sent(route)).count('"look"') == 1


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_a_choice_of_a_tool_that_is_not_there_is_refused_by_name(
    gateway: Everywhere, route: str, path: str
) -> None:
    if path == CHAT:
        body: Json = {
            "messages": [HI],
            "tools": [LOOK],
            "tool_choice": {"type": "function", "function": {"name": "no"}},
        }
    else:
        flat = {"type": "function", **LOOK["function"]}
        body = {"input": "hi", "tools": [flat], "tool_choice": {"type": "function", "name": "no"}}
    refused = gateway.post(path, {"model": route, **body})
    assert refused.status_code == 400
    assert error_of(refused)["param"] == "tool_choice"


@pytest.mark.parametrize("route", [GEMINI, MISTRAL, OPENAI, OWN, CLAUDE])
def test_a_line_break_stops_where_the_model_takes_it(gateway: Everywhere, route: str) -> None:
    body = {"model": route, "messages": [HI], "stop": ["\n", "END"]}
    told = answered(gateway.post(CHAT, body))
    taken = route != CLAUDE
    assert ('"\\n"' in json.dumps(gateway.sent(route))) == taken
    assert told.headers.get(WARNING) == (None if taken else "dropped parameters: blank stop")
