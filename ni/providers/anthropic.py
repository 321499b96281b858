"""Anthropic's own API, and clients' own Messages bodies for Claude wherever it runs, without translation.

The provider takes the chat form, and clients' Messages bodies as they are, with the platform's credential or an
account's. `anthropic-version` is 2023-06-01, under which sampling parameters still exist, unless a client's own body
came with another; a client's `anthropic-beta` is passed on. The base URL does not include `/v1`.

Of a client's body, which is already masked, only what the route's model would refuse is changed: the output limit,
sampling and thinking by its generation, and tool call ids of other providers. Thinking blocks are sent back byte for
byte as the model wrote them, from the cache and by signature, because the client was shown restored text.
"""

import re
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from typing import Any

import orjson

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.providers import PROVIDERS
from ni.domain.reply import Usage
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient
from ni.providers.anthropic_translate import (
    REASONS,
    AnthropicReader,
    Keep,
    forced_answer,
    problem_in_event,
    request_body,
)
from ni.providers.base import (
    STRICT,
    ErrorResponse,
    ProviderRequest,
    ProviderResponse,
    ServedModel,
    SettingLookup,
    UpstreamClient,
    UpstreamRequest,
    base_url,
    encode,
    frame_of,
    note_dropped,
    owner_of,
    text_of,
)
from ni.providers.chunk_writer import ChunkWriter
from ni.providers.conversation import CONTINUE, CallIds, conversation_of, kind_of_base64, plain_id
from ni.providers.errors import Upstream, problem_of_status
from ni.providers.generation_parameters import (
    Generation,
    asks_to_think,
    generation_of,
    generation_parameters,
    is_strict,
    sampling_of,
    thinking_of,
    thinks,
)
from ni.providers.parameters import fit
from ni.providers.responses import SseFramer, TranslatedResponse
from ni.providers.thinking_cache import Find, ThinkingCache
from ni.providers.tool_definitions import offered_names
from ni.providers.usage import usage_of

_PIECES = ("text", "thinking", "partial_json")
_SAID = ("thinking", "temperature", "top_p", "top_k")
_IDS = ("id", "tool_use_id")


def native_body(route: Route, body: Json, find: Find) -> Json:
    """The body without `stream`, as the route's model takes it."""
    generation = generation_of(route.upstream_model)
    limit = min(body["max_tokens"], route.capabilities.max_output_tokens)
    native = body | {"model": route.upstream_model, "max_tokens": limit}
    native["messages"] = [_message(message, find) for message in _numbered(body["messages"])]
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


def _numbered(messages: list[Json]) -> list[Json]:
    """The messages with ids of calls that come again in a later turn numbered, which Claude refuses otherwise."""
    ids = [
        block["id"]
        for message in messages
        for block in _blocks_of(message)
        if block.get("type") == "tool_use"
    ]
    if len(set(ids)) == len(ids):
        return messages
    call_ids = CallIds()
    numbered = []
    for message in messages:
        content = message["content"]
        if not isinstance(content, str):
            content = [_numbered_block(block, call_ids) for block in content]
        numbered.append({**message, "content": content})
    return numbered


def _numbered_block(block: Json, call_ids: CallIds) -> Json:
    """A call under an id of its own, a result under that of its call."""
    if block.get("type") == "tool_use":
        return {**block, "id": call_ids.of_call(block["id"])}
    if block.get("type") == "tool_result":
        return {**block, "tool_use_id": call_ids.of_result(block["tool_use_id"])}
    return block


def _blocks_of(message: Json) -> list[Json]:
    content = message["content"]
    return [] if isinstance(content, str) else content


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


class EventOrder:
    """The order of a message's events, which go to clients as they are: its beginning, then blocks one by one.

    Kinds that are not known yet may stand anywhere. Source: Anthropic's page on streaming messages.
    """

    def __init__(self) -> None:
        self._begun = self._ended = False
        self._open: int | None = None

    def check(self, event: Json) -> None:
        """Raises `ValueError`, `TypeError` or `KeyError` for an event that cannot follow those before it."""
        kind = event["type"]
        inner = {"content_block_start": "content_block", "content_block_delta": "delta"}.get(kind)
        kinds = (kind, event[inner]["type"]) if inner else (kind,)
        if not all(map(_KIND.fullmatch, kinds)):
            raise ValueError("no kind of an event")
        if kind == "message_start" and self._begun:
            raise ValueError("a message begins twice")
        if kind.startswith("content_block_"):
            self._block(kind, event["index"])
        elif kind == "message_delta" and self._open is not None:
            raise ValueError("a message ends in a block")
        self._begun = self._begun or kind == "message_start"
        self._ended = self._ended or (kind == "message_delta" and bool(event["delta"].get("stop_reason")))

    def _block(self, kind: str, index: Any) -> None:
        if type(index) is not int or not self._begun or self._ended:
            raise ValueError("a block without a number, or outside of its message")
        if (self._open is not None) if kind == "content_block_start" else (index != self._open):
            raise ValueError("blocks overlap")
        self._open = None if kind == "content_block_stop" else index


class NativeReader:
    """Implements `Reader`: one chunk for each event, with the event in it and what is metered of it."""

    def __init__(self, keep: Keep, upstream: Upstream) -> None:
        self._order = EventOrder()
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
        self._order.check(event)
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
        return {"content": "".join(delta[name] for name in _PIECES if name in delta)}

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


PUBLIC_API = "https://api.anthropic.com"
CREDENTIAL_SETTING = "ANTHROPIC_API_KEY"
VERSION = "2023-06-01"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_KIND = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_BETA = re.compile(r"[A-Za-z0-9_.,\- ]{1,1024}")


class Anthropic:
    """The provider `anthropic`."""

    display_name = PROVIDERS["anthropic"].display_name

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        self._client = UpstreamClient(egress, map_error)
        self._lookup = lookup
        self._clock = egress.clock
        self._kept = ThinkingCache(egress.clock)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        return None if self._lookup(setting) else f"Set {setting} to an API key of Anthropic."

    def native_format(self, route: Route) -> str:
        """Messages."""
        return "messages"

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls to this deployment."""
        return base_url(deployment, self._lookup, PUBLIC_API)

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        route, owner = request.route, owner_of(request)
        if request.form == self.native_format(route):
            return self._passed(request, owner)
        asked = generation_parameters(fit(request.body, request.route).body)
        body = request_body(
            route, asked, conversation_of(request.body["messages"]), partial(self._kept.find, owner)
        )
        note_dropped(request, "reasoning_effort", when=asks_to_think(asked) and not thinks(body))
        note_dropped(request, STRICT, when=is_strict(asked))
        outgoing = self._outgoing(request, body | {"stream": request.stream})
        response = self._client.send(request, outgoing)
        forced = forced_answer(asked, generation_of(route.upstream_model).holds_schema)
        reader = AnthropicReader(
            ChunkWriter(frame_of(request, self._clock), offered_names(request.body)),
            partial(self._kept.keep, owner),
            outgoing.upstream,
            forced.name if forced else "",
        )
        answer = TranslatedResponse(
            response, outgoing.upstream, reader, SseFramer if request.stream else None
        )
        return answer.named(response.headers.get("request-id", ""))

    def list_models(self, deployment: Deployment) -> list[ServedModel]:
        """The models of `GET /v1/models`, at most 1,000. Raises `Problem`."""
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        key = self._lookup(setting)
        headers = {"anthropic-version": VERSION, "x-api-key": key.reveal().strip() if key else ""}
        url = f"{self.endpoint(deployment)}/v1/models?limit=1000"
        entries = self._client.entries(url, headers, Upstream(self.display_name, False, setting), "data")
        return [ServedModel(text_of(entry, "id"), context_window=_context_window(entry)) for entry in entries]

    def _passed(self, request: ProviderRequest, owner: str) -> ProviderResponse:
        """The client's own body, and an answer that is not translated."""
        body = native_body(request.route, request.body, partial(self._kept.find, owner))
        note_dropped(request, "thinking", when=thinks(request.body) and not thinks(body))
        outgoing = self._outgoing(request, body | {"stream": request.stream})
        response = self._client.send(request, outgoing)
        reader = NativeReader(partial(self._kept.keep, owner), outgoing.upstream)
        answer = TranslatedResponse(
            response, outgoing.upstream, reader, SseFramer if request.stream else None
        )
        return answer.named(response.headers.get("request-id", ""))

    def _outgoing(self, request: ProviderRequest, body: Json) -> UpstreamRequest:
        deployment = request.route.deployment
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        own = request.byok.get("api_key")
        credential = own or self._lookup(setting)
        headers = {
            "anthropic-version": _version(request),
            "x-api-key": credential.reveal().strip() if credential else "",
        }
        beta = request.headers.get("anthropic-beta", "")
        if _BETA.fullmatch(beta):
            headers["anthropic-beta"] = beta
        url = f"{self.endpoint(deployment)}/v1/messages"
        return UpstreamRequest(
            url, headers, encode(body), Upstream(self.display_name, own is not None, setting), request.stream
        )


def _context_window(entry: Json) -> int:
    tokens = entry.get("max_input_tokens")
    return tokens if type(tokens) is int else 0


def _version(request: ProviderRequest) -> str:
    """The `anthropic-version` to send: the client's for its own body, else ours."""
    given = request.headers.get("anthropic-version", "")
    return given if request.form != "chat" and _VERSION.fullmatch(given) else VERSION


def map_error(refused: ErrorResponse) -> errors.Problem:
    """Maps an error of Anthropic's API."""
    return problem_of_status(refused.status, refused.error_body, refused.wait_s, refused.upstream)
