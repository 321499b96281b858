"""Puts a conversation together in chat form out of wire formats that write it down in other pieces.

Formats differ in where calls and results stand: blocks inside turns (Anthropic), items of their own (Responses). The
builder keeps chat's rules: calls sit on the assistant's message, each result is a message right behind it, and images
that a tool returned follow in a user's message, because a `tool` message carries text alone.

The texts of embeddings and completions: one string, several, or token numbers, as OpenAI's reference has them.

OpenAI's older completions: a prompt in, the text that follows it out; with `suffix`, the text between the two.

Servers that complete text themselves are sent the client's own body. Every other route is sent the prompt as one user's
message, which is what most programs that still use this address mean; what a message cannot say (`suffix`, `echo`,
several prompts) is then refused by name. Source: OpenAI's reference of `POST /v1/completions`.

OpenAI's embeddings: texts in, vectors out, as numbers or as base64 of little-endian 32-bit floats.

The source is OpenAI's reference of `POST /v1/embeddings`. Vectors are shown as the provider gave them: numbers as they
were written, and base64 unchanged where it was asked for and given.
"""

import base64
import struct
from collections.abc import Mapping
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.base import StreamRenderer
from ni.dialects.chat import DONE, PING, error_body
from ni.dialects.chat_validation import MAX_MODEL, MAX_TOKENS, check_body
from ni.domain.call import Call, Json
from ni.domain.errors import BadRequest, Problem, UnsupportedParameter
from ni.domain.route import CallKind

MOST_TEXTS = 2048
MOST_TOKENS = 1_000_000
_TOKEN = json_body.whole(0, 2**31 - 1)
_SHARED = ("max_tokens", "temperature", "top_p", "n", "stop", "presence_penalty", "frequency_penalty", "seed", "user",
           "logit_bias", "stream", "stream_options")  # fmt: skip
_OWN = (*_SHARED[:-2], "prompt", "suffix", "echo", "best_of", "logprobs", "top_k", "min_p", "repeat_penalty",
        "repetition_penalty", "grammar", "cache_prompt", "n_predict")  # fmt: skip
"""What a server that completes text is sent: OpenAI's fields, and those of llama.cpp, vLLM and Ollama for sampling."""
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
        said = prompts[0] if isinstance(prompts[0], str) else "-"
        chat = {name: body[name] for name in ("model", *_SHARED) if body.get(name) is not None}
        chat["messages"] = [{"role": "user", "content": said}]
        check_body(chat)
        options = chat.pop("stream_options", None) or {}
        return Call(
            dialect=self.name,
            model=chat.pop("model"),
            stream=bool(chat.pop("stream", False)),
            include_usage=bool(options.get("include_usage")),
            body=chat,
            native=body,
            passable={name: body[name] for name in _OWN if body.get(name) is not None},
            untold=_untold(body, len(prompts), tokens=tokens),
            token_field="prompt" if tokens else "",
        )

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole `text_completion`."""
        choices = [_choice(choice, choice["message"], "stop") for choice in reply["choices"]]
        return orjson.dumps({**_framed(reply, model), "choices": choices, "usage": reply.get("usage")})

    def stream(self, call: Call, model: str) -> "CompletionsStream":
        """The renderer of one stream."""
        return CompletionsStream(model, call.include_usage)

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """OpenAI's error object."""
        return error_body(problem, message)


class CompletionsStream:
    """Renders one stream."""

    __slots__ = ("_include_usage", "_model")

    def __init__(self, model: str, include_usage: bool) -> None:
        self._model = model
        self._include_usage = include_usage

    def chunk(self, chunk: Json) -> bytes:
        """One `data:` event; empty for a chunk that says nothing here (a role, reasoning)."""
        choices = [_choice(choice, choice.get("delta") or {}, None) for choice in chunk.get("choices") or ()]
        choices = [choice for choice in choices if choice["text"] or choice["finish_reason"]]
        usage = chunk.get("usage") if self._include_usage else None
        if not choices and not usage:
            return b""
        shown: Json = {**_framed(chunk, self._model), "choices": choices}
        return b"data: " + orjson.dumps(shown | ({"usage": usage} if usage else {})) + b"\n\n"

    def end(self) -> bytes:
        """`data: [DONE]`."""
        return DONE

    def error(self, problem: Problem, message: str) -> bytes:
        """One `data:` event with the error object; no `[DONE]` follows it."""
        return b"data: " + error_body(problem, message) + b"\n\n"

    def ping(self) -> bytes:
        """A comment line."""
        return PING


def _untold(body: Json, prompts: int, *, tokens: bool) -> Problem | None:
    """Why a conversation tells less than the body, if it does."""
    if tokens:
        return BadRequest("`prompt` must be text on this route, not token numbers.", param="prompt")
    if prompts > 1:
        return BadRequest(_SEVERAL, param="prompt")
    for name in ("suffix", "echo"):
        if body.get(name):
            return UnsupportedParameter(_NEEDS_TEXT, param=name, field=name)
    return None


def _framed(told: Json, model: str) -> Json:
    identity = str(told.get("id") or "").removeprefix("chatcmpl-").removeprefix("cmpl-")
    return {
        "id": f"cmpl-{identity}",
        "object": "text_completion",
        "created": told.get("created") or 0,
        "model": model,
    }


def _choice(choice: Json, said: Json, reason: str | None) -> Json:
    found: Any = choice.get("finish_reason")
    logprobs = choice.get("logprobs")
    return {
        "text": said.get("content") or "",
        "index": choice.get("index") or 0,
        "logprobs": logprobs if isinstance(logprobs, dict) and "tokens" in logprobs else None,
        "finish_reason": _REASONS.get(found, found) or reason,
    }


_CARRIED = ("input", "dimensions", "encoding_format", "user", "input_type", "task_type", "truncate")
"""What providers take; `input_type` and `task_type` are Cohere's and Google's words for what a vector is for."""
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
        model = body.get("model")
        if type(model) is not str or not model.strip() or len(model) > MAX_MODEL:
            raise json_body.refuse("model", f"a non-empty string of at most {MAX_MODEL} characters")
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
        shown = as_base64 if call.body.get("encoding_format") == "base64" else as_numbers
        data = [
            {"object": "embedding", "index": at, "embedding": shown(vector)}
            for at, vector in enumerate(reply["vectors"])
        ]
        counted = (reply.get("usage") or {}).get("prompt_tokens") or 0
        usage = {"prompt_tokens": counted, "total_tokens": counted}
        return orjson.dumps({"object": "list", "data": data, "model": model, "usage": usage})

    def stream(self, call: Call, model: str) -> StreamRenderer:
        """Nothing is streamed; answers of our own neither, for a name that is no route is an error here."""
        return _NoStream()

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """OpenAI's error object."""
        return error_body(problem, message)


class _NoStream:
    """Renders nothing."""

    def chunk(self, chunk: Json) -> bytes:
        """Nothing."""
        return b""

    def end(self) -> bytes:
        """`data: [DONE]`."""
        return DONE

    def error(self, problem: Problem, message: str) -> bytes:
        """One `data:` event with the error object."""
        return b"data: " + error_body(problem, message) + b"\n\n"

    def ping(self) -> bytes:
        """A comment line."""
        return PING


def as_base64(vector: Any) -> str:
    """The vector as base64 of 32-bit floats; one that came so is shown as it came."""
    if isinstance(vector, str):
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def as_numbers(vector: Any) -> list[float]:
    """The vector as numbers. Raises `ValueError` for base64 that holds no 32-bit floats."""
    if not isinstance(vector, str):
        numbers: list[float] = vector
        return numbers
    octets = base64.b64decode(vector, validate=True)
    if len(octets) % 4:
        raise ValueError("not 32-bit floats")
    return list(struct.unpack(f"<{len(octets) // 4}f", octets))


def check_texts(value: Any, name: str) -> bool:
    """Whether `value` holds token numbers. Raises `BadRequest` naming the entry that is neither text nor tokens."""
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
    """The texts one by one: strings, or lists of token numbers."""
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
