"""Messages to a route whose upstream speaks Messages: the whole line, with the client's own body and events on it."""

import json
from typing import Any

import pytest

from ni.store.tables.metering import usage as usage_table
from tests.api.instance import Instance
from tests.api.places import Place
from tests.api.speakers import SPEAKERS
from tests.dialects.checkers import check_messages
from tests.fakes.openai_server import Script
from tests.fakes.wire_server import FakeWire

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
BETAS = "context-management-2025-06-27,advanced-tool-use-2025-11-20"
EMAIL = "marie.tremblay@hotmail.ca"
SPEAKER = next(speaker for speaker in SPEAKERS if speaker.name == "messages")
COUNTED = (
    "uncached_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "tokens_from",
    "outcome",
)
USAGE = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens_details")


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def test_a_stream_of_the_upstreams_own_events_is_masked_restored_and_in_order(
    instance: Instance, wire: FakeWire, place: Place
) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    thinks = {
        "thinking": {"type": "adaptive"},
        "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
    }
    response = instance.post(
        "/v1/messages?beta=true",
        place.ask(text(f"Write to {EMAIL}", **mark), stream=True, **thinks),
        anthropic_beta=BETAS,
    )
    events = check_messages(response.data)
    shown = "".join(event.get("delta", {}).get("text", "") for event in events)
    sent = wire.seen[-1].body
    assert shown == f"Write to {EMAIL}"
    assert EMAIL not in json.dumps(sent)
    assert sent["messages"][0]["content"][0]["cache_control"] == mark["cache_control"]
    assert {name: sent[name] for name in thinks} == thinks
    assert events[0]["message"]["model"] == place.route
    assert set(USAGE) <= events[0]["message"]["usage"].keys()
    assert {"ping", "signature_delta"} <= {e.get("delta", e).get("type") for e in events}
    assert response.headers["X-NI-PII"] == "on; email=1"
    assert response.headers["X-NI-Custody-Path"] == f"NI-CA -> {place.hop}-US"


def test_a_whole_message_is_the_upstreams_own_restored(
    instance: Instance, wire: FakeWire, place: Place
) -> None:
    told = json.loads(instance.post("/v1/messages", place.ask(text(f"Write to {EMAIL}"))).data)
    assert told["content"] == [text(f"Write to {EMAIL}")]
    assert (told["model"], told["id"]) == (place.route, "msg_1")
    assert set(USAGE) <= told["usage"].keys()


def test_a_tool_is_called_with_what_was_restored(instance: Instance, wire: FakeWire, place: Place) -> None:
    tools = [{"name": "read", "input_schema": {"type": "object"}, "defer_loading": True}]
    response = instance.post(
        "/v1/messages", place.ask(text("go"), tools=tools, stream=True), anthropic_beta=BETAS
    )
    written = "".join(e.get("delta", {}).get("partial_json", "") for e in check_messages(response.data))
    assert json.loads(written) == {"city": "Montréal", "note": "été 🍁"}
    assert wire.seen[-1].body["tools"] == tools


def test_betas_and_version_reach_the_upstream(instance: Instance, wire: FakeWire, place: Place) -> None:
    sent = {"anthropic-beta": "interleaved-thinking-2025-05-14", "anthropic-version": "2023-06-01"}
    assert instance.post("/v1/messages", place.ask(text("hi")), **sent).status_code == 200
    body, headers = wire.seen[-1].body, wire.seen[-1].headers
    if place.hop == "Bedrock":
        assert body["anthropic_beta"] == [sent["anthropic-beta"]]
        assert body["anthropic_version"] == "bedrock-2023-05-31"
    else:
        assert {name: headers[name] for name in sent} == sent


def test_what_is_no_beta_and_no_version_is_not_passed_on(
    instance: Instance, wire: FakeWire, place: Place
) -> None:
    sent = {
        "anthropic-beta": "marie@acme.ca, interleaved-thinking-2025-05-14,514-555-0143",
        "anthropic-version": "marie@acme.ca",
    }
    assert instance.post("/v1/messages", place.ask(text("hi")), **sent).status_code == 200
    told = f"{wire.seen[-1].headers}{wire.seen[-1].raw!r}"
    assert "interleaved-thinking-2025-05-14" in told
    assert "acme" not in told
    assert "0143" not in told


def test_it_costs_and_is_recorded_as_when_it_is_translated(
    instance: Instance, wire: FakeWire, place: Place
) -> None:
    native = instance.post("/v1/messages", place.ask(text("hello" * 20)))
    streamed = instance.post("/v1/messages", place.ask(text("hello" * 20), stream=True))
    assert streamed.data
    chat = {"model": place.route, "messages": [{"role": "user", "content": "hello" * 20}]}
    translated = instance.post("/v1/chat/completions", chat)
    assert len(wire.seen) == 3
    with instance.gateway.database.read() as connection:
        rows = connection.execute(usage_table.select()).mappings().all()
    identities = [response.headers["X-NI-Request-ID"] for response in (native, streamed, translated)]
    found = [
        tuple(row[name] for name in COUNTED) for one in identities for row in rows if row["request_id"] == one
    ]
    assert found == [(20, 64, 16, 12, "provider", "completed")] * 3
    for one in identities:
        record = instance.client.get(
            f"/api/usage/custody/{one}", headers={"Authorization": f"Bearer {instance.key}"}
        )
        assert [hop["entity"] for hop in json.loads(record.data)["hops"]] == ["NI", place.hop]


def test_a_stream_that_fails_in_the_middle_ends_with_one_error_event(
    instance: Instance, wire: FakeWire, place: Place
) -> None:
    good = wire.wire.answer
    upstream = place.upstream
    instance.post("/v1/messages", place.ask(text("hello"), stream=True)).get_data()
    told = good(wire.seen[-1])
    whole = told.body
    body = whole[: upstream.event_ends(whole)] + upstream.failing
    wire.scripts.append(Script(body=body, headers={"Content-Type": told.form}))
    response = instance.post("/v1/messages", place.ask(text("hello"), stream=True))
    events = check_messages(response.data)
    assert events[-1]["type"] == "error"
    assert "Zoe" not in json.dumps(events)
    # The input that the upstream told when it began is charged as it told it, by its classes.
    with instance.gateway.database.read() as connection:
        rows = connection.execute(usage_table.select()).mappings().all()
    row = next(row for row in rows if row["request_id"] == response.headers["X-NI-Request-ID"])
    assert tuple(row[name] for name in COUNTED[:3]) == (20, 64, 16)
    assert (row["tokens_from"], row["outcome"]) == ("counted", "upstream_cut")


def test_a_block_that_only_the_upstream_may_know_is_passed_there_and_refused_elsewhere(
    instance: Instance, wire: FakeWire, place: Place
) -> None:
    block = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": EMAIL},
             "citations": {"enabled": True}}  # fmt: skip
    assert instance.post("/v1/messages", place.ask(block)).status_code == 200
    left = wire.seen[-1].body["messages"][0]["content"][0]
    assert left["citations"] == block["citations"]
    assert EMAIL not in json.dumps(left)
    unknown = place.ask({"type": "hologram", "words": "hi"})
    assert instance.post("/v1/messages", unknown).status_code == 400  # the fake knows it as little
    assert "hologram" in wire.seen[-1].raw.decode()
    refused = instance.post("/v1/messages", {**unknown, "model": "sandbox/echo-local"})
    assert refused.status_code == 400
    assert "messages[0].content[0].type" in SPEAKER.error(refused)["message"]


def test_a_conversation_that_comes_from_another_route_goes_on(
    instance: Instance, wire: FakeWire, place: Place
) -> None:
    """Chat, then Messages on Claude, then chat again: the same words under the same surrogates."""
    turns = [("user", f"I am {EMAIL}."), ("assistant", f"Hello {EMAIL}."), ("user", "Who am I?")]
    sent = []
    for speaker in SPEAKERS:
        body = speaker.body(*turns, model=place.route)
        assert instance.post(speaker.path, body).status_code == 200
        said = wire.seen[-1].body["messages"]
        words = [m["content"] if isinstance(m["content"], str) else m["content"][0]["text"] for m in said]
        sent.append(words)
    assert sent == [sent[0]] * len(SPEAKERS)
    assert EMAIL not in str(sent)
