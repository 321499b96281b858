"""What a proper event stream looks like in each dialect, as state machines that fail on the first event out of order.

Every stream of these tests goes through one. They are written from the published event references, not from the
renderers, and refuse what official clients would stumble over.
"""

import json
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]


def events_of(octets: bytes, *, named: bool) -> list[Event]:
    """The events of a stream; `named` streams have an `event:` line that repeats the type. Comments are skipped."""
    assert octets.endswith(b"\n\n"), "the last event is not ended"
    events: list[Event] = []
    for block in octets.decode().split("\n\n")[:-1]:
        lines = [line for line in block.split("\n") if not line.startswith(":")]
        if not lines:
            continue
        fields = dict(line.split(": ", 1) for line in lines)
        assert fields.keys() == ({"event", "data"} if named else {"data"}), block
        if fields["data"] == "[DONE]":
            events.append({"type": "[DONE]"})
            continue
        event = json.loads(fields["data"])
        if named:
            assert event["type"] == fields["event"], block
        events.append(event)
    return events


def check_chat(octets: bytes) -> list[Event]:
    """Role first, one finish reason per choice and nothing after it, usage last, `[DONE]` unless there was an error."""
    events = events_of(octets, named=False)
    finished: set[int] = set()
    usage_seen = False
    for event in events[:-1]:
        assert not usage_seen, "a chunk follows the usage"
        assert event["object"] == "chat.completion.chunk"
        usage_seen = not event["choices"]
        for choice in event["choices"]:
            assert choice["index"] not in finished, "a chunk follows the finish reason"
            _check_calls(choice["delta"].get("tool_calls") or ())
            if choice.get("finish_reason"):
                finished.add(choice["index"])
    last = events[-1]
    assert "error" in last or last == {"type": "[DONE]"}
    assert "error" in last or finished, "the stream ended without a finish reason"
    return events


def _check_calls(calls: Any) -> None:
    for call in calls:
        assert isinstance(call["index"], int)
        assert ("function" in call) != ("custom" in call)
        if "id" in call:
            assert call[call["type"]]["name"]


class MessagesChecker:
    """Anthropic: message_start, blocks one after the other, message_delta, message_stop; or an error at any point."""

    DELTAS = {  # noqa: RUF012 - a table
        "text": {"text_delta", "citations_delta"},
        "thinking": {"thinking_delta", "signature_delta"},
        "tool_use": {"input_json_delta"},
        "redacted_thinking": set[str](),
    }

    def __init__(self) -> None:
        self.state = "start"
        self.open: Event | None = None
        self.blocks = 0
        self.json = ""

    def check(self, octets: bytes) -> list[Event]:
        """The events, if they are in order."""
        events = events_of(octets, named=True)
        for event in events:
            assert self.state != "end", f"{event['type']} after the end"
            if event["type"] != "ping":
                getattr(self, "on_" + event["type"])(event)
        assert self.state == "end", f"the stream ended while in {self.state}"
        return events

    def on_message_start(self, event: Event) -> None:
        assert self.state == "start"
        message = event["message"]
        assert message["type"] == "message"
        assert message["role"] == "assistant"
        assert message["content"] == []
        assert message["stop_reason"] is None
        assert {"input_tokens", "output_tokens"} <= message["usage"].keys()
        self.state = "between"

    def on_content_block_start(self, event: Event) -> None:
        assert self.state == "between"
        assert event["index"] == self.blocks
        self.open, self.json, self.state = event["content_block"], "", "block"

    def on_content_block_delta(self, event: Event) -> None:
        assert self.state == "block"
        assert self.open is not None
        assert event["index"] == self.blocks
        assert event["delta"]["type"] in self.DELTAS[self.open["type"]]
        self.json += event["delta"].get("partial_json", "")

    def on_content_block_stop(self, event: Event) -> None:
        assert self.state == "block"
        assert self.open is not None
        assert event["index"] == self.blocks
        if self.open["type"] == "tool_use":
            assert isinstance(json.loads(self.json or "{}"), dict)
        self.blocks, self.open, self.state = self.blocks + 1, None, "between"

    def on_message_delta(self, event: Event) -> None:
        assert self.state == "between"
        assert event["delta"]["stop_reason"]
        assert isinstance(event["usage"]["output_tokens"], int)
        self.state = "told"

    def on_message_stop(self, event: Event) -> None:
        assert self.state == "told"
        self.state = "end"

    def on_error(self, event: Event) -> None:
        assert {"type", "message"} <= event["error"].keys()
        self.state = "end"


def check_messages(octets: bytes) -> list[Event]:
    """The events of a Messages stream."""
    return MessagesChecker().check(octets)


class ResponsesChecker:
    """OpenAI: created, in_progress, items that are added, grow and are done, and one event that ends the response."""

    GROUPS = {  # noqa: RUF012 - a table: type of item -> events of its texts, field of the whole text
        "message": {"response.output_text": "text", "response.refusal": "refusal"},
        "reasoning": {"response.reasoning_summary_text": "text"},
        "function_call": {"response.function_call_arguments": "arguments"},
        "custom_tool_call": {"response.custom_tool_call_input": "input"},
    }
    PARTS = ("response.content_part", "response.reasoning_summary_part")
    ENDS = ("response.completed", "response.incomplete", "response.failed")

    def __init__(self) -> None:
        self.item: Event | None = None
        self.part_open = False
        self.text = ""
        self.done: list[Event] = []
        self.ended = False

    def check(self, octets: bytes) -> list[Event]:
        """The events, if they are in order."""
        events = events_of(octets, named=True)
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        names = [event["type"] for event in events]
        assert names[0] == "response.created"
        assert names[1] == "response.in_progress"
        for event in events[2:]:
            assert not self.ended, f"{event['type']} after the end"
            self.one(event)
        assert self.ended, "the stream ended without a final event"
        return events

    def one(self, event: Event) -> None:
        name, suffix = event["type"].rsplit(".", 1)
        if event["type"] in self.ENDS:
            self.end(event)
        elif name == "response.output_item":
            self.added(event) if suffix == "added" else self.item_done(event)
        elif name in self.PARTS:
            self.part(event, suffix)
        else:
            self.grown(event, name, suffix)

    def added(self, event: Event) -> None:
        assert self.item is None, "an item inside an item"
        assert event["output_index"] == len(self.done)
        assert event["item"].get("status", "in_progress") == "in_progress"
        self.item, self.text = event["item"], ""

    def part(self, event: Event, suffix: str) -> None:
        assert self.item is not None
        assert self.item["type"] in ("message", "reasoning")
        assert self.part_open == (suffix == "done")
        self.part_open = suffix == "added"
        self.placed(event)

    def grown(self, event: Event, name: str, suffix: str) -> None:
        assert self.item is not None
        assert self.part_open == (self.item["type"] in ("message", "reasoning"))
        self.placed(event)
        field = self.GROUPS[self.item["type"]][name]
        if suffix == "delta":
            self.text += event["delta"]
        else:
            assert event[field] == self.text, "the whole is not the sum of its pieces"

    def placed(self, event: Event) -> None:
        assert self.item is not None
        assert event["item_id"] == self.item["id"]
        assert event["output_index"] == len(self.done)

    def item_done(self, event: Event) -> None:
        assert self.item is not None
        assert event["item"]["id"] == self.item["id"]
        assert event["item"]["type"] == self.item["type"]
        assert not self.part_open
        self.done.append(event["item"])
        self.item = None

    def end(self, event: Event) -> None:
        response = event["response"]
        assert event["type"] == f"response.{response['status']}"
        assert response["output"] == self.done
        if response["status"] == "failed":
            assert {"code", "message"} <= response["error"].keys()
        else:
            assert self.item is None
            assert response["error"] is None
        self.ended = True


def check_responses(octets: bytes) -> list[Event]:
    """The events of a Responses stream."""
    return ResponsesChecker().check(octets)


Check = Callable[[bytes], list[Event]]
CHECKS: dict[str, Check] = {"chat": check_chat, "messages": check_messages, "responses": check_responses}
