"""Parts of kinds that only servers of one's own read: passed on masked there, refused by name everywhere else."""

import base64
from typing import Any

import pytest

from tests.api.everywhere import (
    CHAT,
    HI,
    MESSAGES,
    OWN,
    RESPONSES,
    SIX,
    Everywhere,
    Json,
    answered,
    error_of,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
MAIL = "marie.tremblay@acme.ca"
BINARY = base64.b64encode(b"\0\0\0\x18ftypmp42" + MAIL.encode()).decode()
LINK = f"https://films.acme.ca/{MAIL}.mp4"
UNREAD: dict[str, Json] = {
    "a link to a film": {"type": "video_url", "video_url": {"url": LINK}},
    "a link as a string": {"type": "video_url", "video_url": LINK},
    "a film": {"type": "video_url", "video_url": {"url": f"data:video/mp4;base64,{BINARY}"}},
    "a link to a sound": {"type": "audio_url", "audio_url": {"url": "https://sounds.acme.ca/a.wav"}},
    "a sound": {"type": "input_audio", "input_audio": {"data": BINARY, "format": "wav"}},
    "numbers": {"type": "image_grid", "image_grid": [[1.5, 2], [3, 4]], "uuid": "sku-1"},
}
WITH_TEXT: dict[str, Json] = {
    "beside a film": {"type": "video_url", "video_url": {"url": LINK, "note": MAIL}},
    "in a kind of tomorrow": {"type": "hologram", "words": {"deep": [MAIL]}},
    "as a film of text": {"type": "video_url", "video_url": {"url": f"data:video/mp4,{MAIL}"}},
}
FOREIGN = [part for name, part in {**UNREAD, **WITH_TEXT}.items() if name != "a sound"]
EVERYWHERE_ELSE = [route for route in SIX if route != OWN]


def saying(*parts: Any) -> Json:
    return {"role": "user", "content": [{"type": "text", "text": "See."}, *parts]}


@pytest.mark.parametrize("part", UNREAD.values(), ids=UNREAD)
def test_a_server_of_ones_own_is_sent_the_part_as_it_is(gateway: Everywhere, part: Json) -> None:
    answered(gateway.post(CHAT, {"model": OWN, "messages": [saying(part)]}))
    assert gateway.sent(OWN)["messages"][0]["content"][1] == part


@pytest.mark.parametrize("part", WITH_TEXT.values(), ids=WITH_TEXT)
def test_its_texts_are_masked_on_the_way(gateway: Everywhere, part: Json) -> None:
    response = answered(gateway.post(CHAT, {"model": OWN, "messages": [saying(part)]}))
    sent = gateway.sent(OWN)["messages"][0]["content"][1]
    assert sent["type"] == part["type"]
    assert MAIL not in str({**sent, "video_url": str(sent.get("video_url")).replace(LINK, "")})
    assert "email=1" in response.headers["X-NI-PII"]


@pytest.mark.parametrize("route", EVERYWHERE_ELSE)
@pytest.mark.parametrize("part", FOREIGN, ids=lambda part: part["type"])
def test_every_other_route_refuses_the_part_by_name(gateway: Everywhere, route: str, part: Json) -> None:
    gateway.forget()
    refused = gateway.post(CHAT, {"model": route, "messages": [HI, saying(part)]})
    assert refused.status_code == 400
    assert error_of(refused)["param"] == "messages[1].content[1].type"
    assert gateway.fakes[route.partition("/")[0]].seen == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "/srv/film.mp4", "data:text/html,x", "", 7, None])
@pytest.mark.parametrize("kind", ["video_url", "audio_url"])
def test_an_address_of_the_server_itself_is_refused(gateway: Everywhere, kind: str, url: Any) -> None:
    part = {"type": kind, kind: {"url": url}}
    refused = gateway.post(CHAT, {"model": OWN, "messages": [saying(part)]})
    assert refused.status_code == 400
    assert error_of(refused)["param"] == f"messages[0].content[1].{kind}.url"


def test_a_film_that_a_tool_returned_follows_its_result(gateway: Everywhere) -> None:
    film = UNREAD["a film"]
    asked = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "See."}, film]},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": [film]},
    ]
    answered(gateway.post(RESPONSES, {"model": OWN, "input": asked}))
    user, _, result, shown = gateway.sent(OWN)["messages"]
    assert user["content"][1] == shown["content"][1] == film
    assert result["role"] == "tool"


def test_messages_know_no_such_parts(gateway: Everywhere) -> None:
    asked = {"model": OWN, "max_tokens": 9, "messages": [saying({"type": "hologram"})]}
    refused = gateway.post(MESSAGES, asked)
    assert error_of(refused)["message"].startswith("`messages[0].content[1].type`")
