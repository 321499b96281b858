"""OpenAI's embeddings and older completions: the endpoints whose input is plain text or numbers of tokens.

Sources: OpenAI's references of `POST /v1/embeddings` and `POST /v1/completions`.

Completions give the text that follows a prompt; with `suffix`, the text between the two. Upstreams that complete text
themselves are sent the client's own body. Every other route is sent the prompt as one user message, which is what most
programs at this address mean; what a message cannot express (`suffix`, `echo`, several prompts) is then refused by
name.

Vectors are returned as the provider gave them, unless the client asked for the other encoding: numbers, or base64 of
little-endian 32-bit floats.
"""

import base64
import struct
from collections.abc import Mapping
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.base import StreamRenderer, dropped_members, is_present, other_than
from ni.dialects.chat import OpenAIStream, data_event, error_body
from ni.dialects.chat_validation import MAX_TOKENS, check_body, check_model
from ni.domain.call import Call, Json
from ni.domain.errors import BadRequest, Problem, UnsupportedParameter
from ni.domain.route import CallKind

MOST_TEXTS = 2048
MOST_TOKENS = 1_000_000
_TOKEN = json_body.whole(0, 2**31 - 1)
_SAMPLING = (
    "max_tokens", "temperature", "top_p", "n", "stop", "presence_penalty", "frequency_penalty", "seed", "user",
    "logit_bias",
)  # fmt: skip
_CHAT_FIELDS = (*_SAMPLING, "stream", "stream_options")
_TEXT_FIELDS = (
    *_SAMPLING, "prompt", "suffix", "echo", "best_of", "logprobs", "top_k", "min_p", "repeat_penalty",
    "repetition_penalty", "grammar", "cache_prompt", "n_predict",
)  # fmt: skip
"""Fields for a server that completes text: OpenAI's, and those of llama.cpp, vLLM and Ollama for sampling."""
_LOST = {"best_of": other_than(1), "logprobs": lambda _: True} | dict.fromkeys(
    ("top_k", "min_p", "repeat_penalty", "repetition_penalty", "grammar", "n_predict"), is_present
)
"""What a chat model is not told, and the client is."""
_REASONS = {"tool_calls": "stop", "function_call": "stop"}
_NEEDS_TEXT = (
    "`%(field)s` needs a route that completes text itself, such as one of an own server; this one is sent the prompt "
    "as a message. Leave it out, or choose another route."
)
_SEVERAL = "This route is sent the prompt as one message, so `prompt` must be one string. Send each in its own request."


class CompletionsDialect:
    """`POST /v1/completions`."""

    name = "completions"

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field."""
        tokens = check_texts(body.get("prompt"), "prompt")
        if body.get("suffix") is not None:
            json_body.text(body["suffix"], "suffix")
        if body.get("echo") is not None:
            json_body.flag(body["echo"], "echo")
        for name, most in (("best_of", 20), ("logprobs", 20)):
            if body.get(name) is not None:
                json_body.whole(0, most)(body[name], name)
        prompts = texts_of(body["prompt"])
        prompt = prompts[0] if isinstance(prompts[0], str) else "-"
        chat = {name: body[name] for name in ("model", *_CHAT_FIELDS) if body.get(name) is not None}
        chat["messages"] = [{"role": "user", "content": prompt}]
        check_body(chat)
        options = chat.pop("stream_options", None) or {}
        return Call(
            dialect=self.name,
            model=chat.pop("model"),
            stream=bool(chat.pop("stream", False)),
            include_usage=bool(options.get("include_usage")),
            body=chat,
            raw_body=body,
            passthrough_body={name: body[name] for name in _TEXT_FIELDS if body.get(name) is not None},
            untranslatable=_untranslatable(body, len(prompts), tokens=tokens),
            token_field="prompt" if tokens else "",
            warnings_translated=dropped_members(body, _LOST),
        )

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole `text_completion`."""
        choices = [_choice(choice, choice["message"], "stop") for choice in reply["choices"]]
        return orjson.dumps({**_envelope(reply, model), "choices": choices, "usage": reply.get("usage")})

    def stream(self, call: Call, model: str) -> "CompletionsStream":
        """The renderer of one stream."""
        return CompletionsStream(model, call.include_usage)

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """OpenAI's error object."""
        return error_body(problem, message)


class CompletionsStream(OpenAIStream):
    """Renders one stream."""

    __slots__ = ()

    def chunk(self, chunk: Json) -> bytes:
        """One `data:` event; empty for a chunk without text, reason or usage (a role, reasoning)."""
        choices = [_choice(choice, choice.get("delta") or {}, None) for choice in chunk.get("choices") or ()]
        choices = [choice for choice in choices if choice["text"] or choice["finish_reason"]]
        usage = chunk.get("usage") if self._include_usage else None
        if not choices and not usage:
            return b""
        shown: Json = {**_envelope(chunk, self._model), "choices": choices}
        return data_event(shown | ({"usage": usage} if usage else {}))


def _untranslatable(body: Json, prompts: int, *, tokens: bool) -> Problem | None:
    """The error of a route that is sent the prompt as a message, if a message cannot express the body."""
    if tokens:
        return BadRequest("`prompt` must be text on this route, not token numbers.", param="prompt")
    if prompts > 1:
        return BadRequest(_SEVERAL, param="prompt")
    for name in ("suffix", "echo"):
        if body.get(name):
            return UnsupportedParameter(_NEEDS_TEXT, param=name, field=name)
    return None


def _envelope(chat: Json, model: str) -> Json:
    """The members of a `text_completion` that are not choices, from those of a chat reply or chunk."""
    identity = str(chat.get("id") or "").removeprefix("chatcmpl-").removeprefix("cmpl-")
    return {
        "id": f"cmpl-{identity}",
        "object": "text_completion",
        "created": chat.get("created") or 0,
        "model": model,
    }


def _choice(choice: Json, message: Json, default_reason: str | None) -> Json:
    """A choice with the text of `message`, which may be a delta, and without log probabilities in chat's form."""
    reason: Any = choice.get("finish_reason")
    logprobs = choice.get("logprobs")
    return {
        "text": message.get("content") or "",
        "index": choice.get("index") or 0,
        "logprobs": logprobs if isinstance(logprobs, dict) and "tokens" in logprobs else None,
        "finish_reason": _REASONS.get(reason, reason) or default_reason,
    }


_CARRIED = ("input", "dimensions", "encoding_format", "user", "input_type", "task_type", "truncate")
"""Fields that providers take; `input_type` (Cohere) and `task_type` (Google) say what the vector is used for."""
_CHECKS = {
    "dimensions": json_body.whole(1, MAX_TOKENS),
    "encoding_format": json_body.one_of("float", "base64"),
    "user": json_body.text,
    "input_type": json_body.text,
    "task_type": json_body.text,
    "truncate": json_body.text,
}


class EmbeddingsDialect:
    """`POST /v1/embeddings`."""

    name = "embeddings"

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field."""
        model = check_model(body.get("model"))
        tokens = check_texts(body.get("input"), "input")
        for name, check in _CHECKS.items():
            if body.get(name) is not None:
                check(body[name], name)
        return Call(
            dialect=self.name,
            model=model,
            stream=False,
            body={name: body[name] for name in _CARRIED if body.get(name) is not None},
            form=self.name,
            kind=CallKind.EMBEDDING,
            token_field="input" if tokens else "",
        )

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A list of embeddings; `reply` has `vectors`, each a list of numbers or base64, and `usage`."""
        encode = as_base64 if call.body.get("encoding_format") == "base64" else as_numbers
        data = [
            {"object": "embedding", "index": index, "embedding": encode(vector)}
            for index, vector in enumerate(reply["vectors"])
        ]
        tokens_used = (reply.get("usage") or {}).get("prompt_tokens") or 0
        usage = {"prompt_tokens": tokens_used, "total_tokens": tokens_used}
        return orjson.dumps({"object": "list", "data": data, "model": model, "usage": usage})

    def stream(self, call: Call, model: str) -> StreamRenderer:
        """A renderer that sends nothing: embeddings have no `stream`, and the gateway has no own replies here."""
        return _NoStream(model, include_usage=False)

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """OpenAI's error object."""
        return error_body(problem, message)


class _NoStream(OpenAIStream):
    """The renderer that the interface asks for; embeddings are never streamed."""

    __slots__ = ()

    def chunk(self, chunk: Json) -> bytes:
        """Always empty."""
        return b""


def as_base64(vector: Any) -> str:
    """The vector as base64 of 32-bit floats; unchanged if it is base64 already."""
    if isinstance(vector, str):
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def as_numbers(vector: Any) -> list[float]:
    """The vector as numbers. Raises `ValueError` for base64 that does not hold 32-bit floats."""
    if not isinstance(vector, str):
        numbers: list[float] = vector
        return numbers
    octets = base64.b64decode(vector, validate=True)
    if len(octets) % 4:
        raise ValueError("not 32-bit floats")
    return list(struct.unpack(f"<{len(octets) // 4}f", octets))


def check_texts(value: Any, name: str) -> bool:
    """Whether `value` (a text, texts, token numbers or lists of them) holds token numbers.

    Raises `BadRequest` naming the entry that is neither text nor token numbers.
    """
    if isinstance(value, str):
        json_body.filled_text(value, name)
        return False
    if not json_body.a_list(value, name, MOST_TOKENS):
        raise json_body.refuse(name, "a non-empty string or array")
    if _is_number(value[0]):
        _check_tokens(value, name)
        return True
    return _check_entries(json_body.a_list(value, name, MOST_TEXTS), name)


def texts_of(value: Any) -> list[Any]:
    """The prompts or inputs as a list of strings or of lists of token numbers. `value` was checked before."""
    return value if isinstance(value, list) and not _is_number(value[0]) else [value]


def _check_entries(entries: list[Any], name: str) -> bool:
    tokens = False
    for place, entry in enumerate(entries):
        path = f"{name}[{place}]"
        if isinstance(entry, list):
            if not json_body.a_list(entry, path, MOST_TOKENS):
                raise json_body.refuse(path, "a non-empty string or array of token numbers")
            _check_tokens(entry, path)
            tokens = True
        else:
            json_body.filled_text(entry, path)
    return tokens


def _check_tokens(tokens: list[Any], path: str) -> None:
    for place, token in enumerate(tokens):
        _TOKEN(token, f"{path}[{place}]")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float, bool)
