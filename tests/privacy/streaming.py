"""An answer that comes in pieces."""

from collections.abc import Iterable
from typing import Any

from ni.domain.call import Json


def streamed(restorer: Any, pieces: Iterable[str]) -> list[str]:
    """What is released of the pieces of one text, to the end of its choice."""
    chunks: list[Json] = [
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in pieces
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    released = [made for chunk in chunks for made in restorer.chunk(chunk)]
    return [choice["delta"].get("content", "") for made in released for choice in made["choices"]]
