"""A world for the guard: names resolve as a test says, and whatever is dialled answers as one fake per provider.

The egress, its pool, its table of addresses and the order of its steps are the real ones; only the last step, the
connection to a vetted number, leads to a fake on loopback instead, in the clear.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ni.domain.clock import Clock
from ni.outbound.addresses import Network, Origin
from ni.outbound.connection import Connection, Connector
from ni.residency.ip_ranges import VENDORS, Prefix, RangeList, read_publication
from ni.residency.range_store import AddressList, Delivery, RangeStore, compile_list
from tests.assembled import Assembled, assembled
from tests.fakes import anthropic_wire, azure_wire, bedrock_wire, vertex_wire
from tests.fakes.openai_server import KEY, FakeOpenAI
from tests.fakes.wire_server import FakeWire

LISTS = Path(__file__).parent / "lists"
TODAY = datetime.now(UTC).replace(microsecond=0)
SPKI = "f" * 64
HOSTS = {
    "bedrock": "bedrock-runtime.ca-central-1.amazonaws.com",
    "vertex_ai": "northamerica-northeast1-aiplatform.googleapis.com",
    "azure": "resource.openai.azure.com",
    "openai": "api.openai.com",
    "anthropic": "api.anthropic.com",
}
ROUTES = {
    "bedrock": "bedrock/mistral.mistral-large-2402-v1:0-ca",
    "vertex_ai": "vertex_ai/gemini-2.5-flash-ca",
    "azure": "azure/gpt-4.1-mini-ca",
    "openai": "openai/gpt-4.1-mini-us",
    "anthropic": "anthropic/claude-haiku-4-5-20251001-us",
}
ENVIRON = {
    "AWS_BEARER_TOKEN_BEDROCK": bedrock_wire.BEARER,
    "NI_VERTEX_ACCESS_TOKEN": vertex_wire.TOKEN,
    "GOOGLE_CLOUD_PROJECT": vertex_wire.PROJECT,
    "AZURE_OPENAI_ENDPOINT": f"https://{HOSTS['azure']}",
    "AZURE_OPENAI_API_KEY": azure_wire.KEY,
    "OPENAI_API_VERSION": "2024-10-21",
    "OPENAI_API_KEY": KEY,
    "ANTHROPIC_API_KEY": anthropic_wire.KEY,
}
FRESH = TODAY
OLD = TODAY - timedelta(days=30)


@cache
def listed(name: str, as_of: datetime = FRESH) -> AddressList:
    """One of the lists that are cut for tests."""
    path = next(path for path in LISTS.glob("*.json") if read(path).vendor.name == name)
    content = path.read_bytes()
    return compile_list(read(path), Delivery(content, path.name, as_of), as_of)


def read(path: Path) -> RangeList:
    """The publication in a file."""
    return read_publication(path.read_bytes(), path.name)


def shelved(folder: Path, as_of: datetime | None = FRESH) -> RangeStore:
    """A range_store with all lists as of an instant, or with none."""
    range_store = RangeStore(folder)
    for vendor in VENDORS:
        if as_of is not None:
            range_store.store(listed(vendor.name, as_of))
    return range_store


def prefix(network: str, label: str = "") -> Prefix:
    """A prefix."""
    return Prefix(network, label)


@dataclass(frozen=True)
class Detour(Connector):
    """A connector whose connections end at a fake, under the address that was dialled."""

    ports: dict[str, int] = field(default_factory=dict)
    dialled: list[str] = field(default_factory=list)

    def _connect(self, origin: Origin, address: str, left_s: float) -> Connection:
        self.dialled.append(address)
        sock = socket.create_connection(
            ("127.0.0.1", self.ports.get(origin.host, self.ports[HOSTS["bedrock"]])), left_s
        )
        return Connection(sock, address, SPKI, self.clock.monotonic())


@dataclass
class World:
    """An assembled instance and what surrounds it."""

    instance: Assembled
    dialled: list[str]
    resolved: dict[str, tuple[str, ...]]
    seen: Callable[[], int]

    def place(self, provider: str, *addresses: str) -> None:
        """Let a provider's endpoint have these addresses, and forget what was known before."""
        self.resolved[HOSTS[provider]] = addresses
        self.forget()

    def lists(self, as_of: datetime | None) -> None:
        """Store the lists as of an instant, or take them away."""
        folder = self.instance.gateway.settings.home / "ranges"
        for path in folder.glob("*"):
            path.unlink()
        shelved(folder, as_of)
        self.instance.gateway.monitor.range_index.renew()
        self.forget()

    def forget(self) -> None:
        """No pooled connection, no remembered refusal, no noted drift."""
        gateway = self.instance.gateway
        gateway.egress.forget()
        gateway.monitor._refused.clear()
        gateway.monitor._by_addresses.clear()
        gateway.residency.drifts._waiting.clear()
        self.dialled.clear()

    def noted(self) -> list[tuple[str, str, bool]]:
        """Rule, finding and whether it was refused, of what drifted since."""
        waiting = self.instance.gateway.residency.drifts._waiting
        return [(drift.rule, drift.found, drift.refused) for drift in waiting]


@contextmanager
def world(home: Path, patch: pytest.MonkeyPatch, **environ: str) -> Iterator[World]:
    """An instance whose egress leads to fakes."""
    with ExitStack() as stack:
        fakes: dict[str, FakeOpenAI] = {
            "bedrock": stack.enter_context(FakeWire(bedrock_wire.BedrockWire())),
            "vertex_ai": stack.enter_context(FakeWire(vertex_wire.VertexWire())),
            "azure": stack.enter_context(FakeWire(azure_wire.AzureWire())),
            "openai": stack.enter_context(FakeOpenAI()),
            "anthropic": stack.enter_context(FakeWire(anthropic_wire.AnthropicWire())),
        }
        ports = {HOSTS[name]: int(fake.server_address[1]) for name, fake in fakes.items()}
        dialled: list[str] = []
        resolved: dict[str, tuple[str, ...]] = {}

        def look_up(host: str, port: int) -> Sequence[str]:
            if host not in resolved:
                raise socket.gaierror(-2, "unknown")
            return resolved[host]

        def connector(private: Sequence[Network], resolve: Any, clock: Clock, connect_s: float) -> Detour:
            return Detour(private, look_up, clock, connect_s, ports=ports, dialled=dialled)

        patch.setattr("ni.factory.gateway.Connector", connector)
        instance = stack.enter_context(assembled(home, **{**ENVIRON, **environ}))

        def sent() -> int:
            return sum(
                len(fake.seen) if isinstance(fake, FakeWire) else len(fake.requests)
                for fake in fakes.values()
            )

        yield World(instance, dialled, resolved, sent)
        instance.gateway.egress.forget()
