"""What a proper event stream looks like in each dialect, as state machines that fail on the first event out of order.

Every stream of these tests goes through one, piece by piece as it is made. They are written from the published event
references, not from the renderers, and refuse what official clients would stumble over.
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


class StreamChecker:
    """The state of one stream. `feed` it pieces of whole events, then say whether it is `over`."""

    named = True

    def __init__(self) -> None:
        self.ended = False

    def feed(self, octets: bytes) -> list[Event]:
        """The events of a piece, if they are in order."""
        events = events_of(octets, named=self.named) if octets else []
        for event in events:
            assert not self.ended, f"{event.get('type')} after the end"
            self.one(event)
        return events

    def over(self) -> None:
        """Nothing more comes."""
        assert self.ended, "the stream ended without a final event"

    def check(self, octets: bytes) -> list[Event]:
        """The events of a whole stream, if they are in order."""
        events = self.feed(octets)
        self.over()
        return events

    def one(self, event: Event) -> None:
        """Take one event."""
        raise NotImplementedError


class ChatChecker(StreamChecker):
    """One finish reason per choice and nothing after it, usage last, `[DONE]` unless there was an error."""

    named = False

    def __init__(self) -> None:
        super().__init__()
        self.finished: set[int] = set()
        self.usage_seen = False

    def one(self, event: Event) -> None:
        if event == {"type": "[DONE]"}:
            assert self.finished, "the stream ended without a finish reason"
            self.ended = True
        elif "error" in event:
            self.ended = True
        else:
            self.chunk(event)

    def chunk(self, event: Event) -> None:
        assert not self.usage_seen, "a chunk follows the usage"
        assert event["object"] == "chat.completion.chunk"
        self.usage_seen = not event["choices"]
        for choice in event["choices"]:
            index = choice["index"]
            assert index not in self.finished, "a chunk follows the finish reason"
            _check_calls(choice["delta"].get("tool_calls") or ())
            if choice.get("finish_reason"):
                self.finished.add(index)


class CompletionsChecker(ChatChecker):
    """As chat's, with text in place of deltas; usage on a chunk of its own."""

    def chunk(self, event: Event) -> None:
        assert not self.usage_seen, "a chunk follows the usage"
        assert event["object"] == "text_completion"
        self.usage_seen = not event["choices"]
        for choice in event["choices"]:
            assert choice["index"] not in self.finished, "a chunk follows the finish reason"
            assert isinstance(choice["text"], str)
            if choice["finish_reason"]:
                self.finished.add(choice["index"])


def _check_calls(calls: Any) -> None:
    for call in calls:
        assert isinstance(call["index"], int)
        assert ("function" in call) != ("custom" in call)
        if "id" in call:
            assert call[call["type"]]["name"]


class MessagesChecker(StreamChecker):
    """Anthropic: message_start, blocks one after the other, message_delta, message_stop; or an error at any point."""

    DELTAS = {  # noqa: RUF012 - a table
        "text": {"text_delta", "citations_delta"},
        "thinking": {"thinking_delta", "signature_delta"},
        "tool_use": {"input_json_delta"},
        "server_tool_use": {"input_json_delta"},
        "web_search_tool_result": set[str](),
        "redacted_thinking": set[str](),
    }
    CUTS = ("max_tokens", "model_context_window_exceeded", "refusal")

    def __init__(self) -> None:
        super().__init__()
        self.state = "start"
        self.open: Event | None = None
        self.blocks = 0
        self.json = ""
        self.cut = False

    def one(self, event: Event) -> None:
        if event["type"] == "ping":
            return
        handle = getattr(self, "on_" + event["type"], None)
        assert handle, f"{event['type']} is no event"
        handle(event)
        self.ended = self.state == "end"

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
        assert not self.cut, "a block follows an input that is no object"
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
        if self.open["type"] in ("tool_use", "server_tool_use"):
            self.cut = not _is_object(self.json or "{}")
        self.blocks, self.open, self.state = self.blocks + 1, None, "between"

    def on_message_delta(self, event: Event) -> None:
        assert self.state == "between"
        assert not self.cut or event["delta"]["stop_reason"] in self.CUTS, "the input of a tool is no object"
        assert event["delta"]["stop_reason"]
        assert isinstance(event["usage"]["output_tokens"], int)
        self.state = "told"

    def on_message_stop(self, event: Event) -> None:
        assert self.state == "told"
        self.state = "end"

    def on_error(self, event: Event) -> None:
        assert {"type", "message"} <= event["error"].keys()
        self.state = "end"


def _is_object(written: str) -> bool:
    try:
        return isinstance(json.loads(written), dict)
    except ValueError:
        return False


class ResponsesChecker(StreamChecker):
    """OpenAI: created, in_progress, items that are added, grow and are done, and one event that ends the response."""

    GROUPS = {  # noqa: RUF012 - a table: type of item -> events of its texts, field of the whole text
        "message": {"response.output_text": "text", "response.refusal": "refusal"},
        "reasoning": {"response.reasoning_summary_text": "text"},
        "function_call": {"response.function_call_arguments": "arguments"},
        "custom_tool_call": {"response.custom_tool_call_input": "input"},
    }
    PARTS = ("response.content_part", "response.reasoning_summary_part")
    ENDS = ("response.completed", "response.incomplete", "response.failed")

    FIRST = ("response.created", "response.in_progress")

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.item: Event | None = None
        self.part_open = False
        self.text = ""
        self.done: list[Event] = []

    def one(self, event: Event) -> None:
        at, self.count = self.count, self.count + 1
        assert event["sequence_number"] == at
        name, suffix = event["type"].rsplit(".", 1)
        if at < len(self.FIRST):
            assert event["type"] == self.FIRST[at]
        elif event["type"] in self.ENDS:
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


CHECKERS: dict[str, type[StreamChecker]] = {
    "chat": ChatChecker,
    "completions": CompletionsChecker,
    "messages": MessagesChecker,
    "responses": ResponsesChecker,
}


def check_chat(octets: bytes) -> list[Event]:
    """The events of a whole chat stream."""
    return ChatChecker().check(octets)


def check_messages(octets: bytes) -> list[Event]:
    """The events of a whole Messages stream."""
    return MessagesChecker().check(octets)


def check_responses(octets: bytes) -> list[Event]:
    """The events of a whole Responses stream."""
    return ResponsesChecker().check(octets)


def check_completions(octets: bytes) -> list[Event]:
    """The events of a whole stream of completions."""
    return CompletionsChecker().check(octets)


Check = Callable[[bytes], list[Event]]
CHECKS: dict[str, Check] = {"chat": check_chat, "messages": check_messages, "responses": check_responses}
