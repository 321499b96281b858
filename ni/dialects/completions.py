"""OpenAI's older completions: a prompt in, the text that follows it out; with `suffix`, the text between the two.

Servers that complete text themselves are sent the client's own body. Every other route is sent the prompt as one user's
message, which is what most programs that still use this address mean; what a message cannot say (`suffix`, `echo`,
several prompts) is then refused by name. Source: OpenAI's reference of `POST /v1/completions`.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.chat import DONE, PING, error_body
from ni.dialects.chat_validation import check_body
from ni.dialects.conversation import check_texts, texts_of
from ni.domain.call import Call, Json
from ni.domain.errors import BadRequest, Problem, UnsupportedParameter

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
            raw_body=body,
            passthrough_body={name: body[name] for name in _OWN if body.get(name) is not None},
            untranslatable=_untold(body, len(prompts), tokens=tokens),
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
