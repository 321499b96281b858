"""Who can be asked: the upstream itself, nginx before it, the gateway before it, another gateway before it.

A peer is an address with a way to name a model and perhaps a key; all get byte for byte the same question otherwise.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INSTANT, PACED = "bench", "bench-paced"
"""The upstream's two models: answers at once, and one chunk each 20 ms."""
QUESTION = [
    {
        "role": "user",
        "content": "Which of these two sorting algorithms is stable, and why does it matter here?",
    }
]


@dataclass(frozen=True, slots=True)
class Peer:
    """One server under test; `pid` is that of its first process, where its CPU and memory are of interest."""

    name: str
    port: int
    key: str = ""
    model_shape: str = "{}"
    pid: int = 0

    def call(self, model: str = INSTANT, **fields: Any) -> bytes:
        """A whole HTTP/1.1 request for a chat completion."""
        content = {"model": self.model_shape.format(model), "messages": QUESTION, **fields}
        return self.post("/v1/chat/completions", content)

    def stream(self, model: str = INSTANT) -> bytes:
        """The same, streamed."""
        return self.call(model, stream=True)

    def post(self, path: str, content: Mapping[str, Any]) -> bytes:
        """A whole HTTP/1.1 request with a JSON body, compact as OpenAI's clients send it."""
        body = json.dumps(content, separators=(",", ":")).encode()
        lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Content-Type: application/json"]
        lines += [f"Authorization: Bearer {self.key}"] if self.key else []
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
