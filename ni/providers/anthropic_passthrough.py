"""A client's own Messages body for Claude, and the answer to it, without translation.

The body is already masked. Only what the route's model would refuse is changed: the output limit, sampling and thinking
by its generation, and tool call ids of other providers. Thinking blocks are sent back byte for byte as the model wrote
them, from the cache and by signature, because the client was shown restored text.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson

from ni.domain.call import Json
from ni.domain.reply import Usage
from ni.domain.route import Route
from ni.providers.anthropic_translate import REASONS, Keep, problem_in_event
from ni.providers.conversation import CONTINUE, kind_of_base64, plain_id
from ni.providers.errors import Upstream
from ni.providers.generation_parameters import (
    Generation,
    generation_of,
    generation_parameters,
    sampling_of,
    thinking_of,
)
from ni.providers.parameters import fit
from ni.providers.thinking_cache import Find
from ni.providers.usage import usage_of

_PIECES = ("text", "thinking", "partial_json")
_SAID = ("thinking", "temperature", "top_p", "top_k")
_IDS = ("id", "tool_use_id")


def native_body(route: Route, body: Json, find: Find) -> Json:
    """The body without `stream`, as the route's model takes it."""
    generation = generation_of(route.upstream_model)
    limit = min(body["max_tokens"], route.capabilities.max_output_tokens)
    native = body | {"model": route.upstream_model, "max_tokens": limit}
    native["messages"] = [_message(message, find) for message in body["messages"]]
    if native["messages"][-1]["role"] == "assistant" and not generation.continues:
        native["messages"].append({"role": "user", "content": CONTINUE})
    return _without_nothing(native | _by_generation(route, body, generation, limit))


def _by_generation(route: Route, body: Json, generation: Generation, limit: int) -> Json:
    """Thinking and sampling: as they came where the model takes them so, else as it does, or None."""
    given, output = body.get("thinking"), {**(body.get("output_config") or {})}
    effort = output.pop("effort", None)
    generating = {name: body[name] for name in _SAID if name in body} | (
        {"reasoning_effort": effort} if effort else {}
    )
    asked = generation_parameters(fit(generating, route).body)
    taken = thinking_of(asked, generation, limit, signed=True)
    foreign = given is not None and not _takes(given, generation, limit)
    if foreign:
        given = taken.config if taken else None
    if taken and taken.effort and (effort or foreign):
        output["effort"] = taken.effort
    thinks = (given or {}).get("type") in ("enabled", "adaptive")
    sampling: Json = dict.fromkeys(("temperature", "top_p", "top_k")) | sampling_of(asked, thinks)
    managed = body.get("context_management") if thinks else _without_thinking(body.get("context_management"))
    return {"thinking": given, "output_config": output or None, "context_management": managed, **sampling}


def _takes(thinking: Json, generation: Generation, limit: int) -> bool:
    match thinking.get("type"):
        case "adaptive":
            return generation.adaptive
        case "enabled":
            return generation.thinks and generation.samples and (thinking.get("budget_tokens") or 0) < limit
        case _:
            return generation.thinks


def _without_thinking(managed: Json | None) -> Json | None:
    """The edits that stand without thinking; the model refuses to clear what it does not do."""
    edits = [edit for edit in (managed or {}).get("edits", ()) if "thinking" not in edit["type"]]
    return {"edits": edits} if edits else None


def _without_nothing(body: Json) -> Json:
    return {name: value for name, value in body.items() if value is not None}


def _message(message: Json, find: Find) -> Json:
    content = message["content"]
    return message if isinstance(content, str) else {**message, "content": [_block(b, find) for b in content]}


def _block(block: Json, find: Find) -> Json:
    thinking = find(mark(block)) if block.get("type") == "thinking" else None
    if thinking is not None:
        return {**block, "thinking": thinking.decode()}
    ids = {name: plain_id(block[name]) for name in _IDS if isinstance(block.get(name), str)}
    inner = block.get("content")
    held = {"content": [_block(part, find) for part in inner]} if isinstance(inner, list) else {}
    return _typed(block) | ids | held


def _typed(block: Json) -> Json:
    """An image under the media type that its bytes tell, where the client named another."""
    source = block.get("source")
    if block.get("type") != "image" or not isinstance(source, dict) or source.get("type") != "base64":
        return block
    try:
        media_type = kind_of_base64(source["data"], source["media_type"])
    except ValueError:
        return block  # the upstream names it
    return (
        block
        if media_type == source["media_type"]
        else {**block, "source": {**source, "media_type": media_type}}
    )


def mark(block: Json) -> str:
    """The cache key of a thinking block: a digest of its signature, which is long."""
    return "thinking " + sha256(str(block.get("signature")).encode()).hexdigest()


class NativeReader:
    """Implements `Reader`: one chunk for each event, with the event in it and what is metered of it."""

    def __init__(self, keep: Keep, upstream: Upstream) -> None:
        self.finished = False
        self.done = False
        self.usage: Usage | None = None
        self._keep = keep
        self._upstream = upstream
        self._thought = ""
        self._counts: Json = {}

    @property
    def partial_usage(self) -> Usage | None:
        """The counts of the message's beginning, and those that came since."""
        return usage_of(self._counts) if "input_tokens" in self._counts else None

    def event(self, event: Json) -> Iterator[Json]:
        """The chunk of one event. Raises `Problem` for an error."""
        choice: Json = {"index": 0, "delta": {}, "finish_reason": None}
        match event["type"]:
            case "error":
                raise problem_in_event(event, self._upstream)
            case "message_start":
                self._count(event["message"].get("usage"))
            case "content_block_delta":
                choice["delta"] = self._delta(event["delta"])
            case "content_block_start":
                self._thought = ""
            case "message_delta":
                self._count(event.get("usage"))
                choice["finish_reason"] = self._finish(event["delta"].get("stop_reason"))
            case "message_stop":
                self._counts = (event.pop("usage", None) or {}) | self._counts  # a cloud's own counts
                self.done = True
        yield {"choices": [choice], "native": event}

    def whole(self, answer: Json) -> Iterator[Json]:
        """The one chunk of a whole message."""
        self._count(answer.get("usage"))
        written = "".join(map(_written, answer["content"]))
        for block in answer["content"]:
            if block["type"] == "thinking":
                self._keep(mark(block), block["thinking"].encode())
        finish = self._finish(answer["stop_reason"])
        choice = {"index": 0, "delta": {"content": written}, "finish_reason": finish}
        yield {"choices": [choice], "native": answer}

    def close(self) -> Iterator[Json]:
        """Empty: the events already reported the usage to the client."""
        self.usage = self.partial_usage
        yield from ()

    def _delta(self, delta: Json) -> Json:
        if delta["type"] == "thinking_delta":
            self._thought += delta["thinking"]
        elif delta["type"] == "signature_delta":
            self._keep(mark(delta), self._thought.encode())
        return {"content": "".join(str(delta[name]) for name in _PIECES if delta.get(name))}

    def _finish(self, reason: Any) -> str | None:
        """A reason that is not known yet ends an answer as well."""
        self.finished = self.finished or bool(reason)
        return REASONS.get(reason, "stop") if reason else None

    def _count(self, usage: Json | None) -> None:
        self._counts |= {name: count for name, count in (usage or {}).items() if count is not None}


def _written(block: Json) -> str:
    """What the model wrote in a block, to be counted where the provider does not."""
    if "input" in block:
        return orjson.dumps(block["input"]).decode()
    return str(block.get("text") or block.get("thinking") or "")
