"""A provider without key and network: `sandbox/echo-local` says what it is and repeats the prompt.

- The first answer of a conversation introduces the sandbox and ends with the text of the last user message; later
  answers are that text alone. Streamed, an answer comes word by word.
- `sandbox ...` on a line of that text asks for a delay, an error, a long or a broken stream (`sandbox_script.py`).
- Images are described by count and media type. After a tool result the answer tells that result.
- `call <tool>` or `call <tool> with {json}` in the last user message, or a `tool_choice` that forces a function, is
  answered by a call of that tool, if it was offered; without arguments they are `{}`.
- `response_format` of `json_object` or `json_schema` is answered by `{"echo": <text>}`.
- `max_tokens` (or `max_completion_tokens`) and `stop` end the text, with finish reasons `length` and `stop`.
- `n` repeats the answer.
- Tokens are counted as a quarter of the UTF-8 bytes, rounded up: a stable approximation, no tokenizer.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any

from ni.domain.call import Json
from ni.domain.clock import Clock, SystemClock, paced
from ni.domain.errors import UpstreamError
from ni.domain.providers import PROVIDERS
from ni.domain.reply import Counted, Peer, Usage
from ni.domain.route import Deployment, Route
from ni.providers.base import ProviderRequest
from ni.providers.errors import ErrorBody, Upstream, problem_of_status
from ni.providers.sandbox_script import Directions, directions_in, help_text, introduced, long_text, sentences
from ni.providers.usage import write_usage

_DIRECTIVE = re.compile(r"\bcall\s+`?([A-Za-z0-9_-]{1,64})`?(?:\s+with\s+(?=\{))?", re.IGNORECASE)
_MOST_ARGUMENTS = 64 * 1024
"""Characters of JSON; an object that is longer is read as none."""
_WORD = re.compile(r"\s*\S+|\s+")
_PIECE = 12
_AGAIN_S = 3
"""What `Retry-After` says of an error that is played: over what the gateway waits for itself."""


@dataclass(frozen=True, slots=True)
class SandboxAnswer:
    """Text, or a call of one tool with its arguments as JSON text."""

    text: str = ""
    finish_reason: str = "stop"
    tool: str = ""
    arguments: str = ""
    call_id: str = ""

    def message(self) -> Json:
        """The assistant message."""
        if not self.tool:
            return {"role": "assistant", "content": self.text, "refusal": None}
        return {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "tool_calls": [self._call(self.arguments)],
        }

    def deltas(self) -> Iterator[Json]:
        """The same in pieces: word by word, or the arguments a few characters at a time."""
        if not self.tool:
            yield {"role": "assistant", "content": ""}
            for word in _WORD.finditer(self.text):
                yield {"content": word[0]}
            return
        yield {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **self._call("")}]}
        for at in range(0, len(self.arguments), _PIECE):
            piece = self.arguments[at : at + _PIECE]
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}

    def _call(self, arguments: str) -> Json:
        return {
            "id": self.call_id,
            "type": "function",
            "function": {"name": self.tool, "arguments": arguments},
        }


def answer_to(request: ProviderRequest, directions: Directions) -> SandboxAnswer:
    """The answer to a request, as far as its words go; `directions` is what its prompt asks for."""
    body = request.body
    messages = body["messages"]
    last = messages[-1] if messages else {}
    if last.get("role") == "tool":
        return _bounded(f"The tool answered: {_text(last.get('content'))}", body)
    text = _prompt(body)
    called = _called(text, body)
    if called is not None:
        return called
    kind = (body.get("response_format") or {}).get("type")
    if kind in ("json_object", "json_schema"):
        return _bounded(json.dumps({"echo": text}, ensure_ascii=False), body)
    if directions.help or directions.words:
        return _bounded(help_text(request.locale) if directions.help else long_text(directions), body)
    if any(message.get("role") == "assistant" for message in messages):
        return _bounded(text or sentences(request.locale).nothing, body)
    return _bounded(introduced(text, request.route, request.locale), body)


def tokens_of(text: str) -> int:
    """A quarter of the UTF-8 bytes, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // 4)


def tokens_of_prompt(body: Json) -> int:
    """Tokens of everything that was sent as messages and tools; an image counts 85, whatever its size."""
    images = 0
    total = tokens_of(json.dumps(body["tools"], ensure_ascii=False)) if body.get("tools") else 0
    for message in body["messages"]:
        content = message.get("content")
        images += len(_images(content))
        calls = message.get("tool_calls")
        total += (
            3
            + tokens_of(_words(content))
            + (tokens_of(json.dumps(calls, ensure_ascii=False)) if calls else 0)
        )
    return total + 85 * images


def tokens_of_answer(answer: SandboxAnswer) -> int:
    """Tokens of the text, or of the tool's name and arguments."""
    return tokens_of(answer.text or answer.tool + answer.arguments)


def _prompt(body: Json) -> str:
    """The text of the last user message."""
    user: Json = next(
        (message for message in reversed(body["messages"]) if message.get("role") == "user"), {}
    )
    return _text(user.get("content"))


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part["text"]) for part in parts if isinstance(part, dict) and "text" in part)


def _images(content: Any) -> list[str]:
    """The media type of each image, or `linked` where it is not in the message itself."""
    images: list[str] = []
    for part in content if isinstance(content, list) else []:
        if isinstance(part, dict) and part.get("type") == "image_url":
            image = part.get("image_url")
            url = image.get("url", "") if isinstance(image, dict) else str(image)
            media = url[5:].split(";")[0].split(",")[0] if url.startswith("data:") else "linked"
            images.append(media or "unknown")
    return images


def _text(content: Any) -> str:
    words, images = _words(content), _images(content)
    if not images:
        return words
    count = "1 image" if len(images) == 1 else f"{len(images)} images"
    return f"{words}\n[{count}: {', '.join(images)}]".strip()


def _offered(body: Json) -> list[str]:
    tools = body.get("tools") or []
    return [tool["function"]["name"] for tool in tools if tool.get("type") == "function"]


def _called(text: str, body: Json) -> SandboxAnswer | None:
    """The call that `tool_choice` forces or the text asks for; ids differ from turn to turn."""
    choice, offered = body.get("tool_choice"), _offered(body)
    tool, arguments = "", "{}"
    if isinstance(choice, dict) and choice.get("type") == "function":
        tool = choice["function"]["name"]
    elif choice != "none":
        tool, arguments = _directed(text, offered)
        if choice == "required" and not tool and offered:
            tool = offered[0]
    if tool not in offered:
        return None
    return SandboxAnswer("", "tool_calls", tool, arguments, f"call_{len(body['messages'])}_{tool}")


def _directed(text: str, offered: list[str]) -> tuple[str, str]:
    for match in paced(_DIRECTIVE.finditer(text)) if offered else ():
        if match[1] in offered:
            return match[1], _arguments(text[match.end() : match.end() + _MOST_ARGUMENTS])
    return "", "{}"


def _arguments(text: str) -> str:
    """The object at the beginning of a text, as JSON; an empty one where there is none."""
    if not text.startswith("{"):
        return "{}"
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "{}"


def _bounded(text: str, body: Json) -> SandboxAnswer:
    stops = body.get("stop") or []
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.split(stop, 1)[0] if stop else text
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if not isinstance(limit, int) or tokens_of(text) <= limit:
        return SandboxAnswer(text)
    cut = text.encode("utf-8", "replace")[: 4 * limit].decode("utf-8", "ignore")
    return SandboxAnswer(cut, finish_reason="length")


def _told_tool(body: Json) -> bool:
    """Whether the last message is a tool's result: what the prompt asks for was played already."""
    return bool(body["messages"]) and body["messages"][-1].get("role") == "tool"


@dataclass(frozen=True, slots=True)
class Performance:
    """An answer, how it is played, and the function that waits."""

    answer: SandboxAnswer
    directions: Directions
    sleep: Callable[[float], object]

    def deltas(self) -> Iterator[Json]:
        """The pieces of the answer at their pace. Raises `UpstreamError` where it breaks off."""
        pause_s = self.directions.over_s / max(1, self.directions.words)
        for at, delta in enumerate(self.answer.deltas()):
            if at and at - 1 == self.directions.break_after:
                raise UpstreamError(provider=Sandbox.display_name)
            yield delta
            if pause_s:
                self.sleep(pause_s)


class Sandbox:
    """The provider `sandbox`."""

    display_name = PROVIDERS["sandbox"].display_name

    def __init__(self, sleep: Callable[[float], object] = time.sleep, clock: Clock | None = None) -> None:
        self._sleep = sleep
        self._clock = clock or SystemClock()

    def missing(self, deployment: Deployment) -> str | None:
        """Nothing, ever."""
        return None

    def native_format(self, route: Route) -> str:
        """Empty: the chat form alone."""
        return ""

    def endpoint(self, deployment: Deployment) -> str:
        """Nowhere: nothing leaves."""
        return ""

    def send(self, request: ProviderRequest) -> "SandboxResponse":
        """Wait, then answer or fail, as the prompt asks. Raises `Problem`."""
        directions = Directions() if _told_tool(request.body) else directions_in(_prompt(request.body))
        if directions.wait_s:
            self._sleep(directions.wait_s)
        if directions.status:
            raise problem_of_status(directions.status, ErrorBody(), _AGAIN_S, Upstream(self.display_name))
        frame = {
            "id": f"chatcmpl-{request.request_id}",
            "created": int(self._clock.now().timestamp()),
            "model": request.route.upstream_model,
        }
        return SandboxResponse(
            request, frame, Performance(answer_to(request, directions), directions, self._sleep)
        )


class SandboxResponse:
    """An answer that is there at once; implements `ProviderResponse`."""

    def __init__(self, request: ProviderRequest, frame: Json, performance: Performance) -> None:
        self.peer = Peer(http_status=200)
        self.usage: Usage | None = None
        self._frame = frame
        self._performance = performance
        self._answer = answer = performance.answer
        self._closed = Event()
        wanted = request.body.get("n")
        self._choices = range(wanted if isinstance(wanted, int) and 1 <= wanted <= 16 else 1)
        output = tokens_of_answer(answer) * len(self._choices)
        self._counted = Usage(uncached=tokens_of_prompt(request.body), output=output, source=Counted.COUNTED)

    @property
    def partial_usage(self) -> Usage | None:
        """The usage, once it is known."""
        return self.usage

    def reply(self) -> Json:
        """The whole completion, once all its pieces have come. Raises `UpstreamError` where it breaks off."""
        for _ in paced(self._performance.deltas()):
            pass
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
        for delta in self._performance.deltas():
            if self._closed.is_set():
                return
            for index in self._choices:
                yield frame | {"choices": [{"index": index, "delta": delta, "finish_reason": None}]}
        for index in self._choices:
            ending = {"index": index, "delta": {}, "finish_reason": self._answer.finish_reason}
            yield frame | {"choices": [ending]}
        self.usage = self._counted
        yield frame | {"choices": [], "usage": write_usage(self._counted)}

    def close(self) -> None:
        """Stop writing."""
        self._closed.set()
