"""What the web process holds in memory once every provider was called, with the libraries that each brings.

A real server, its providers pointed at fakes by the environment alone, Google's credentials from a key file.
"""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes import anthropic_wire, azure_wire, bedrock_wire, openai_server, vertex_wire
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.raw_server import RawServer
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tests.running import RunningGateway

MOST_MIB = 260
ROUTES = {
    "anthropic/claude-haiku-4-5-20251001-us": "Anthropic",
    "azure/gpt-4.1-mini-ca": "Azure",
    "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0-global": "Bedrock",
    "local/qwen-local": "Local",
    "openai/gpt-4.1-mini-us": "OpenAI",
    "sandbox/echo-local": "Sandbox",
    "vertex_ai/gemini-2.5-flash-ca": "Vertex",
}


def key_file(folder: Path, port: int) -> str:
    """A service account's key whose tokens are granted at a loopback port."""
    made = rsa.generate_private_key(65537, 2048)
    form = serialization.PrivateFormat.PKCS8
    pem = made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    named = {"type": "service_account", "project_id": vertex_wire.PROJECT, "private_key": pem,
             "client_email": "ni@project-1.example", "token_uri": f"http://127.0.0.1:{port}/token"}  # fmt: skip
    (folder / "google.json").write_text(json.dumps(named))
    return str(folder / "google.json")


def grant() -> bytes:
    wire = json.dumps(
        {"access_token": vertex_wire.TOKEN, "expires_in": 3600, "token_type": "Bearer"}
    ).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(wire)}\r\n\r\n"
    return head.encode() + wire


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    with ExitStack() as stack:
        urls = {name: stack.enter_context(FakeWire(each.wire())).url for name, each in UPSTREAMS.items()}
        openai = stack.enter_context(FakeOpenAI())
        google = stack.enter_context(RawServer([grant()] * 3))
        instance = RunningGateway(
            tmp_path,
            ANTHROPIC_BASE_URL=urls["anthropic"],
            ANTHROPIC_API_KEY=anthropic_wire.KEY,
            AZURE_OPENAI_ENDPOINT=urls["azure"],
            AZURE_OPENAI_API_KEY=azure_wire.KEY,
            OPENAI_API_VERSION="2024-10-21",
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME=urls["bedrock"],
            AWS_ACCESS_KEY_ID=bedrock_wire.ACCESS,
            AWS_SECRET_ACCESS_KEY=bedrock_wire.SECRET,
            NI_VERTEX_ENDPOINT=urls["vertex_ai"],
            GOOGLE_APPLICATION_CREDENTIALS=key_file(tmp_path, google.port),
            OPENAI_BASE_URL=openai.base_url,
            OPENAI_API_KEY=openai_server.KEY,
            NI_LOCAL_BASE_URL=openai.base_url,
            NI_LOCAL_API_KEY=openai_server.KEY,
        )
        instance.ni("init")
        yield instance.start()
        instance.stop()


def ask(gateway: RunningGateway, key: str, model: str, *, stream: bool) -> str:
    """Call a route, read the answer to its end; which provider the headers name."""
    wire = {"model": model, "messages": [{"role": "user", "content": "Bonjour"}], "stream": stream}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{gateway.url}/v1/chat/completions", json.dumps(wire).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert "error" not in answer.read().decode()
        return str(answer.headers["X-NI-Resolved-Provider"])


def test_the_web_process_stays_small_once_every_provider_was_called(gateway: RunningGateway) -> None:
    key = gateway.key()
    for stream in (False, True):
        asked = {model: ask(gateway, key, model, stream=stream) for model in ROUTES}
        assert asked == ROUTES
    (worker,) = gateway.workers()
    resident = int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * 4 / 1024
    assert resident < MOST_MIB, f"{resident:.0f} MiB"
