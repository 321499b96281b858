"""A provider without key and network, for newcomers and tests: `sandbox/echo-local` answers with what it was sent.

- The answer is the text of the last user message; streamed, it comes word by word (`pace_s` apart, at once by default).
- Images are described by count and media type. After a tool result the answer tells that result.
- `call <tool>` or `call <tool> with {json}` in the last user message, or a `tool_choice` that forces a function, is
  answered by a call of that tool, if it was offered; without arguments they are `{}`.
- `response_format` of `json_object` or `json_schema` is answered by `{"echo": <text>}`.
- `max_tokens` (or `max_completion_tokens`) and `stop` end the text, with finish reasons `length` and `stop`.
- `n` repeats the answer.
- Tokens are counted as a quarter of the UTF-8 bytes, rounded up: a stable approximation, no tokenizer.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

from ni.domain.call import Json
from ni.domain.clock import Clock, SystemClock
from ni.domain.reply import Counted, Peer, Usage
from ni.domain.route import Deployment, Route
from ni.providers.provider import Order
from ni.providers.sandbox_answer import Answer, answer_to, tokens_of_answer, tokens_of_prompt
from ni.providers.usage import write_usage


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the sandbox writes: seconds between words, and the function that waits."""

    word_s: float = 0.0
    sleep: Callable[[float], None] = time.sleep


class Sandbox:
    """The provider `sandbox`."""

    entity = "Sandbox"

    def __init__(self, pace: Pace | None = None, clock: Clock | None = None) -> None:
        self._pace = pace or Pace()
        self._clock = clock or SystemClock()

    def missing(self, deployment: Deployment) -> str | None:
        """Nothing, ever."""
        return None

    def speaks(self, route: Route) -> str:
        """The chat form alone."""
        return ""

    def endpoint(self, deployment: Deployment) -> str:
        """Nowhere: nothing leaves."""
        return ""

    def send(self, order: Order) -> "SandboxExchange":
        """Answer."""
        frame = {
            "id": f"chatcmpl-{order.request_id}",
            "created": int(self._clock.now().timestamp()),
            "model": order.route.upstream_model,
        }
        return SandboxExchange(order, frame, answer_to(order.body), self._pace)


class SandboxExchange:
    """An answer that is there at once; implements the `Exchange` of the seam."""

    def __init__(self, order: Order, frame: Json, answer: Answer, pace: Pace) -> None:
        self.peer = Peer(http_status=200)
        self.usage: Usage | None = None
        self._frame = frame
        self._answer = answer
        self._pace = pace
        self._closed = Event()
        wanted = order.body.get("n")
        self._choices = range(wanted if isinstance(wanted, int) and 1 <= wanted <= 16 else 1)
        output = tokens_of_answer(answer) * len(self._choices)
        self._counted = Usage(uncached=tokens_of_prompt(order.body), output=output, source=Counted.COUNTED)

    @property
    def told(self) -> Usage | None:
        """The usage, once it is known."""
        return self.usage

    def reply(self) -> Json:
        """The whole completion."""
        self.usage = self._counted
        choices = [
            {
                "index": index,
                "message": self._answer.message(),
                "finish_reason": self._answer.finish_reason,
                "logprobs": None,
            }
            for index in self._choices
        ]
        return self._frame | {
            "object": "chat.completion",
            "choices": choices,
            "usage": write_usage(self._counted),
        }

    def chunks(self) -> Iterator[Json]:
        """The completion word by word; ends early, without a finish reason, once it was closed."""
        frame = self._frame | {"object": "chat.completion.chunk"}
        for delta in self._answer.deltas():
            if self._closed.is_set():
                return
            for index in self._choices:
                yield frame | {"choices": [{"index": index, "delta": delta, "finish_reason": None}]}
            if self._pace.word_s:
                self._pace.sleep(self._pace.word_s)
        for index in self._choices:
            ending = {"index": index, "delta": {}, "finish_reason": self._answer.finish_reason}
            yield frame | {"choices": [ending]}
        self.usage = self._counted
        yield frame | {"choices": [], "usage": write_usage(self._counted)}

    def close(self) -> None:
        """Stop writing."""
        self._closed.set()
