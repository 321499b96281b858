"""OpenAI's Responses event stream, and its whole `response`, out of a chat answer.

Every event has its `type` and a `sequence_number`: created and in_progress, then each item, then exactly one of
completed, incomplete and failed, which carries the whole response. There is no `[DONE]`.
"""

from collections.abc import Iterator

from ni.dialects.calls_back import ClientTools
from ni.dialects.response_resource import resource
from ni.dialects.responses_items import Item, Status
from ni.dialects.sealing import Seals
from ni.dialects.segments import Cutter, Move, Step, as_delta
from ni.domain.call import Json
from ni.domain.clock import Clock

_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponseEvents:
    """The events of one answer, as objects. `native` is the client's request, parts of which the response repeats."""

    def __init__(self, model: str, native: Json, seals: Seals, clock: Clock) -> None:
        tools = ClientTools.of(native)
        self._seals = seals
        self._clock = clock
        self._cutter = Cutter(tools)
        self._identity = ""
        self._sequence = 0
        self._finish = ""
        self._items: list[Item] = []
        self._shown: list[Json] = []
        self._response = resource(model, native, tools.box)

    def chunk(self, chunk: Json) -> Iterator[Json]:
        """The events of one chunk. Raises `UpstreamError` for an answer out of order."""
        yield from self.begin(str(chunk.get("id") or ""), int(chunk.get("created") or 0))
        if chunk.get("usage"):
            self._response["usage"] = _usage(chunk["usage"])
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):  # one answer is all that this form has room for
                yield from self._told(self._cutter.feed(choice.get("delta") or {}))
                self._finish = choice.get("finish_reason") or self._finish

    def begin(self, identity: str = "", created: int = 0) -> Iterator[Json]:
        """created and in_progress, once."""
        if self._sequence:
            return
        self._identity = identity.removeprefix("chatcmpl-")
        self._response |= {"id": f"resp_{self._identity}", "created_at": created or self._now_s()}
        for name in ("created", "in_progress"):
            yield self._numbered({"type": f"response.{name}", "response": self._now(Status.IN_PROGRESS)})

    def end(self) -> Iterator[Json]:
        """The rest of the last item, and completed or incomplete."""
        reason = _INCOMPLETE.get(self._finish)
        status = Status.INCOMPLETE if reason else Status.COMPLETED
        yield from self._told(self._cutter.end(), status)
        done_at = max(self._now_s(), self._response["created_at"])
        details: Json = {"incomplete_details": {"reason": reason}} if reason else {"completed_at": done_at}
        yield self._numbered({"type": f"response.{status}", "response": self._now(status) | details})

    def failed(self, code: str, message: str) -> Iterator[Json]:
        """failed, with what was answered until then."""
        yield from self.begin()
        response = self._now(Status.FAILED) | {"error": {"code": code, "message": message}}
        yield self._numbered({"type": "response.failed", "response": response})

    def _told(self, steps: Iterator[Step], status: Status = Status.COMPLETED) -> Iterator[Json]:
        for move, block, piece in steps:
            if move is Move.OPEN:
                self._items.append(Item(block, self._identity, self._seals))
            item = self._items[-1]
            if move is Move.OPEN:
                events = item.added()
            elif move is Move.GROW:
                events = item.grown(piece)
            else:
                events = item.done(status)
            for event in events:
                if event["type"] == "response.output_item.done":
                    self._shown.append(event["item"])
                yield self._numbered(event)

    def _now(self, status: Status) -> Json:
        return self._response | {"status": status.value, "output": list(self._shown)}

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())

    def _numbered(self, event: Json) -> Json:
        event["sequence_number"] = self._sequence
        self._sequence += 1
        return event


def whole_response(reply: Json, events: ResponseEvents) -> Json:
    """The response at the end of the events of a `chat.completion`."""
    choice = reply["choices"][0]
    ending = {"delta": {}, "finish_reason": choice.get("finish_reason")}
    choices = [{"delta": as_delta(choice["message"])}, ending]
    *_, last = (*events.chunk({**reply, "choices": choices}), *events.end())
    response: Json = last["response"]
    return response


def _usage(counts: Json) -> Json:
    inputs, outputs = counts.get("prompt_tokens_details") or {}, counts.get("completion_tokens_details") or {}
    return {
        "input_tokens": counts.get("prompt_tokens") or 0,
        "input_tokens_details": {
            "cached_tokens": inputs.get("cached_tokens") or 0,
            "cache_write_tokens": inputs.get("cache_write_tokens") or 0,
        },
        "output_tokens": counts.get("completion_tokens") or 0,
        "output_tokens_details": {"reasoning_tokens": outputs.get("reasoning_tokens") or 0},
        "total_tokens": (counts.get("prompt_tokens") or 0) + (counts.get("completion_tokens") or 0),
    }
