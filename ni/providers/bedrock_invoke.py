"""Bedrock's InvokeModel: a client's own Messages body and the frames of its answer, and requests for embeddings.

The body is that of `anthropic.native_body`, with the model in the path, streaming in the verb, and version and betas
in the body. These are left out, because Bedrock refuses or ignores them:

- a version of Anthropic's API other than Bedrock's own;
- betas that Bedrock does not know, of which one refuses the whole call;
- `context_management` except clearing old results of tools, which is all that Bedrock documents;
- `cache_control` of the body itself, which becomes that of the last block, and the `scope` of others.

Images by URL are sent as bytes. If a beta or a field is refused, the call is made once more without betas and with the
known fields of tools only. For embeddings, Titan takes one text a request and Cohere up to 96.
Sources: AWS's reference of Claude's Messages on Bedrock and refusals that users of InvokeModel report;
docs.aws.amazon.com/bedrock/latest/userguide, `model-parameters-titan-embed-text` and `model-parameters-embed`.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ni.domain.call import Json
from ni.domain.errors import UnsupportedParameter
from ni.domain.json_text import read_leniently
from ni.domain.route import Route
from ni.providers.anthropic import native_body
from ni.providers.aws_auth import EventStreamFramer
from ni.providers.base import ProviderRequest
from ni.providers.bedrock_converse import BETAS
from ni.providers.conversation import Image
from ni.providers.embeddings import Read, batched, read_cohere, read_titan, texts_only
from ni.providers.generation_parameters import generation_of
from ni.providers.thinking_cache import Find

VERSION = "bedrock-2023-05-31"
_NEWER = ("2026-10-21", (4, 7))
"""A later version, as Anthropic's clients name it to Bedrock, and the first generation served under it."""
_MANAGING = "context-management-2025-06-27"
_SEARCHING = "tool-search-tool-2025-10-19"
_BETAS = BETAS | {_MANAGING, _SEARCHING, "tool-examples-2025-10-29"}
_OWN_NAMES = MappingProxyType({"advanced-tool-use-2025-11-20": _SEARCHING})
"""Betas that Bedrock knows under another name."""
_CLEARING = "clear_tool_uses_"
_MARK = ("type", "ttl")
_MARKABLE = ("text", "image", "document", "tool_use", "tool_result")
_TOOL = (
    "type",
    "name",
    "description",
    "input_schema",
    "cache_control",
    "display_width_px",
    "display_height_px",
    "display_number",
    "max_characters",
)
"""Fields of tools that every version of the API knows; later ones (`strict`, `input_examples`, ...) come with betas."""
_LOST_OF_TOOLS = ("strict", "input_examples", "allowed_callers", "defer_loading")
_KINDS = MappingProxyType(
    {
        "throttlingException": "rate_limit_error",
        "serviceUnavailableException": "overloaded_error",
        "validationException": "invalid_request_error",
        "modelTimeoutException": "timeout_error",
    }
)
_METRICS = "amazon-bedrock-invocationMetrics"
_COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "inputTokenCount": "input_tokens",
        "outputTokenCount": "output_tokens",
        "cacheReadInputTokenCount": "cache_read_input_tokens",
        "cacheWriteInputTokenCount": "cache_creation_input_tokens",
    }
)

Change = Callable[[Json], Json]


def invoke_body(
    route: Route, body: Json, headers: Mapping[str, str], find: Find, read: Callable[[Image], Image]
) -> Json:
    """The body of `invoke` and `invoke-with-response-stream`. `read` gives an image as bytes; raises as it does."""
    betas = _known(headers.get("anthropic-beta", ""))
    managed = _managed(body.get("context_management")) if _MANAGING in betas else None
    allowed = {
        name: value for name, value in body.items() if name not in ("cache_control", "context_management")
    }
    envelope = native_body(route, allowed | ({"context_management": managed} if managed else {}), find)
    del envelope["model"]
    if isinstance(body.get("cache_control"), dict):
        envelope["messages"] = _kept_to_its_end(envelope["messages"], body["cache_control"])
    envelope = _each(envelope, lambda block: _shown(_marked(block), read))
    version, first = _NEWER
    later = (
        headers.get("anthropic-version") == version and generation_of(route.upstream_model).number >= first
    )
    envelope["anthropic_version"] = version if later else VERSION
    return envelope | ({"anthropic_beta": betas} if betas else {})


def _kept_to_its_end(messages: list[Json], mark: Json) -> list[Json]:
    """The messages with a mark on the last block, which is what a mark of the body itself means."""
    *earlier, last = messages
    content = last["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not blocks or blocks[-1].get("type") not in _MARKABLE or "cache_control" in blocks[-1]:
        return messages
    return [*earlier, {**last, "content": [*blocks[:-1], {**blocks[-1], "cache_control": mark}]}]


def plain(body: Json) -> Json:
    """The body in Bedrock's own version, without betas and what they allow: no tool waits to be found, found ones are
    named."""
    allowed = {
        name: value for name, value in body.items() if name not in ("anthropic_beta", "context_management")
    }
    stripped = _each(allowed | {"anthropic_version": VERSION}, _plain_block)
    if "tools" in stripped:
        stripped["tools"] = [
            {name: tool[name] for name in _TOOL if name in tool} for tool in stripped["tools"]
        ]
    return stripped


def later_fields(body: Json) -> list[str]:
    """The names of fields of tools that `plain` leaves out, each once."""
    return sorted({name for tool in body.get("tools", ()) for name in tool} - set(_TOOL))


def lost(body: Json) -> list[str]:
    """The names of what `plain` leaves out of a body and an answer depends on."""
    fields = {name for tool in body.get("tools", ()) for name in tool}
    managed = ["context_management"] if "context_management" in body else []
    return managed + [f"tools.{name}" for name in _LOST_OF_TOOLS if name in fields]


def _known(beta: str) -> list[str]:
    """Those of a client's `anthropic-beta` that Bedrock knows, each once."""
    names = (name.strip() for name in beta.split(","))
    return list(dict.fromkeys(name for given in names if (name := _OWN_NAMES.get(given, given)) in _BETAS))


def _managed(given: Json | None) -> Json | None:
    edits = [edit for edit in (given or {}).get("edits", ()) if edit["type"].startswith(_CLEARING)]
    return {"edits": edits} if edits else None


def _each(body: Json, change: Change) -> Json:
    """The body with `change` applied to tools, system blocks and content blocks, inner blocks of results first."""
    changed = body | {name: _changed(body[name], change) for name in ("system", "tools") if name in body}
    changed["messages"] = [
        {**message, "content": _changed(message["content"], change)} for message in body["messages"]
    ]
    return changed


def _changed(content: Any, change: Change) -> Any:
    if isinstance(content, list):
        return [_changed(entry, change) for entry in content]
    if not isinstance(content, dict):
        return content
    inner = {"content": _changed(content["content"], change)} if "content" in content else {}
    return change({**content, **inner})


def _marked(block: Json) -> Json:
    mark = block.get("cache_control")
    if not isinstance(mark, dict):
        return block
    return {**block, "cache_control": {name: mark[name] for name in _MARK if name in mark}}


def _shown(block: Json, read: Callable[[Image], Image]) -> Json:
    source = block.get("source")
    if block.get("type") != "image" or not isinstance(source, dict) or source.get("type") != "url":
        return block
    image = read(Image(url=str(source.get("url"))))
    return {**block, "source": {"type": "base64", "media_type": image.media_type, "data": image.content}}


def _plain_block(block: Json) -> Json:
    if block.get("type") == "tool_reference":
        return {"type": "text", "text": str(block.get("tool_name"))}
    return {name: value for name, value in block.items() if name != "defer_loading"}


class InvokeFramer:
    """Implements `Framer`: Anthropic's own events; an exception of Bedrock's is the error event that it stands for."""

    def __init__(self) -> None:
        self._frames = EventStreamFramer()

    def feed(self, arrived: bytes) -> list[Json]:
        """The events that are complete. Raises `ValueError` for frames that are broken."""
        return [
            _event(name, payload)
            for name, payload in self._frames.feed(arrived)
            if name == "chunk" or name.startswith("!")
        ]


def _event(name: str, payload: Json) -> Json:
    if name != "chunk":
        error = {"type": _KINDS.get(name[1:], "api_error"), "message": payload.get("message")}
        return {"type": "error", "error": error}
    event: Json = read_leniently(b64decode(payload["bytes"], validate=True))
    metrics = event.pop(_METRICS, None) or {}
    counted = {ours: metrics[theirs] for theirs, ours in _COUNTS.items() if theirs in metrics}
    return {**event, "usage": counted} if counted else event


ENTITY = "Bedrock"
COHERE_TEXTS = 96


def embedding_requests(request: ProviderRequest) -> tuple[list[tuple[int, Json]], Read]:
    """The bodies, each with its number of texts, and how their answers are read. Raises `BadRequest`."""
    texts = texts_only(request)
    if "cohere.embed" in request.route.upstream_model:
        return [
            (len(some), _cohere(request, some)) for some in batched(texts, COHERE_TEXTS, ENTITY)
        ], read_cohere
    return [(1, _titan(request, some[0])) for some in batched(texts, 1, ENTITY)], read_titan


def _titan(request: ProviderRequest, text: str) -> Json:
    body: Json = {"inputText": text}
    if "dimensions" in request.body:
        body["dimensions"] = request.body["dimensions"]
    return body


def _cohere(request: ProviderRequest, texts: Sequence[str]) -> Json:
    """Cohere requires `input_type`; stored documents are the usual case."""
    body: Json = {"texts": list(texts), "input_type": request.body.get("input_type", "search_document")}
    if "truncate" in request.body:
        body["truncate"] = request.body["truncate"]
    if "dimensions" not in request.body:
        return body
    if "embed-v4" not in request.route.upstream_model:
        raise UnsupportedParameter(
            "`%(route)s` has vectors of one length. Leave `dimensions` out.",
            param="dimensions",
            route=request.route.id,
        )
    return body | {"output_dimension": request.body["dimensions"], "embedding_types": ["float"]}
