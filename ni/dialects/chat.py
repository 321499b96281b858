"""OpenAI's chat completions. This JSON is also the gateway's internal form, so parsing checks and changes little.

`ChatDialect` reads plain chat bodies; clients that send other shapes to the same address are read by `chat_variants`.
Chunks follow OpenAI's event stream: `data:` lines, a usage chunk only if asked for (`usage: null` on the others then),
`[DONE]` only after a complete stream.
"""

from collections.abc import Mapping

import orjson

from ni.dialects.chat_validation import check_body, tidy_chat
from ni.dialects.json_body import without_nulls
from ni.domain.call import Call, Json
from ni.domain.clock import paced
from ni.domain.errors import Problem

# Fields that change the destination or the credentials in other gateways and client libraries. They have no effect.
OVERRIDES = frozenset(
    {
        "api_base",
        "base_url",
        "api_key",
        "api_version",
        "api_type",
        "azure_endpoint",
        "azure_deployment",
        "azure_ad_token",
        "deployment_id",
        "organization",
        "project",
        "extra_headers",
        "extra_body",
        "extra_query",
        "headers",
        "default_headers",
        "custom_llm_provider",
        "provider",
        "model_list",
        "fallbacks",
        "router",
        "proxy",
        "credentials",
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "aws_region_name",
        "aws_profile_name",
        "aws_role_name",
        "aws_bedrock_runtime_endpoint",
        "vertex_project",
        "vertex_location",
        "vertex_credentials",
        "litellm_params",
        "litellm_metadata",
        "mock_response",
    }
)
_LEFT_OUT = OVERRIDES | {"model", "stream", "stream_options"}
DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"


class ChatDialect:
    """`POST /v1/chat/completions`."""

    name = "chat"

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field. Unknown fields stay in `body`."""
        return self.read(without_nulls(body))

    def read(self, body: Json) -> Call:
        """The call of a body in chat form that holds no nulls. Raises `BadRequest` naming the field."""
        body = tidy_chat(body)
        check_body(body)
        options = body.get("stream_options") or {}
        return Call(
            dialect=self.name,
            model=body["model"],
            stream=bool(body.get("stream")),
            include_usage=bool(options.get("include_usage")),
            body={name: value for name, value in paced(body.items()) if name not in _LEFT_OUT},
        )

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole `chat.completion`, showing the route id as its model."""
        choices = [_complete(choice) for choice in reply["choices"]]
        return orjson.dumps({**reply, "model": model, "choices": choices})

    def stream(self, call: Call, model: str) -> "ChatStream":
        """The renderer of one stream."""
        return ChatStream(model, call.include_usage)

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """The error body; the request id travels in its header."""
        return error_body(problem, message)


class OpenAIStream:
    """What OpenAI's event streams without names share; subclasses add `chunk`.

    `model` is the route id to show; `include_usage` whether the client asked for a usage chunk.
    """

    __slots__ = ("_include_usage", "_model")

    def __init__(self, model: str, include_usage: bool) -> None:
        self._model = model
        self._include_usage = include_usage

    def end(self) -> bytes:
        """`data: [DONE]`."""
        return DONE

    def error(self, problem: Problem, message: str) -> bytes:
        """One `data:` event with the error object; no `[DONE]` follows it."""
        return data_event(problem_object(problem, message))

    def ping(self) -> bytes:
        """A comment line, which clients skip."""
        return PING


class ChatStream(OpenAIStream):
    """Renders one chat stream."""

    __slots__ = ()

    def chunk(self, chunk: Json) -> bytes:
        """One `data:` event; empty for a chunk without choices, except usage that was asked for."""
        usage = chunk.get("usage")
        if not chunk.get("choices") and not (usage and self._include_usage):
            return b""
        shown = {**chunk, "model": self._model}
        shown.setdefault("object", "chat.completion.chunk")  # some upstreams omit it, and clients need it
        if self._include_usage:
            shown["usage"] = usage
        else:
            shown.pop("usage", None)
        return data_event(shown)


def _complete(choice: Json) -> Json:
    """The choice with the members that OpenAI's schema requires although they may be null."""
    message = {"role": "assistant", "content": None, "refusal": None, **choice["message"]}
    return {"logprobs": None, **choice, "message": message}


def data_event(event: Json) -> bytes:
    """One unnamed event of an event stream."""
    return b"data: " + orjson.dumps(event) + b"\n\n"


def problem_object(problem: Problem, message: str) -> Json:
    """OpenAI's error object: `{"error": {message, type, param, code}}`."""
    return {"error": {"message": message, "type": problem.type, "param": problem.param, "code": problem.code}}


def error_body(problem: Problem, message: str) -> bytes:
    """OpenAI's error object as a response body."""
    return orjson.dumps(problem_object(problem, message))
