"""A fake upstream for any wire: the wire says what to answer, the scripts of the OpenAI fake say how it goes wrong.

What the wire refuses is refused whatever the script says, so that a wrong request fails its test.
"""

import json
import time
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tests.fakes.openai_server import FakeOpenAI, Script, _Handler


@dataclass(frozen=True)
class Seen:
    """One request."""

    path: str
    headers: dict[str, str]
    raw: bytes
    url: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """The body as JSON."""
        found: dict[str, Any] = json.loads(self.raw)
        return found


@dataclass(frozen=True)
class Told:
    """What is answered."""

    status: int
    body: bytes
    form: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def told(status: int, body: Any, **headers: str) -> Told:
    """A JSON answer."""
    return Told(status, json.dumps(body, ensure_ascii=False).encode(), headers=headers)


class Wire(Protocol):
    """One upstream's grammar."""

    def answer(self, seen: Seen) -> Told:
        """The answer, or the refusal that the request earns."""


class FakeWire(FakeOpenAI):
    """The server; `seen` are the requests that came."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.RequestHandlerClass = _WireHandler
        self.wire = wire
        self.pace_s = 0.0  # between two pieces of a body
        self.seen: list[Seen] = []

    @property
    def url(self) -> str:
        """Scheme and authority."""
        return self.base_url.removesuffix("/v1")

    def __enter__(self) -> "FakeWire":
        super().__enter__()
        return self


class _WireHandler(_Handler):
    server: FakeWire

    def _emit(self, body: bytes, piece: int) -> None:
        try:
            for at in range(0, len(body), piece or max(1, len(body))):
                time.sleep(self.server.pace_s)
                super()._emit(body[at : at + (piece or len(body))], 0)
        except OSError:
            self.server.peer_left.set()
            raise

    def do_POST(self) -> None:  # noqa: N802  # the base class names it so
        script = self._script()
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.path, headers, raw, self.server.url)
        self.server.seen.append(seen)
        answer = self.server.wire.answer(seen)
        if answer.status != 200:
            self._send(Script(status=answer.status, headers=answer.headers), answer.form, answer.body)
        elif script.status != 200 or script.body is not None:
            self._send(script, script.headers.get("Content-Type", answer.form), script.body or b"")
        else:
            told_headers = answer.headers | script.headers
            self._send(replace(script, headers=told_headers), answer.form, answer.body)
