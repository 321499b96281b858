"""Every provider with a strict fake of its wire, for tests that hold all of them to the same claims."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ni.domain.reply import Usage
from ni.domain.route import Capabilities, Route
from ni.outbound.client import EgressClient
from ni.providers.anthropic import Anthropic
from ni.providers.azure import Azure
from ni.providers.base import Provider, ProviderRequest, SettingLookup
from ni.providers.bedrock import Bedrock
from ni.providers.vertex import Vertex
from tests.fakes import anthropic_wire, azure_wire, bedrock_wire, vertex_wire
from tests.fakes.bedrock_frames import exception
from tests.fakes.orders import order, route, settings
from tests.fakes.wire_server import FakeWire, Wire

ABLE = Capabilities(("text", "image"), 200_000, 32_000, True, True, True, True)


@dataclass(frozen=True)
class Upstream:
    """A provider, the fake of its wire and what an operator sets; what the wire can tell or do.

    `too_long` is the body of a 400 for a prompt beyond the context, `failing` an error event in the middle of a stream.
    `several` holds False where several answers come whole, True where they stream. `form` is what the provider is sent:
    the chat form, or a client's own body.
    """

    name: str
    model: str
    wire: Callable[[], Wire]
    build: Callable[[EgressClient, SettingLookup], Provider]
    named: Mapping[str, str]
    too_long: bytes
    failing: bytes
    byok: tuple[str, ...] = ("api_key",)
    shows_thinking: bool = True
    several: tuple[bool, ...] = ()
    counts_thoughts: bool = True
    writes_cache: bool = True
    options: Mapping[str, str] | None = None
    form: str = "chat"

    def route(self, fake: FakeWire, model: str = "") -> Route:
        """A route to the fake."""
        made = route(self.name, model or self.model, fake.url)
        deployment = replace(made.deployment, options=self.options or {}, region="ca-central-1")
        return replace(made, capabilities=ABLE, deployment=deployment)

    def greeting(self, fake: FakeWire, *, stream: bool = False) -> ProviderRequest:
        """A greeting in the form that the provider is sent."""
        given = order(self.route(fake), stream=stream)
        body = given.body if self.form == "chat" else {"max_tokens": 4096, **given.body}
        return replace(given, body=body, form=self.form)

    def event_ends(self, body: bytes) -> int:
        """Where an event ends in the middle of a stream."""
        if body[:1] == b"\0":  # frames, each with its length in front
            at = 0
            while at < len(body) // 3:
                at += int.from_bytes(body[at : at + 4], "big")
            return at
        at = body.index(b"data: ", len(body) // 3)
        return body.rindex(b"\n", 0, at) + 1 if body[:4] == b"data" else body.index(b"\n\n", at) + 2

    def counts(self, usage: Usage) -> Usage:
        """The usage as this wire can tell it: some do not tell what was written to a cache."""
        if not self.counts_thoughts:
            usage = replace(usage, reasoning=0)
        if self.writes_cache:
            return usage
        return replace(usage, uncached=usage.uncached + usage.cache_write, cache_write=0, cache_write_1h=0)

    def lookup(self, **named: str) -> SettingLookup:
        """The operator's settings, some of them perhaps other."""
        return settings(**{**self.named, **named})


UPSTREAMS = {
    upstream.name: upstream
    for upstream in (
        Upstream(
            "anthropic",
            "claude-sonnet-4-6",
            anthropic_wire.AnthropicWire,
            Anthropic,
            {"ANTHROPIC_API_KEY": anthropic_wire.KEY},
            anthropic_wire.error(400, "prompt is too long: 9 tokens > 8 maximum").body,
            b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Zoe"}}\n\n',
        ),
        Upstream(
            "azure",
            "gpt-4.1-mini",
            azure_wire.AzureWire,
            Azure,
            {"AZURE_OPENAI_API_KEY": azure_wire.KEY, "OPENAI_API_VERSION": "2024-10-21"},
            azure_wire.error(400, "context_length_exceeded", "maximum context length").body,
            b'data: {"error":{"message":"Zoe","type":"server_error","code":"500"}}\n\n',
            shows_thinking=False,
            several=(False, True),
            writes_cache=False,
        ),
        Upstream(
            "bedrock",
            "global.anthropic.claude-haiku-4-5-20251001-v1:0",
            bedrock_wire.BedrockWire,
            Bedrock,
            {"AWS_ACCESS_KEY_ID": bedrock_wire.ACCESS, "AWS_SECRET_ACCESS_KEY": bedrock_wire.SECRET},
            b'{"message":"Input is too long for requested model."}',
            exception("modelStreamErrorException", "Zoe"),
            counts_thoughts=False,
        ),
        Upstream(
            "vertex_ai",
            "gemini-2.5-flash",
            vertex_wire.VertexWire,
            Vertex,
            {"NI_VERTEX_ACCESS_TOKEN": vertex_wire.TOKEN, "GOOGLE_CLOUD_PROJECT": vertex_wire.PROJECT},
            vertex_wire.error(
                400, "The input token count (9) exceeds the maximum number of tokens allowed"
            ).body,
            b'data: {"error":{"code":503,"message":"Zoe","status":"UNAVAILABLE"}}\r\n\r\n',
            byok=("access_token",),
            several=(False,),
            writes_cache=False,
        ),
    )
}

NATIVE = {f"{name} messages": replace(UPSTREAMS[name], form="messages") for name in ("anthropic", "bedrock")}
"""Those that are sent a client's own Messages; what comes back is read for its text, finish and usage alone."""
WIRES = UPSTREAMS | NATIVE
