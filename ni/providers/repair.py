"""Repairs answers of OpenAI-compatible servers, so that they fit OpenAI's schema and later steps need no checks.

Servers send null `choices` or `delta`, `content` as a list, `reasoning` for `reasoning_content`, `stop` beside tool
calls, and counts as text. OpenAI's chunks open a tool call by `id` and `name` and continue it by `index`; servers send
all calls at index 0, no index or id, a new id or the name on every piece, the name in pieces, or arguments as an
object. What has one meaning is rewritten; what has none raises `MalformedAnswer`.
Source: the schemas of `chat.completion` and `chat.completion.chunk` in OpenAI's API reference.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ni.domain.call import Json
from ni.providers.tool_definitions import grown, may_go_on, offered
from ni.providers.usage import tidy_usage


class MalformedAnswer(ValueError):
    """An answer that cannot be read. The message names the fault and holds no text of the upstream."""


@dataclass(slots=True)
class _Call:
    """One tool call: its index in the answer, the server's id, the id to show, and the parts received so far."""

    number: int
    identity: str
    name: str = ""
    shown: str = ""
    told: bool = False  # whether the piece with its name was passed on
    arguments: list[str] = field(default_factory=list)
    more: Json = field(default_factory=dict)

    def is_complete(self) -> bool:
        """Whether the arguments are a whole JSON value."""
        try:
            orjson.loads("".join(self.arguments))
        except orjson.JSONDecodeError:
            return False
        return True


_NO_ARGUMENTS = "{}"
"""What OpenAI writes for a call without arguments; clients parse it."""


class CallRepair:
    """The calls of one choice; `prefix` begins the ids that are made for calls without one, `names` were offered."""

    def __init__(self, prefix: str, names: Collection[str] = ()) -> None:
        self._prefix = prefix
        self._names = names
        self._at: dict[int, _Call] = {}  # by the server's index
        self._ids: set[str] = set()
        self._closed: list[_Call] = []  # those whose index another call has taken
        self.is_older = False  # the answer has a `function_call`, which came before `tool_calls`
        self.older_is_empty = False  # and it has no arguments yet
        self._count = 0

    @property
    def any(self) -> bool:
        """Whether a tool was called."""
        return self._count > 0

    def pieces(self, raw: Any, *, whole: bool) -> list[Json]:
        """The entries of a delta's `tool_calls`; in a `whole` message each is a call. Raises `MalformedAnswer`."""
        pieces = []
        for at, entry in enumerate(objects(raw, "tool_calls")):
            index = at if whole else index_of(entry.get("index"), at)
            pieces += [self._custom(entry)] if entry.get("custom") else self._piece(index, entry, whole=whole)
        return pieces

    def end(self) -> list[Json]:
        """The choice is finished: the calls whose name might have grown, and the arguments of those without any.

        Raises `MalformedAnswer` for a call whose name never came.
        """
        calls = [*self._closed, *self._at.values()]
        if any(not call.name for call in calls):
            raise MalformedAnswer("a tool call has no name")
        late = [self._told(call) for call in calls if not call.told]
        empty = [call.number for call in calls if not "".join(call.arguments).strip()]
        return late + [{"index": number, "function": {"arguments": _NO_ARGUMENTS}} for number in empty]

    def older(self, call: Json) -> None:
        """Note a `function_call`, or the next piece of it."""
        self.older_is_empty = not call.get("arguments", "").strip() and (
            self.older_is_empty or not self.is_older
        )
        self.is_older = True

    def is_whole(self) -> bool:
        """Whether each call has its name and arguments that are whole JSON, or none."""
        calls = [*self._closed, *self._at.values()]
        return all(
            call.name and (call.is_complete() or not "".join(call.arguments).strip()) for call in calls
        )

    def _piece(self, index: int, entry: Json, *, whole: bool) -> list[Json]:
        function = entry.get("function") or {}
        if not isinstance(function, dict):
            raise MalformedAnswer("a function is no object")
        identity, name = _text(entry.get("id")), _text(function.get("name"))
        arguments = written(function.get("arguments"))
        call, pieces = self._at.get(index), []
        if call is None or _opens(call, identity, name, arguments):
            if call is not None:
                self._closed.append(call)
                pieces = [self._told(call)] if call.name and not call.told else []
            call = self._at[index] = self._opened(identity, entry)
        return pieces + self._grown(call, name, arguments, whole=whole)

    def _opened(self, identity: str, entry: Json) -> _Call:
        number, self._count = self._count, self._count + 1
        more = {
            name: value for name, value in entry.items() if name not in ("index", "id", "type", "function")
        }
        made = f"{self._prefix}_{number}"
        shown = made if not identity or identity in self._ids else identity
        self._ids.add(identity)
        return _Call(number, identity or made, shown=shown, more=more)

    def _grown(self, call: _Call, name: str, arguments: str, *, whole: bool) -> list[Json]:
        """The piece to pass on; none while the name of the call is not known, for clients open a call by it."""
        call.arguments.append(arguments)
        if call.told:
            return [{"index": call.number, "function": {"arguments": arguments}}] if arguments else []
        call.name = grown(call.name, name, self._names)
        grows = not whole and not arguments and bool(self._names) and may_go_on(call.name, self._names)
        return [self._told(call)] if call.name and not grows else []

    def _told(self, call: _Call) -> Json:
        """The piece that opens a call, with the arguments so far."""
        call.told = True
        function = {"name": offered(call.name, self._names), "arguments": "".join(call.arguments)}
        return {
            **call.more,
            "index": call.number,
            "id": call.shown,
            "type": "function",
            "function": function,
        }

    def _custom(self, entry: Json) -> Json:
        """A call of a custom tool, which OpenAI's own models alone make: as it is, at its number."""
        if not isinstance(entry["custom"], dict):
            raise MalformedAnswer("a custom call is no object")
        self._count = max(self._count, index_of(entry.get("index"), self._count) + 1)
        return dict(entry)


def _opens(call: _Call, identity: str, name: str, arguments: str) -> bool:
    """Whether a piece at the index of `call` begins another call."""
    if identity:
        return bool(name) and identity != call.identity
    return bool(name and arguments and call.name) and call.is_complete()


def written(arguments: Any) -> str:
    """Arguments as JSON source; an object is written out, null is nothing."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()


def joined_text(value: Any, name: str) -> str | None:
    """A text, or the texts of a list of parts. Raises `MalformedAnswer` for anything else."""
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise MalformedAnswer(f"{name} is no text")
    texts = [part if isinstance(part, str) else _part_text(part, name) for part in value]
    return "".join(texts)


def _part_text(part: Any, name: str) -> str:
    """The text of a part; parts of other kinds (thinking, images) have none here."""
    if not isinstance(part, dict):
        raise MalformedAnswer(f"a part of {name} is no object")
    return "" if label(part.get("type")) in _THOUGHTS else _text(part.get("text"))


_THOUGHTS = frozenset({"thinking", "reasoning"})


def thought_in(content: Any) -> str | None:
    """The thinking among the parts of a content, as Mistral's models tell it; None if there is none.

    Source: Mistral's page on reasoning: `{"type": "thinking", "thinking": [{"type": "text", "text": ...}]}`.
    """
    parts = content if isinstance(content, list) else ()
    thoughts = [part for part in parts if isinstance(part, dict) and label(part.get("type")) in _THOUGHTS]
    texts = [joined_text(part.get("thinking") or part.get("text"), "thinking") or "" for part in thoughts]
    return "".join(texts) or None


def objects(value: Any, name: str) -> list[Json]:
    """A list of objects; null is an empty one. Raises `MalformedAnswer`."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise MalformedAnswer(f"{name} is no list of objects")
    return value


def label(value: Any) -> str:
    """A text for looking up in a set; anything else is the empty one."""
    return value if isinstance(value, str) else ""


def _text(value: Any) -> str:
    """A text or a number as text; null is nothing. Raises `MalformedAnswer`."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise MalformedAnswer("a name or id is no text")
    return str(value)


def index_of(value: Any, default: int) -> int:
    """A place in a list: a whole number, perhaps as text. Raises `MalformedAnswer`."""
    if value is None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedAnswer("an index is no whole number")
    return value


_OF_OPENAI = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
_REASONS: Mapping[str, str] = {
    **{reason: reason for reason in _OF_OPENAI},
    **dict.fromkeys(("tool_use", "tool_call", "tool"), "tool_calls"),
    **dict.fromkeys(("stop_sequence", "stop_limit"), "stop"),
}
_TELLING: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"error|abort|cancel|fail|time.?out|interrupt|insufficient|overload|malformed|unavail"), ""),
    (
        re.compile(r"filter|safety|sensitive|moderat|prohibit|block|recit|toxic|refus|policy"),
        "content_filter",
    ),
    (re.compile(r"length|limit|max|trunc|budget|exceed|window|repetition"), "length"),
)
"""What a server's own word says of the end, first match first; empty: that it failed. Seen are `max_tokens`,
`model_length`, `time_limit`, `repetition` (vLLM), `insufficient_system_resource` (DeepSeek), `sensitive` and
`network_error` (Zhipu), `ERROR_TOXIC` (Cohere), `abort`."""

_NOT_YET = frozenset({"", "null", "none", "in_progress", "unspecified", "finish_reason_unspecified"})
_TEXTS = ("content", "refusal", "reasoning_content")
_TIERS = frozenset({"auto", "default", "flex", "scale", "priority"})


class AnswerRepair:
    """The state of one answer. `frame` has the `id`, `created` and `model` for servers that leave them out; `limit` is
    how many tokens of output were asked for at most, 0 if that was not said; `names` are those of the tools offered."""

    def __init__(self, frame: Json, limit: int = 0, names: Collection[str] = ()) -> None:
        self._frame = frame
        self._limit = limit
        self._names = names
        self._calls: dict[int, CallRepair] = {}
        self._finished: set[int] = set()

    def chunk(self, raw: Any) -> Json:
        """One chunk; what follows a choice's finish reason is left out. Raises `MalformedAnswer`."""
        if not isinstance(raw, dict):
            raise MalformedAnswer("a chunk is no object")
        if self._is_plain(raw):
            if "id" not in raw:
                raw["id"] = self._frame["id"]
            raw.pop("usage", None)
            raw.pop("obfuscation", None)
            raw["choices"][0].setdefault("finish_reason", None)
            return raw
        choices = [self._part(choice) for choice in objects(raw.get("choices"), "choices")]
        choices = [choice for choice in choices if choice["index"] not in self._finished]
        self._finished |= {choice["index"] for choice in choices if choice["finish_reason"]}
        return self._framed(raw, "chat.completion.chunk") | {"choices": choices}

    def completion(self, raw: Any) -> Json:
        """A whole answer. Raises `MalformedAnswer`, also where no choice has a message.

        The document itself is complete. If it does not say how a choice ended, or by a word that tells nothing, then
        by the limit if that many tokens were counted, else of itself.
        """
        if not isinstance(raw, dict):
            raise MalformedAnswer("an answer is no object")
        choices = objects(raw.get("choices"), "choices")
        if not choices:
            raise MalformedAnswer("an answer has no choices")
        counted = (tidy_usage(raw.get("usage")) or {}).get("completion_tokens") or 0
        unsaid = self._unsaid(counted, len(choices))
        whole = [self._whole(at, choice, unsaid) for at, choice in enumerate(choices)]
        return self._framed(raw, "chat.completion") | {"choices": whole}

    def ending(self, choices: Iterable[int], counted: int) -> Json:
        """The chunk that ends choices of which the server did not say how they ended, though it ended the stream.

        Raises `MalformedAnswer` where a call is cut.
        """
        indices = sorted(choices)
        if not all(self._calls_of(index).is_whole() for index in indices):
            raise MalformedAnswer("a tool call is cut")
        reason = self._unsaid(counted, len(indices))
        ended: list[Json] = [{"index": index, "delta": {}, "finish_reason": reason} for index in indices]
        return self.chunk({"choices": ended})

    def _unsaid(self, counted: int, choices: int) -> str:
        """The reason where none was said: the limit if that many tokens were counted, else of itself."""
        return "length" if self._limit and counted >= self._limit and choices == 1 else "stop"

    def _is_plain(self, raw: Json) -> bool:
        """Whether a chunk is one more piece of text in OpenAI's own grammar, as nearly all are."""
        choices = raw.get("choices")
        if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict or raw.get("usage"):
            return False
        choice = choices[0]
        index, delta = choice.get("index"), choice.get("delta")
        if type(delta) is not dict or len(delta) != 1 or type(delta.get("content")) is not str:
            return False
        if choice.get("finish_reason") is not None or choice.get("logprobs") is not None:
            return False
        return type(index) is int and index >= 0 and index not in self._finished and _is_framed(raw)

    def _framed(self, raw: Json, kind: str) -> Json:
        """What stands beside the choices. `obfuscation` is padding, without meaning once text is restored."""
        framed = {
            name: value for name, value in raw.items() if name not in ("choices", "obfuscation", "usage")
        }
        framed["object"] = kind
        for name, type_ in (("id", str), ("created", int), ("model", str)):
            if type(framed.get(name)) is not type_ or not framed[name]:
                framed[name] = self._frame[name]
        if not isinstance(framed.get("system_fingerprint", ""), str):
            del framed["system_fingerprint"]
        if label(framed.get("service_tier")) not in _TIERS:
            framed.pop("service_tier", None)
        if raw.get("usage") is not None and (usage := tidy_usage(raw["usage"])) is not None:
            framed["usage"] = usage
        return framed

    def _part(self, choice: Json) -> Json:
        index = index_of(choice.get("index"), 0)
        calls = self._calls_of(index)
        message = choice.pop(
            "message", None
        )  # what some servers say in the place of `delta`, of a whole answer in one event
        delta = choice.get("delta") or message
        part = {**choice, "index": index, "delta": self._message(delta, calls, whole=False)}
        reason = _reason(choice.get("finish_reason"))
        if reason is not None:
            if missing := calls.end():
                part["delta"]["tool_calls"] = [*part["delta"].get("tool_calls", ()), *missing]
            if calls.older_is_empty:
                part["delta"]["function_call"] = _without_arguments(part["delta"].get("function_call"))
            reason = _fitting(reason, calls.any, legacy=calls.is_older)
        return _tidy_logprobs(part | {"finish_reason": reason})

    def _whole(self, at: int, choice: Json, unsaid: str) -> Json:
        """A choice of a whole answer."""
        if not isinstance(choice.get("message"), dict):
            raise MalformedAnswer("a choice has no message")
        index = index_of(choice.get("index"), at)
        calls = self._calls_of(index)
        message = {
            "role": "assistant",
            "content": None,
            **self._message(choice["message"], calls, whole=True),
        }
        empty = {piece["index"] for piece in calls.end()}
        for call in message.get("tool_calls") or ():
            if call.pop("index", None) in empty:
                call["function"] = {**call["function"], "arguments": _NO_ARGUMENTS}
        if calls.older_is_empty:
            message["function_call"] = _without_arguments(message["function_call"])
        reason = _reason(choice.get("finish_reason"), unsaid) or unsaid
        reason = _fitting(reason, calls.any, legacy=calls.is_older)
        return _tidy_logprobs({**choice, "index": index, "message": message, "finish_reason": reason})

    def _calls_of(self, index: int) -> CallRepair:
        if index not in self._calls:
            prefix = f"call_{self._frame['id'].removeprefix('chatcmpl-')}_{index}"
            self._calls[index] = CallRepair(prefix, self._names)
        return self._calls[index]

    @staticmethod
    def _message(message: Any, calls: CallRepair, *, whole: bool) -> Json:
        """A message, or the delta of one."""
        if message is None:
            return {}
        if not isinstance(message, dict):
            raise MalformedAnswer("a message is no object")
        repaired = {name: value for name, value in message.items() if name not in ("reasoning", "tool_calls")}
        if not repaired.get("reasoning_content"):
            repaired["reasoning_content"] = message.get("reasoning") or thought_in(message.get("content"))
        for name in _TEXTS:
            if name in repaired:
                repaired[name] = joined_text(repaired[name], name)
        if repaired["reasoning_content"] is None:
            del repaired["reasoning_content"]
        _leave_out_extras(repaired)
        if "function_call" in repaired:
            calls.older(repaired["function_call"])
        if message.get("role") is not None or whole:
            repaired["role"] = "assistant"
        pieces = calls.pieces(message.get("tool_calls"), whole=whole)
        return repaired | {"tool_calls": pieces} if pieces else repaired


def _leave_out_extras(message: Json) -> None:
    """Bring what stands beside texts and calls to its type, or leave it out."""
    annotations = message.get("annotations", [])
    if not isinstance(annotations, list) or not all(isinstance(entry, dict) for entry in annotations):
        del message["annotations"]
    if not isinstance(message.get("audio", {}), dict):
        del message["audio"]
    call = message.pop("function_call", None)
    if call is not None:
        message["function_call"] = _legacy_call(call)


def _is_framed(raw: Json) -> bool:
    """Whether what stands beside the choices needs no repair but an id where it has none."""
    return (
        raw.get("object") == "chat.completion.chunk"
        and type(raw.get("id", "none")) is str
        and raw.get("id") != ""
        and type(raw.get("created")) is int
        and type(raw.get("model")) is str
        and type(raw.get("system_fingerprint", "")) is str
        and ("service_tier" not in raw or label(raw["service_tier"]) in _TIERS)
    )


def _reason(value: Any, unsaid: str = "stop") -> str | None:
    """OpenAI's name of a finish reason; `unsaid` for a word that tells nothing, None for one that says "not yet".

    Raises `MalformedAnswer` for a server that says it failed, or says no text.
    """
    if isinstance(value, dict):  # SGLang once wrote `{"type": "stop", "matched": ...}`
        value = value.get("type")
    word = value.lower() if isinstance(value, str) else ""
    if value is None or (isinstance(value, str) and word in _NOT_YET):
        return None
    if word in _REASONS:
        return _REASONS[word]
    known = next((reason for pattern, reason in _TELLING if pattern.search(word)), unsaid)
    if not word or not known:
        raise MalformedAnswer("the answer did not come to its end")
    return known


def _fitting(reason: str, called: bool, *, legacy: bool) -> str:
    """The finish reason that fits the content: `tool_calls` if there are tool calls, else another."""
    if called and reason in ("stop", "function_call"):
        return "tool_calls"
    if not called and not legacy and reason in ("tool_calls", "function_call"):
        return "stop"
    return reason


def _tidy_logprobs(choice: Json) -> Json:
    if "logprobs" in choice and not isinstance(choice["logprobs"], dict):
        choice["logprobs"] = None
    return choice


def _without_arguments(call: Json | None) -> Json:
    return {**(call or {}), "arguments": _NO_ARGUMENTS}


def _legacy_call(call: Any) -> Json:
    if not isinstance(call, dict):
        raise MalformedAnswer("a function call is no object")
    repaired = dict(call)
    if "arguments" in repaired:
        repaired["arguments"] = written(repaired["arguments"])
    if not all(isinstance(repaired.get(name, ""), str) for name in ("name", "arguments")):
        raise MalformedAnswer("a function call has no text")
    return repaired
