"""A gateway whose providers are all strict fakes on loopback: any body of any dialect to any route."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.assembled import Assembled, assembled
from tests.fakes import anthropic_wire, azure_wire, bedrock_wire, openai_server, vertex_wire
from tests.fakes.openai_rules import refuse
from tests.fakes.openai_server import Script
from tests.fakes.openai_wire import completion, events
from tests.fakes.own_wire import OwnWire
from tests.fakes.text_rules import embeddings, refuse_embeddings
from tests.fakes.wire_server import FakeWire, Seen, Told, Wire, told
from tests.sdk_bodies import PNG

OWN = "local/qwen3-8b-local"
AZURE, OPENAI = "azure/gpt-4.1-mini-ca", "openai/gpt-4.1-mini-us"
CLAUDE = "bedrock/global.anthropic.claude-sonnet-4-6-global"
MISTRAL, LLAMA = "bedrock/mistral.mistral-large-2402-v1:0-ca", "bedrock/meta.llama3-70b-instruct-v1:0-ca"
GEMINI, ANTHROPIC = "vertex_ai/gemini-2.5-flash-ca", "anthropic/claude-sonnet-4-6-us"
SIX = (AZURE, OPENAI, CLAUDE, GEMINI, ANTHROPIC, OWN)
EIGHT = (
    CLAUDE, "bedrock/global.anthropic.claude-opus-4-8-global",
    "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0-global", "vertex_ai/gemini-2.5-pro-ca", GEMINI, AZURE,
    MISTRAL, LLAMA,
)  # fmt: skip
"""The ids of the guide for Cursor."""
CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
Json = dict[str, Any]
HI: Json = {"role": "user", "content": "hi"}
AGAIN: Json = {"role": "user", "content": "again"}
LOOK: Json = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
CALL: Json = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":"x"}'}}
CALLED: Json = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT: Json = {"role": "tool", "tool_call_id": "c1", "content": "r"}
IMAGE: Json = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
WARNING = "X-NI-Warning"


def answered(response: TestResponse) -> TestResponse:
    """The response, which must be a success."""
    assert response.status_code == 200, response.data
    return response


def error_of(response: TestResponse) -> Json:
    """The error object of a refusal."""
    error: Json = json.loads(response.data)["error"]
    return error


class OpenAIWire:
    """OpenAI's wire as a `Wire`."""

    def answer(self, seen: Seen) -> Told:
        body = seen.body
        if "input" in body:
            refusal = refuse_embeddings(body)
            return told(*refusal) if refusal else told(200, embeddings(body))
        if refused := refuse(body):
            return told(*refused)
        if body.get("stream"):
            return Told(200, events(body), "text/event-stream; charset=utf-8")
        return told(200, completion(body))


@dataclass
class Everywhere:
    """The gateway, a key and the fakes by provider."""

    assembled: Assembled
    client: FlaskClient
    headers: dict[str, str]
    fakes: dict[str, FakeWire]

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        """Post a body, JSON or bytes as they are."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return self.client.post(path, data=body, headers=sent)
        return self.client.post(path, json=body, headers=sent)

    def sent(self, route: str) -> Json:
        """The last body that the route's provider was sent."""
        return self.fakes[route.partition("/")[0]].seen[-1].body

    def forget(self) -> None:
        """Let the fakes forget what they have seen."""
        for fake in self.fakes.values():
            fake.seen.clear()


def _wires() -> dict[str, Wire]:
    return {
        "openai": OpenAIWire(),
        "azure": azure_wire.AzureWire(),
        "bedrock": bedrock_wire.BedrockWire(),
        "vertex_ai": vertex_wire.VertexWire(),
        "anthropic": anthropic_wire.AnthropicWire(),
        "local": OwnWire(),
    }


def _settings(fakes: dict[str, FakeWire]) -> dict[str, str]:
    return {
        "NI_PRIVATE_NETWORKS": "127.0.0.0/8",
        "OPENAI_API_KEY": openai_server.KEY,
        "OPENAI_BASE_URL": f"{fakes['openai'].url}/v1",
        "AZURE_OPENAI_ENDPOINT": fakes["azure"].url,
        "AZURE_OPENAI_API_KEY": azure_wire.KEY,
        "OPENAI_API_VERSION": "2024-10-21",
        "AWS_REGION": "ca-central-1",
        "AWS_ACCESS_KEY_ID": bedrock_wire.ACCESS,
        "AWS_SECRET_ACCESS_KEY": bedrock_wire.SECRET,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": fakes["bedrock"].url,
        "GOOGLE_CLOUD_PROJECT": vertex_wire.PROJECT,
        "NI_VERTEX_ACCESS_TOKEN": vertex_wire.TOKEN,
        "NI_VERTEX_ENDPOINT": fakes["vertex_ai"].url,
        "ANTHROPIC_API_KEY": anthropic_wire.KEY,
        "ANTHROPIC_BASE_URL": fakes["anthropic"].url,
        "NI_LOCAL_BASE_URL": f"{fakes['local'].url}/v1",
        "NI_LOCAL_API_KEY": openai_server.KEY,
    }


@contextmanager
def everywhere(home: Path, **environ: str) -> Iterator[Everywhere]:
    """The instance in `home`, with all routes of the shipped catalog callable, `OWN`, and further settings."""
    with ExitStack() as stack:
        fakes = {name: stack.enter_context(FakeWire(wire)) for name, wire in _wires().items()}
        made = stack.enter_context(assembled(home, **_settings(fakes), **environ))
        fakes["local"].scripts.append(Script(body=b'{"data":[{"id":"qwen3-8b"}]}'))
        made.gateway.look_for_local_models()
        yield Everywhere(made, made.client, made.headers(), fakes)
        made.gateway.egress.forget()
