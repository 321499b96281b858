"""Tools for models that have none of their own: written into the prompt, and their calls read from the answer.

`Capabilities.prompts_tools` says for which models. `send_with_prompted_tools` stands between the gateway and a
provider's `send` and works in the chat form, so it does not matter which API the provider has: the request is masked
already, and the answer is restored afterwards like any other. Past calls and results are written as text in the form in
which the model is asked to call, also for models that are shown a history with calls and offered no tools.

That form is Meta's for calls by prompt: one JSON object with `name` and `parameters` (model card of Llama 3.1, "JSON
based tool calling"; the template of Llama 3.2).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson

from ni.domain.call import Json
from ni.domain.errors import ContextTooLong
from ni.domain.reply import Usage
from ni.providers.base import STRICT, ProviderRequest, ProviderResponse, note_dropped
from ni.providers.conversation import ToolCall, calls_of, not_answered, not_asked_for
from ni.providers.generation_parameters import (
    NONE,
    REQUIRED,
    GenerationParameters,
    Tool,
    generation_parameters,
    is_strict,
)
from ni.providers.prompted_calls import CallReader, Piece

Send = Callable[[ProviderRequest], ProviderResponse]

HOW_TO_CALL = (
    "You can call the tools below. To call one, answer with a JSON object on a line of its own, with exactly these "
    'members: {"name": the name of the tool, "parameters": an object with an argument for each parameter}. Use no '
    "variables, no comments and no code fence. Write nothing behind your calls: their results come in the next "
    "message, each under a line `Result of <name>:`. Where no tool is needed, answer in words."
)
ONE_CALL = "Call at most one tool in an answer."
MUST_CALL = "This answer must call at least one tool."
MUST_CALL_NAMED = "This answer must call the tool `{name}`."
NO_CALLS = "Do not call any tool in this answer; answer in words."
THE_TOOLS = "The tools, each with the JSON Schema of its parameters:"
_SYSTEM = ("system", "developer")
_NO_OUTPUT = "(no output)"
_FIELDS = frozenset({"tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"})
_DOES_NOT_FIT = (
    "The conversation exceeds the context window of `%(route)s`, %(window)s tokens (prompt is too long, "
    "context_length_exceeded). Tools are written into the prompt of this model, so they count too. Offer fewer tools, "
    "shorten the conversation, or choose a route with more room."
)


def send_with_prompted_tools(send: Send, request: ProviderRequest) -> ProviderResponse:
    """Send a request in chat form to a model without tools of its own. Raises what `send` raises, and `BadRequest`."""
    asked = generation_parameters(request.body)
    tools = _offered(asked)
    note_dropped(request, STRICT, when=is_strict(asked))
    try:
        response = send(replace(request, body=written_out(request.body, asked, tools)))
    except ContextTooLong as problem:
        if not tools:
            raise
        window = request.route.capabilities.context_window
        told = ContextTooLong(_DOES_NOT_FIT, route=request.route.id, window=window)
        told.upstream_status = problem.upstream_status
        raise told from problem
    if not tools:
        return response
    return PromptedResponse(response, tuple(tool.name for tool in tools), asked)


def _offered(asked: GenerationParameters) -> tuple[Tool, ...]:
    """The tools that may be called: none, the one that must be, or all."""
    if asked.choice == NONE:
        return ()
    return tuple(tool for tool in asked.tools if not asked.forced or tool.name == asked.forced)


def written_out(body: Json, asked: GenerationParameters, tools: Sequence[Tool]) -> Json:
    """The body with tools, calls and results as text. Raises `BadRequest` for calls without results."""
    history = _History()
    for place, message in enumerate(body["messages"]):
        history.add(message, f"messages[{place}]")
    messages = history.ended()
    told = instructions(asked, tools, silenced=history.has_calls)
    first = next((at for at, one in enumerate(messages) if one["role"] not in _SYSTEM), len(messages))
    system = [{"role": "system", "content": told}] if told else []
    rest = {name: value for name, value in body.items() if name not in _FIELDS}
    return rest | {"messages": [*messages[:first], *system, *messages[first:]]}


def instructions(asked: GenerationParameters, tools: Sequence[Tool], *, silenced: bool) -> str:
    """What the model is told of its tools; `silenced`: of calls that it is shown, where it may make none."""
    if not tools:
        return NO_CALLS if silenced else ""
    sentences = [HOW_TO_CALL]
    if not asked.parallel:
        sentences.append(ONE_CALL)
    if asked.choice == REQUIRED:
        sentences.append(MUST_CALL_NAMED.format(name=asked.forced) if asked.forced else MUST_CALL)
    return "\n".join([" ".join(sentences), THE_TOOLS, *map(_described, tools)])


def _described(tool: Tool) -> str:
    description = {"description": tool.description} if tool.description else {}
    return orjson.dumps({"name": tool.name, **description, "parameters": tool.schema}).decode()


class _Pending:
    """A call of the last answer, and the parts of its result once that came."""

    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.parts: list[Json] | None = None


class _History:
    """The messages so far; `_calls` are those of the last answer."""

    def __init__(self) -> None:
        self.has_calls = False
        self._messages: list[Json] = []
        self._calls: list[_Pending] = []

    def add(self, message: Json, path: str) -> None:
        """The next message. Raises `BadRequest` for a result without its call, and a call without its result."""
        if message["role"] in ("tool", "function"):
            self._add_result(message, path)
            return
        shown = self._shown(path)
        if shown and message["role"] == "user":  # one turn, for models that want turns to alternate
            message = {**message, "content": [*shown, *_parts(message.get("content"))]}
        elif shown:
            self._messages.append({"role": "user", "content": shown})
        calls = list(calls_of(message)) if message["role"] == "assistant" else []
        self._calls = list(map(_Pending, calls))
        self.has_calls = self.has_calls or bool(calls)
        self._messages.append(_with_calls(message, calls) if calls else message)

    def ended(self) -> list[Json]:
        """All messages. Raises `BadRequest` for a call without its result."""
        shown = self._shown("messages")
        return [*self._messages, {"role": "user", "content": shown}] if shown else self._messages

    def _shown(self, path: str) -> list[Json]:
        """The results of the turn before in the order of their calls, as parts of the user's message."""
        if any(pending.parts is None for pending in self._calls):
            raise not_answered(path)
        return [part for pending in self._calls for part in pending.parts or ()]

    def _add_result(self, message: Json, path: str) -> None:
        call_id, name = message.get("tool_call_id"), message.get("name")
        waiting = [pending for pending in self._calls if pending.parts is None]
        for pending in waiting:
            if pending.call.id == call_id or (call_id is None and pending.call.name == name):
                break
        else:
            raise not_asked_for(path)
        failed = ", which failed" if message.get("is_error") is True else ""
        head = {"type": "text", "text": f"Result of {pending.call.name}{failed}:"}
        content = _parts(message.get("content")) or [{"type": "text", "text": _NO_OUTPUT}]
        pending.parts = [head, *content]


def _parts(content: Any) -> list[Json]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _with_calls(message: Json, calls: Iterable[ToolCall]) -> Json:
    """A message of the assistant with its calls as text behind its words."""
    rest = {name: value for name, value in message.items() if name not in ("tool_calls", "function_call")}
    lines = [{"type": "text", "text": _line(call)} for call in calls]
    return rest | {"content": [*_parts(message.get("content")), *lines]}


def _line(call: ToolCall) -> str:
    return orjson.dumps({"name": call.name, "parameters": call.arguments}).decode()


class PromptedResponse:
    """An answer whose calls are read from its text; implements `ProviderResponse`."""

    def __init__(self, response: ProviderResponse, names: Sequence[str], asked: GenerationParameters) -> None:
        self.peer = response.peer
        self.usage: Usage | None = None
        self._response = response
        self._names = names
        self._asked = asked
        self._choices: dict[int, _Choice] = {}

    @property
    def partial_usage(self) -> Usage | None:
        """The usage reported so far."""
        return self._response.partial_usage

    def reply(self) -> Json:
        """The whole `chat.completion`. Raises `Problem`."""
        completion = self._response.reply()
        self.usage = self._response.usage
        return completion | {"choices": [self._whole(completion["id"], one) for one in completion["choices"]]}

    def chunks(self) -> Iterator[Json]:
        """Chunks as they arrive; an empty one for each whose text is held back. Raises `Problem`."""
        for chunk in self._response.chunks():
            if not chunk.get("choices"):
                yield chunk
                continue
            choices = [part for one in chunk["choices"] for part in self._cut(chunk["id"], one)]
            yield from ({**chunk, "choices": [choice]} for choice in choices)
            if not choices:
                yield {}
        self.usage = self._response.usage

    def close(self) -> None:
        """Close the upstream connection now."""
        self._response.close()

    def _choice(self, identity: str, index: int) -> "_Choice":
        if index not in self._choices:
            prefix = f"call_{identity.removeprefix('chatcmpl-')}_{index}"
            self._choices[index] = _Choice(prefix, self._names, self._asked)
        return self._choices[index]

    def _whole(self, identity: str, choice: Json) -> Json:
        """A choice with its message's calls taken out of the text."""
        reader = self._choice(identity, choice["index"])
        deltas = [*reader.feed(choice["message"].get("content") or ""), *reader.end(choice["finish_reason"])]
        message = dict(choice["message"])
        calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
        if calls:
            message["content"] = "".join(delta.get("content", "") for delta in deltas) or None
            message["tool_calls"] = [{name: call[name] for name in call if name != "index"} for call in calls]
        return {**choice, "message": message, "finish_reason": reader.reason(choice["finish_reason"])}

    def _cut(self, identity: str, choice: Json) -> Iterator[Json]:
        """The choices of the chunks that one choice of a chunk becomes."""
        delta, reason = choice["delta"], choice.get("finish_reason")
        reader = self._choice(identity, choice["index"])
        text = delta.get("content")
        if not text:
            yield from () if reason and not delta else [{**choice, "finish_reason": None}]
        else:
            rest = {name: value for name, value in delta.items() if name != "content"}
            yield from ({**choice, "delta": rest | one, "finish_reason": None} for one in reader.feed(text))
        if reason:
            yield from ({**choice, "delta": one, "finish_reason": None} for one in reader.end(reason))
            yield {**choice, "delta": {}, "finish_reason": reader.reason(reason)}


class _Choice:
    """Reads one choice: deltas with text or a call, from text."""

    def __init__(self, prefix: str, names: Sequence[str], asked: GenerationParameters) -> None:
        self._prefix = prefix
        self._may_be_cut = bool(asked.stops)
        self._reader = CallReader(names, several=asked.parallel)
        self._count = 0

    def feed(self, text: str) -> Iterator[Json]:
        """The deltas of a piece of text."""
        return map(self._delta, self._reader.feed(text))

    def end(self, reason: str) -> Iterator[Json]:
        """The deltas of what is left. A stop sequence can end an answer within a call, as a limit does."""
        return map(self._delta, self._reader.end(cut=reason != "stop" or self._may_be_cut))

    def reason(self, reason: str) -> str:
        """The finish reason that fits."""
        return "tool_calls" if reason == "stop" and self._reader.called else reason

    def _delta(self, piece: Piece) -> Json:
        if isinstance(piece, str):
            return {"content": piece}
        number, self._count = self._count, self._count + 1
        function = {"name": piece.name, "arguments": piece.arguments}
        call = {"index": number, "id": f"{self._prefix}_{number}", "type": "function", "function": function}
        return {"tool_calls": [call]}
