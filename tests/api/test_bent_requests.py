"""Members of wrong types in places that are read early: an answer, or a refusal that names the field; never a 500."""

from typing import Any

import pytest

from tests.api.everywhere import (
    ANTHROPIC,
    CHAT,
    CLAUDE,
    GEMINI,
    HI,
    MESSAGES,
    RESPONSES,
    SIX,
    Everywhere,
    Json,
    error_of,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
TURN: Json = {"role": "user", "parts": [{"text": "hi"}]}
NO_TYPES: list[Any] = [{}, {"type": "text"}, [], [[]], [True], [{}], True, 7, "", "{", "OBJECT"]
NO_BASE64 = ["%%%", "[[]]", "abcde", "ab=c", "=", "YQ==YQ==", "é", "YWJj-_"]


@pytest.mark.parametrize("route", SIX)
@pytest.mark.parametrize("kind", NO_TYPES, ids=repr)
def test_a_type_of_a_schema_may_be_anything(gateway: Everywhere, route: str, kind: Any) -> None:
    schema = {"type": kind, "properties": {"a": {"type": kind}}}
    function = {"name": "look", "parameters": schema}
    posts: list[tuple[str, Json]] = [
        (CHAT, {"messages": [HI], "tools": [{"type": "function", "function": function}]}),
        (RESPONSES, {"input": "hi", "tools": [{"type": "function", **function}]}),
        (MESSAGES, {"messages": [HI], "max_tokens": 9, "tools": [{"name": "look", "input_schema": schema}]}),
        (CHAT, {"contents": [TURN], "tools": [{"functionDeclarations": [function]}]}),
    ]
    for path, body in posts:
        status = gateway.post(path, {"model": route, **body}).status_code
        assert status in (200, 400), (path, status)


@pytest.mark.parametrize("route", SIX)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("tools", [[], [{}], [{"functionDeclarations": []}], [{"googleSearch": {}}]], ids=str)
def test_googles_shape_may_offer_no_function(
    gateway: Everywhere, route: str, tools: list[Json], *, stream: bool
) -> None:
    body = {"model": route, "contents": [TURN], "tools": tools, "stream": stream}
    assert gateway.post(CHAT, body).status_code == 200
    assert gateway.sent(route).keys().isdisjoint({"tools", "toolConfig"})


@pytest.mark.parametrize("entry", [[True], [], "x", 7, True, [{}], {}, {"id": []}, {"id": 7}], ids=repr)
@pytest.mark.parametrize("name", ["tool_calls", "tools", "content", "messages"])
def test_an_entry_beside_a_call_without_an_id_may_be_anything(
    gateway: Everywhere, name: str, entry: Any
) -> None:
    call = {"type": "function", "function": {"name": "look", "arguments": "{}"}}
    answer: Json = {"role": "assistant", "content": [{"type": "text", "text": "x"}], "tool_calls": [call]}
    body: Json = {
        "model": GEMINI,
        "messages": [HI, answer, {"role": "tool", "content": "r"}, HI],
        "tools": [],
    }
    for holder in (body, answer):
        if name in holder:
            holder[name] = [*holder[name], entry, *holder[name]]
    response = gateway.post(CHAT, body)
    if (name, entry) == ("content", "x"):
        assert response.status_code == 200  # a bare text is read as a part
        return
    assert response.status_code == 400
    assert name in error_of(response)["param"]


@pytest.mark.parametrize("route", [GEMINI, ANTHROPIC, CLAUDE])
@pytest.mark.parametrize("content", NO_BASE64)
@pytest.mark.parametrize("kind", ["image_url", "file"])
def test_what_is_no_base64_is_refused_by_the_name_of_its_part(
    gateway: Everywhere, route: str, content: str, kind: str
) -> None:
    media = {
        "image_url": {"url": f"data:image/png;base64,{content}"},
        "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{content}"},
    }
    gateway.forget()
    part = {"type": kind, kind: media[kind]}
    refused = gateway.post(CHAT, {"model": route, "messages": [{"role": "user", "content": [part]}]})
    assert refused.status_code == 400
    assert error_of(refused)["param"].startswith("messages[0].content[0]")
    assert gateway.fakes[route.partition("/")[0]].seen == []
