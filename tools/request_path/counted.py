"""The WSGI application of a gateway whose calls are counted: `app.application`, and two addresses of the counter.

What is entered between `POST /count/start` and `POST /count/stop` is the answer of the second, as JSON.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from app import application as gateway
from tools.request_path.counter import Counter

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]

counter = Counter()


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The gateway, between the two addresses of the counter."""
    path = environ["PATH_INFO"]
    if path not in {"/count/start", "/count/stop"}:
        answer: Iterable[bytes] = gateway(environ, start_response)
        return answer
    start_response("200 OK", [("Content-Type", "application/json")])
    if path == "/count/stop":
        return [json.dumps(counter.stop()).encode()]
    counter.start()
    return [b"{}"]
