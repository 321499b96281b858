"""What the Responses and Messages endpoints say beside answers: warnings, stored things, upgrades, counts."""

import json

import pytest

from tests.api.instance import MODEL, Instance
from tests.api.speakers import SPEAKERS, Speaker

ASKED = {"model": MODEL, "input": "hi"}


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_tools_that_no_route_can_run_are_dropped_with_a_warning(instance: Instance, speaker: Speaker) -> None:
    kind = (
        "web_search_20250305" if "claude" in speaker.name or speaker.dialect == "messages" else "web_search"
    )
    tools = [speaker.tool, {"type": kind, "name": "web_search"}]
    response = instance.post(speaker.path, speaker.body(("user", "hi"), tools=tools))
    assert speaker.text(response) == "hi"
    assert response.headers["X-NI-Warning"] == f"dropped tools: {kind}"
    assert [tool["function"]["name"] for tool in instance.sent["tools"]] == ["read"]


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_a_type_of_tool_that_no_header_may_hold_is_refused_by_name(
    instance: Instance, speaker: Speaker
) -> None:
    tools = [{"type": "a\r\nX-Evil: é"}]
    response = instance.post(speaker.path, speaker.body(("user", "hi"), tools=tools))
    assert response.status_code == 400
    assert "`tools[0].type`" in speaker.error(response)["message"]
    assert "X-NI-Warning" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/responses/resp_1", 404),
        ("DELETE", "/v1/responses/resp_1", 404),
        ("GET", "/v1/responses/resp_1/input_items", 404),
        ("POST", "/v1/responses/resp_1/cancel", 404),
        ("POST", "/v1/responses/compact", 400),
        ("GET", "/v1/responses", 405),
    ],
)
def test_addresses_of_stored_responses_say_that_nothing_is_stored(
    instance: Instance, method: str, path: str, status: int
) -> None:
    response = instance.client.open(path, method=method, headers={"Authorization": f"Bearer {instance.key}"})
    assert response.status_code == status
    told = json.loads(response.data)["error"]
    assert "store" in told["message"] or "POST" in response.headers["Allow"]


def test_nobody_without_a_key_learns_anything_of_stored_responses(instance: Instance) -> None:
    assert instance.client.get("/v1/responses/resp_1").status_code == 401


def test_an_upgrade_to_a_websocket_is_refused_cleanly(instance: Instance) -> None:
    response = instance.client.get("/v1/responses", headers={"Upgrade": "websocket", "Connection": "Upgrade"})
    assert response.status_code == 426
    assert "stream" in json.loads(response.data)["error"]["message"]


def test_an_answer_says_that_it_was_not_stored(instance: Instance) -> None:
    told = json.loads(instance.post("/v1/responses", {**ASKED, "store": True}).data)
    assert told["store"] is False
    assert "store" not in instance.sent


def test_beta_and_version_headers_travel_with_the_call(instance: Instance) -> None:
    speaker = SPEAKERS[-1]
    sent = {"anthropic-beta": "effort-2025-11-24", "anthropic-version": "2023-06-01"}
    instance.post(speaker.path, speaker.body(("user", "hi")), **sent)
    assert instance.sandbox.orders[-1].headers == sent


@pytest.mark.parametrize("path", ["/v1/messages/count_tokens", "/v1/v1/messages/count_tokens"])
def test_tokens_are_counted_without_a_call(instance: Instance, path: str) -> None:
    before = len(instance.sandbox.orders)
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "x" * 4000}]}
    response = instance.post(path, asked)
    assert 1000 < json.loads(response.data)["input_tokens"] < 1100
    assert len(response.headers["X-NI-Request-ID"]) == 16
    assert len(instance.sandbox.orders) == before


def test_an_image_counts_the_same_whatever_its_bytes(instance: Instance) -> None:
    def counted(size: int) -> int:
        source = {"type": "base64", "media_type": "image/png", "data": "A" * size}
        asked = {
            "model": MODEL,
            "messages": [{"role": "user", "content": [{"type": "image", "source": source}]}],
        }
        return int(json.loads(instance.post("/v1/messages/count_tokens", asked).data)["input_tokens"])

    assert counted(4) == counted(40_000) > 1000


@pytest.mark.parametrize(("key", "status"), [("ni_live_wrong", 401), (None, 400)])
def test_counting_refuses_in_anthropics_shape(instance: Instance, key: str | None, status: int) -> None:
    sent = {"Authorization": f"Bearer {key or instance.key}"}
    response = instance.post("/v1/messages/count_tokens", {"model": MODEL, "messages": []}, **sent)
    assert response.status_code == status
    assert json.loads(response.data)["type"] == "error"


@pytest.mark.parametrize("prefix", ["/v1", "/v1/v1"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/messages", 405), ("POST", "/messages/batches", 404), ("GET", "/messages/x/y", 404)],
)
def test_what_is_not_there_under_messages_is_told_in_the_shape_of_messages(
    instance: Instance, prefix: str, method: str, path: str, status: int
) -> None:
    response = instance.client.open(f"{prefix}{path}", method=method)
    told = json.loads(response.data)
    assert (response.status_code, told["type"]) == (status, "error")
    assert set(told["error"]) == {"type", "message"}


def test_an_address_that_only_begins_like_messages_keeps_the_common_shape(instance: Instance) -> None:
    told = json.loads(instance.client.get("/v1/messagesx").data)
    assert "code" in told["error"]
