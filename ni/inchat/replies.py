"""The gateway's own text as an assistant's message in chat form, whole or streamed, with zero usage.

Every dialect renders chat form, so these answers look like a model's in each of them.
"""

from collections.abc import Iterator
from datetime import datetime

from ni.domain.call import Json

PIECE = 400
"""Characters per chunk: a long list arrives in a few pieces, as clients expect of a stream."""


def zero_usage() -> Json:
    """OpenAI's usage object for a call that no model saw."""
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def chat_reply(text: str, model: str, request_id: str, created: datetime) -> Json:
    """A `chat.completion` that says `text`; `model` is the name the client asked for."""
    return {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": int(created.timestamp()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": zero_usage(),
    }


def chat_chunks(text: str, model: str, request_id: str, created: datetime) -> Iterator[Json]:
    """The same as `chat.completion.chunk` objects: role, pieces of text, finish reason, usage."""
    frame = {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion.chunk",
        "created": int(created.timestamp()),
        "model": model,
    }
    yield {**frame, "choices": [_choice({"role": "assistant", "content": ""})]}
    for start in range(0, len(text), PIECE):
        yield {**frame, "choices": [_choice({"content": text[start : start + PIECE]})]}
    yield {**frame, "choices": [_choice({}, "stop")]}
    yield {**frame, "choices": [], "usage": zero_usage()}


def _choice(delta: Json, finish_reason: str | None = None) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
