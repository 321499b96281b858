"""Values of every kind go through a gateway that protects them, along every way of a call, and are then searched for
in everything that was kept, told or sent on."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import traces
from tests.fakes.anthropic_wire import KEY as CLAUDE_KEY
from tests.fakes.anthropic_wire import AnthropicWire
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fakes.wire_server import FakeWire
from tests.running import RunningGateway

CHAT, CLAUDE = "openai/gpt-4.1-mini-us", "anthropic/claude-sonnet-4-6-us"
SAID = (
    "Margaret Thornton (margaret.thornton@gmail.com, 514-276-4410) was born on March 14, 1987; her SIN is 130 692 544.",
    "Ask Jean-François Lévesque about card 4539 1488 0343 6467 and IBAN GB82 WEST 1234 5698 7654 32.",
    "She lives at 1187 Wellington Crescent, Winnipeg, MB R3N 0A1. Her passport is GA302922.",
    "Health card LEVJ 8703 1418. Driver's licence T4417-58213-70314, account number: 7719204.",
    "It came from 24.48.17.203 with 00:1B:44:11:3A:B7.",
    "Use sk-proj-Zk39fjQmw8Lxv2Tb7RcN and postgres://app:pw9Kx2mQ7@db.acme.ca/x.",
)
TEXT = "\n\n".join(SAID)
VALUES = (
    "Margaret", "Thornton", "Jean-François", "Lévesque", "margaret.thornton@gmail.com", "514-276-4410",
    "March 14, 1987", "130 692 544", "4539 1488 0343 6467", "GB82 WEST 1234 5698 7654 32", "1187 Wellington",
    "R3N 0A1", "GA302922", "LEVJ 8703 1418", "T4417-58213-70314", "7719204", "24.48.17.203", "00:1B:44:11:3A:B7",
    "sk-proj-Zk39fjQmw8Lxv2Tb7RcN", "pw9Kx2mQ7",
)  # fmt: skip
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PARAMETERS = {"type": "object", "properties": {"to": {"type": "string"}}}
LOAD_S = 30.0


@dataclass
class Scene:
    """A gateway that protects, its two upstreams, a key, and what was answered."""

    gateway: RunningGateway
    openai: FakeOpenAI
    claude: FakeWire
    key: str
    statuses: list[int] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)

    def ask(self, path: str, body: Any, *scripts: Script) -> bytes:
        """POST; the answer, or what came of it. Errors are kept."""
        (self.claude if CLAUDE in str(body) else self.openai).scripts.extend(scripts)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.gateway.url}{path}", raw, headers)
        try:
            with urllib.request.urlopen(request, timeout=LOAD_S) as response:
                self._noted(response.status, response.headers)
                return bytes(response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                self._noted(refused.code, refused.headers)
                self.errors.append(refused.read())
                return b""

    def _noted(self, status: int, headers: Any) -> None:
        self.statuses.append(status)
        self.identities.append(headers["X-NI-Request-ID"])

    def read(self, path: str) -> bytes:
        """GET with the key."""
        request = urllib.request.Request(f"{self.gateway.url}{path}", headers={"x-api-key": self.key})
        with urllib.request.urlopen(request, timeout=20) as response:
            return bytes(response.read())

    def kept(self) -> dict[str, bytes]:
        """All that is left of the calls, and all that went on."""
        told = {path: self.read(path) for path in ("/metrics", "/api/usage?limit=100")}
        for identity in filter(None, self.identities):
            with contextlib.suppress(urllib.error.HTTPError):
                told[identity] = self.read(f"/api/usage/custody/{identity}")
        self.gateway.stop()
        sent = {
            "to the chat upstream": json.dumps(
                [self.openai.requests, _without_credential(self.openai.headers)]
            )
        }
        seen = [one.raw.decode() + str(_without_credential([one.headers])) for one in self.claude.seen]
        sent["to the other upstream"] = json.dumps(seen, ensure_ascii=False)
        told |= {name: text.encode() for name, text in sent.items()}
        return traces.files(self.gateway.home) | told | {"the errors": b"\n".join(self.errors)}


def _without_credential(headers: list[dict[str, str]]) -> list[dict[str, str]]:
    """What an upstream was told beside its own credential."""
    ours = {f"Bearer {KEY}", CLAUDE_KEY}
    return [{name: value for name, value in each.items() if value not in ours} for each in headers]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with FakeOpenAI() as chat, FakeWire(AnthropicWire()) as claude:
        gateway = RunningGateway(
            tmp_path, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=chat.base_url, ANTHROPIC_API_KEY=CLAUDE_KEY,
            ANTHROPIC_BASE_URL=claude.url, NI_PII_WORKERS="1", NI_LOG_LEVEL="debug",
        )  # fmt: skip
        gateway.ni("init")
        try:
            yield Scene(gateway.start(), chat, claude, gateway.key("--pii", "on"))
        finally:
            gateway.kill()


def bodies(text: str) -> list[tuple[str, dict[str, Any]]]:
    """A call of each dialect, with each way of saying something that it has."""
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "send", "arguments": json.dumps({"to": text})},
    }
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    chat = [
        {"role": "system", "content": f"The user: {text}"},
        {"role": "user", "content": text, "name": "Margaret_Thornton"},
        {"role": "assistant", "content": text, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps({"found": text})},
        {"role": "user", "content": [{"type": "text", "text": text}, image]},
    ]
    used = {"type": "tool_use", "id": "toolu_1", "name": "send", "input": {"to": text}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": text}]}
    messages = [
        {"role": "user", "content": text},
        {"role": "assistant", "content": [{"type": "text", "text": text}, used]},
        {"role": "user", "content": [result, {"type": "text", "text": text}]},
    ]
    claude = {"max_tokens": 300, "system": text, "messages": messages}
    said = [
        {"role": "user", "content": text},
        {"type": "function_call", "call_id": "call_1", "name": "send", "arguments": json.dumps({"to": text})},
        {"type": "function_call_output", "call_id": "call_1", "output": text},
    ]
    return [
        ("/v1/chat/completions", {"model": CHAT, "messages": chat, "user": "margaret.thornton@gmail.com"}),
        (f"/openai/deployments/{CHAT}/chat/completions", {"messages": chat[1:2]}),
        ("/v1/responses", {"model": CHAT, "instructions": text, "input": said}),
        ("/v1/messages", {"model": CHAT, **claude}),
        ("/v1/messages", {"model": CLAUDE, **claude}),
    ]  # fmt: skip


def _spoken(scene: Scene) -> None:
    """Every dialect, whole and streamed; the answers repeat the values."""
    while b"Margaret" not in scene.ask(*bodies("I am Margaret Thornton.")[1]):
        assert scene.statuses[-1] == 503, "the names may still be loading"
    for path, body in bodies(TEXT):
        assert "Thornton" in scene.ask(path, body).decode()
        assert b"Thornton" in scene.ask(path, {**body, "stream": True})
    tools = [{"type": "function", "function": {"name": "send", "parameters": PARAMETERS}}]
    path, body = bodies(TEXT)[1]
    assert b"send" in scene.ask(path, {**body, "tools": tools})


def _failing(scene: Scene) -> None:
    """Providers that refuse, break off, or answer what nobody understands; each quotes what it was told."""
    quoted = json.dumps({"error": {"message": TEXT, "type": TEXT, "code": TEXT, "param": TEXT}}).encode()
    odd = [b'{"choices": []}', json.dumps({"choices": [{"message": TEXT}]}).encode(), TEXT.encode(), b"{"]
    scripts = [Script(status=status, body=quoted) for status in (400, 401, 404, 429, 500)]
    scripts += [Script(body=body) for body in odd]
    scripts += [Script(cut_at=60), Script(no_answer=True), Script(body=b"data: " + quoted + b"\n\n")]
    path, body = bodies(TEXT)[0]
    for script in scripts:
        for streamed in (False, True):
            with contextlib.suppress(OSError, ValueError):  # a stream that breaks off breaks off here too
                scene.ask(path, {**body, "stream": streamed}, script)
            scene.openai.scripts.clear()


def _malformed(scene: Scene) -> None:
    path, body = bodies(TEXT)[0]
    scene.ask(path, json.dumps(body).encode()[:-2])
    scene.ask(path, {**body, "temperature": [TEXT]})
    scene.ask(path, {**body, "messages": [{"role": TEXT, "content": 4}]})
    scene.ask(path, {**body, "messages": TEXT})
    scene.ask("/v1/messages", {"model": CHAT, "messages": [{"role": "user", "content": {"type": TEXT}}]})
    scene.ask("/v1/responses", {"model": CHAT, "input": [{"type": TEXT}], "previous_response_id": TEXT})
    scene.ask(path, json.dumps({**body, TEXT: 1}).encode().replace(b'"model"', b'"user": 1, "model"', 1))


def _leaving(scene: Scene) -> None:
    """A client that goes while its answer comes."""
    path, body = bodies(TEXT)[1]
    raw = json.dumps({**body, "stream": True}).encode()
    address = "127.0.0.1", scene.gateway.port
    head = f"POST {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nContent-Type: application/json\r\n"
    scene.openai.scripts.append(Script(stall_at=400))
    with socket.create_connection(address) as client:
        client.sendall(
            f"{head}Authorization: Bearer {scene.key}\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw
        )
        assert scene.openai.stalled.wait(LOAD_S)
    assert scene.openai.peer_left.wait(LOAD_S)


def _killed(scene: Scene) -> None:
    """The worker of names dies while it reads: its call is refused, the next one served."""
    path = bodies("")[1][0]
    [gateway] = scene.gateway.workers()
    [worker] = Path(f"/proc/{gateway}/task/{gateway}/children").read_text().split()
    document = "\n".join(f"{TEXT} And number {at} was there too." for at in range(400))
    long = {"messages": [{"role": "user", "content": document}]}
    asking = threading.Thread(target=scene.ask, args=(path, long))
    before = _ticks(worker)
    asking.start()
    ends_at = time.monotonic() + LOAD_S
    while _ticks(worker) < before + 5 and time.monotonic() < ends_at:
        time.sleep(0.002)
    os.kill(int(worker), signal.SIGKILL)
    asking.join()
    assert scene.statuses[-1] == 503
    assert b"detection_failed" in scene.errors[-1]
    while b"Margaret" not in scene.ask(*bodies("I am Margaret Thornton again.")[1]):
        assert scene.statuses[-1] == 503
        assert time.monotonic() < ends_at


def _ticks(pid: str) -> int:
    """CPU time of a process, user and system, in clock ticks (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_no_value_stays_or_goes_on_whatever_becomes_of_the_call(scene: Scene) -> None:
    for step in (_spoken, _failing, _malformed, _leaving, _killed):
        step(scene)
    assert {200, 400, 502, 503} <= set(scene.statuses)
    kept = scene.kept()
    assert any("ni.db" in name for name in kept)
    assert b"ni_calls_total" in kept["/metrics"]
    assert sum(b'"person"' in content.lower() for content in kept.values()) > 20, "records name the kinds"
    assert len(scene.openai.requests) > 20
    assert traces.found(kept, (*VALUES, scene.key, KEY, CLAUDE_KEY)) == []


@pytest.mark.parametrize("value", VALUES)
def test_a_value_would_be_found_in_any_of_its_forms(value: str) -> None:
    for form in traces.forms(value):
        assert traces.found({"file": b"..." + form + b"..."}, [value]) == [("file", value[:12])]
    assert traces.found({"file": value.upper().encode()}, [value])
    assert traces.found({"file": json.dumps({"to": f"a {value}"}).encode()}, [value])
    assert not traces.found({"file": b"nothing of it"}, [value])
