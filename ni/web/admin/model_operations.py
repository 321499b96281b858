"""The endpoints for clients with a key, as the description names them, in the formats of OpenAI and Anthropic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ni.web.admin.schemas import Schema

JSON = "application/json"
EVENTS = "text/event-stream"
_OPEN: Schema = {"type": "object"}
_LIST: Schema = {"type": "array"}
_TEXT: Schema = {"type": "string"}


@dataclass(frozen=True, slots=True)
class ModelOperation:
    """An endpoint that is not of the administration API. `answers` are the media types of its answer."""

    name: str
    method: str
    path: str
    summary: str
    answers: Sequence[str] = (JSON,)
    body: Schema | None = None
    query: Mapping[str, Schema] | None = None
    public: bool = False


def _asking(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


_MODEL = {"type": "string", "minLength": 1}
_CHAT = _asking(("model", "messages"), model=_MODEL, messages=_LIST, stream={"type": "boolean"})
_MESSAGES = _asking(
    ("model", "messages", "max_tokens"), model=_MODEL, messages=_LIST, max_tokens={"type": "integer"},
    stream={"type": "boolean"},
)  # fmt: skip
_RESPONSES = _asking(("model", "input"), model=_MODEL, input={}, stream={"type": "boolean"})
_USAGE: Mapping[str, Schema] = dict.fromkeys(
    ("limit", "cursor", "key", "route", "outcome", "error", "from", "to", "end_user", "tag", "person"), _TEXT
)
BOTH = (JSON, EVENTS)

OPERATIONS = (
    ModelOperation("createChatCompletion", "POST", "/v1/chat/completions", "Chat completions in OpenAI's format", BOTH,
                   _CHAT),
    ModelOperation("createResponse", "POST", "/v1/responses", "Responses in OpenAI's format; nothing is stored", BOTH,
                   _RESPONSES),
    ModelOperation("countResponseTokens", "POST", "/v1/responses/input_tokens", "Estimate the tokens of an input",
                   body=_RESPONSES),
    ModelOperation("createMessage", "POST", "/v1/messages", "Messages in Anthropic's format", BOTH, _MESSAGES),
    ModelOperation("countMessageTokens", "POST", "/v1/messages/count_tokens", "Estimate the tokens of messages",
                   body=_asking(("model", "messages"), model=_MODEL, messages=_LIST)),
    ModelOperation("createEmbeddings", "POST", "/v1/embeddings", "Embeddings in OpenAI's format",
                   body=_asking(("model", "input"), model=_MODEL, input={})),
    ModelOperation("createCompletion", "POST", "/v1/completions", "Completions of a prompt in OpenAI's format", BOTH,
                   _asking(("model", "prompt"), model=_MODEL, prompt={})),
    ModelOperation("listModels", "GET", "/v1/models", "List the routes that the key can call"),
    ModelOperation("getModel", "GET", "/v1/models/{route_id}", "Read a route that the key can call"),
    ModelOperation("listBillingModels", "GET", "/api/billing/models",
                   "List routes with prices; with a key, those that it can call", public=True),
    ModelOperation("listOwnUsage", "GET", "/api/usage", "List the usage rows of the key's account",
                   (JSON, "text/csv"), query=_USAGE),
    ModelOperation("listOwnBudgets", "GET", "/api/budgets", "List the budgets that the key's calls count for",
                   query={"tag": _TEXT}),
    ModelOperation("getRecord", "GET", "/api/usage/custody/{request_id}", "Read the custody record of a request"),
    ModelOperation("getReceipt", "GET", "/api/usage/custody/{request_id}/receipt", "Read the receipt of a request",
                   ("application/vnd.ni.receipt+json",)),
    ModelOperation("getCheckpoint", "GET", "/api/custody/checkpoint", "Read the newest head of the custody log",
                   ("text/plain",), public=True),
    ModelOperation("getConsistency", "GET", "/api/custody/consistency", "Read the proof between two heads",
                   query={"from": _TEXT, "to": _TEXT}, public=True),
    ModelOperation("getLogDescription", "GET", "/.well-known/ni-custody.json", "Read what the custody log is",
                   public=True),
)  # fmt: skip
