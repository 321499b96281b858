"""Requests that somebody would like to lead inside: no spelling of an address makes a connection to the canary.

Every provider's endpoint, an account's own address and the address of an image, each as a number in all its spellings,
as a name, as a name with several addresses, as one that changes its mind, as a redirect, with a zone, with a dot at its
end, and with a user name in front.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ni.domain.errors import Problem
from ni.domain.route import Tier
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient
from ni.outbound.connection import system_resolve
from ni.providers.azure import Azure
from ni.providers.base import Provider, ProviderRequest
from ni.providers.conversation import Image, Images, conversation_of
from ni.providers.openai_compatible import Local, OpenAI
from tests.fakes import azure_wire
from tests.fakes.certificates import NAME
from tests.fakes.doors import HandClock, make_door, shut_doors
from tests.fakes.openai_server import KEY
from tests.fakes.orders import order, route, settings
from tests.fakes.raw_server import RawServer
from tests.fakes.upstreams import UPSTREAMS

PUBLIC = "8.8.8.8"
SPELLINGS = (
    "127.0.0.1", "127.1", "0177.0.0.1", "2130706433", "0x7f.1", "0x7f000001", "①②⑦.0.0.1", "0", "127.0.0.1.",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]", "[fe80::1%25lo]",
    "[::1%25lo]", "localhost", "localhost.", "LOCALHOST",
)  # fmt: skip
NAMES: dict[str, tuple[str, ...]] = {
    "inside.test": ("127.0.0.1",),
    "inside.test.": ("127.0.0.1",),
    "mixed.test": (PUBLIC, "127.0.0.1"),
    "mixed-too.test": ("127.0.0.1", PUBLIC),
    "mapped.test": ("::ffff:127.0.0.1",),
    "nat64.test": ("64:ff9b::7f00:1",),
    "zone.test": ("fe80::1%lo",),
    "six.test": (PUBLIC, "::1"),
    "metadata.test": ("169.254.169.254",),
    "wire-server.test": ("168.63.129.16",),
}
DRESSED = (
    "api.openai.com@127.0.0.1:{port}", "user:word@127.0.0.1:{port}", "127.0.0.1:{port}\\@api.openai.com",
    "127.0.0.1:{port}#@api.openai.com", "127.0.0.1:{port}?@api.openai.com", "/127.0.0.1:{port}",
    "%31%32%37.0.0.1:{port}", "127.0.0.1:{port} .api.openai.com",
)  # fmt: skip
AUTHORITIES = (*(f"{name}:{{port}}" for name in (*SPELLINGS, *NAMES)), *DRESSED)


@pytest.fixture(autouse=True)
def _doors() -> Iterator[None]:
    yield
    shut_doors()


@pytest.fixture(scope="module")
def canary() -> Iterator[RawServer]:
    with RawServer() as listening, six(listening):
        yield listening
        assert listening.connections == 0


@contextmanager
def six(server: RawServer) -> Iterator[None]:
    """Listen on the same port of `::1` too, and count there as well."""
    try:
        listener = socket.create_server(("::1", server.port), family=socket.AF_INET6)
    except OSError:  # a machine without IPv6
        yield
        return

    def count() -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return
            server.connections += 1

    threading.Thread(target=count, daemon=True).start()
    yield
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def resolve(host: str, port: int) -> Sequence[str]:
    """Names of the table; everything else as the machine reads it, which knows more spellings than anyone remembers."""
    return NAMES.get(host) or system_resolve(host, port)


def platform(name: str) -> Callable[[EgressClient, str], tuple[Provider, ProviderRequest]]:
    """A provider with its endpoint at an address, and an order for it."""

    def built(egress: EgressClient, url: str) -> tuple[Provider, ProviderRequest]:
        if name in UPSTREAMS:
            upstream = UPSTREAMS[name]
            made = route(name, upstream.model, url)
            deployment = replace(made.deployment, region="ca-central-1")
            return upstream.build(egress, upstream.lookup()), order(replace(made, deployment=deployment))
        maker = OpenAI if name == "openai" else Local
        return maker(egress, settings(OPENAI_API_KEY=KEY)), order(route(name, endpoint=url))

    return built


def byok(egress: EgressClient, url: str) -> tuple[Provider, ProviderRequest]:
    """Azure, asked with an account's own address."""
    own = {"api_key": Secret(azure_wire.KEY), "endpoint": Secret(url)}
    made = route("azure", "gpt-4.1-mini", "https://inside.test")
    made = replace(
        made,
        tier=Tier.GLOBAL_CLOUD,
        deployment=replace(made.deployment, jurisdiction="GLOBAL", region="global"),
    )
    return Azure(egress, settings(OPENAI_API_VERSION="2024-10-21")), replace(order(made), byok=own)


WAYS = {name: platform(name) for name in (*UPSTREAMS, "openai", "local")} | {"byok": byok}
NAMED = [way for way in WAYS if way != "byok"]
"""An account's own address is https within Azure's domains, without a port: it cannot name a server of a test."""


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("way", WAYS)
def test_no_endpoint_leads_to_the_canary(canary: RawServer, way: str, scheme: str) -> None:
    for authority in AUTHORITIES:
        egress = make_door(resolve=resolve, private="", make_tls=no_tls)
        provider, wanted = WAYS[way](egress, f"{scheme}://{authority.format(port=canary.port)}")
        with pytest.raises(Problem):
            provider.send(wanted)
    assert canary.connections == 0


@pytest.mark.parametrize("opened", ["", "127.0.0.0/8,::1/128"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_image_leads_to_the_canary_not_even_into_networks_that_are_open(
    canary: RawServer, scheme: str, opened: str
) -> None:
    images = Images(make_door(resolve=resolve, private=opened, make_tls=no_tls), frozenset({"image/png"}))
    for authority in AUTHORITIES:
        conversation = conversation_of([{"role": "user", "content": "x"}])
        conversation.turns[0].blocks[:] = [
            Image(url=f"{scheme}://{authority.format(port=canary.port)}/x.png")
        ]
        with pytest.raises(Problem):
            images.inlined(conversation)
    assert canary.connections == 0


@pytest.mark.parametrize("way", NAMED)
def test_a_name_that_changes_its_mind_is_refused_when_it_does(canary: RawServer, way: str) -> None:
    answers = iter([("127.0.0.9",), ("127.0.0.1",)])
    clock = HandClock()
    egress = make_door(resolve=lambda host, port: next(answers), private="127.0.0.9/32", clock=clock)
    provider, wanted = WAYS[way](egress, f"http://rebinding.test:{canary.port}")
    for _ in range(2):  # at first nobody listens at .9; then the name says .1, which is not open
        with pytest.raises(Problem):
            provider.send(wanted)
    assert canary.connections == 0


@pytest.mark.parametrize("way", NAMED)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(
    canary: RawServer, way: str, status: int, identity: tuple[Path, str]
) -> None:
    line = (
        f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{canary.port}/\r\nContent-Length: 0\r\n\r\n"
    )
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_tls.load_cert_chain(identity[0])
    with RawServer([line.encode()], lambda sock: server_tls.wrap_socket(sock, server_side=True)) as server:
        egress = make_door(make_tls=lambda: ssl.create_default_context(cafile=str(identity[0])))
        provider, wanted = WAYS[way](egress, f"https://{NAME}:{server.port}")
        with pytest.raises(Problem):
            provider.send(wanted)
        assert len(server.seen) == 1
    assert canary.connections == 0


def test_what_a_request_says_of_addresses_changes_nothing(canary: RawServer) -> None:
    url = f"http://127.0.0.1:{canary.port}"
    fields = {"api_base": url, "base_url": url, "endpoint": url, "extra_headers": {"Host": url}}
    for way in ("openai", "local", "azure"):
        with RawServer() as server:
            provider, wanted = WAYS[way](make_door(), f"http://upstream.test:{server.port}")
            with pytest.raises(Problem):  # the server says no more than "ok"
                provider.send(replace(wanted, body=wanted.body | fields)).reply()
            assert len(server.seen) == 1
    assert canary.connections == 0


def test_the_canary_would_sing(canary: RawServer) -> None:
    with RawServer() as other:
        provider, wanted = WAYS["openai"](make_door(resolve=resolve), f"http://2130706433:{other.port}")
        with pytest.raises(Problem):
            provider.send(wanted).reply()
        assert other.connections == 1


def no_tls() -> ssl.SSLContext:
    """TLS is never begun: every address is refused before."""
    raise AssertionError("a connection was made")
