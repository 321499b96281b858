"""Remote images: only from public addresses, bounded, and of the kind that their bytes tell."""

from base64 import b64decode
from collections.abc import Sequence

import pytest

from ni.domain.errors import BadRequest
from ni.outbound.client import Timeouts
from ni.providers.conversation import Image, ImageLimits, Images, Turn, conversation_of, kind_of
from tests.fakes.doors import make_door
from tests.fakes.raw_server import RawServer, until_peer_leaves
from tests.providers.table import PNG

KINDS = frozenset({"image/png", "image/jpeg"})
PIXEL = b64decode(PNG)
GIF = "R0lGODlhAQABAAAAACw="


def answer(content: bytes, head: str = "200 OK\r\nContent-Type: text/html") -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def fetched(url: str, octets: int = 1000) -> Image:
    """The image at a loopback address, where the test lets the fetcher in."""
    limits = ImageLimits(octets, Timeouts(0.3, 0.3, 0.6))
    images = Images(make_door(), KINDS, limits)
    images.vet, images.scheme = _anything, "http://"
    conversation = conversation_of(
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
    )
    (image,) = images.inlined(conversation).turns[0].blocks
    assert isinstance(image, Image)
    return image


def _anything(addresses: Sequence[str]) -> None:
    """Let everything pass."""


def test_a_remote_image_comes_as_bytes_of_the_kind_they_tell() -> None:
    with RawServer([answer(PIXEL)]) as server:
        assert fetched(f"http://img.test:{server.port}/x") == Image("image/png", PNG)


def test_no_redirect_is_followed_not_even_to_the_same_server() -> None:
    with RawServer([answer(b"", "302 Found\r\nLocation: /y"), answer(PIXEL)]) as server:
        with pytest.raises(BadRequest):
            fetched(f"http://img.test:{server.port}/x")
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    "acts",
    [
        [answer(PIXEL * 20)],
        [answer(b"<html>")],
        [answer(b"GIF89a...")],
        [answer(b"", "404 Not Found")],
        [answer(b"", "302 Found\r\nLocation: file:///etc/passwd")],
        [until_peer_leaves],
    ],
)
def test_what_is_no_image_within_bounds_is_refused(acts: list[bytes]) -> None:
    with RawServer(list(acts)) as server, pytest.raises(BadRequest):
        fetched(f"http://img.test:{server.port}/x")


@pytest.mark.parametrize(
    "url", ["https://10.1.2.3/x", "https://127.0.0.1/x", "https://[::1]/x", "http://img.test/x"]
)
def test_private_addresses_are_refused_even_where_the_operator_opened_them(url: str) -> None:
    turn = Turn("user", [Image(url=url)])
    conversation = conversation_of([{"role": "user", "content": "x"}])
    conversation.turns[0].blocks[:] = turn.blocks
    egress = make_door(lambda host, port: (host.strip("[]"),), private="10.0.0.0/8,127.0.0.0/8,::1/128")
    with pytest.raises(BadRequest):
        Images(egress, KINDS).inlined(conversation)


def test_images_in_results_of_tools_are_read_too() -> None:
    parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{GIF}"}}]
    call = {"id": "c", "type": "function", "function": {"name": "a", "arguments": "{}"}}
    conversation = conversation_of(
        [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": parts},
        ]
    )
    with pytest.raises(BadRequest, match="does not read"):
        Images(make_door(), KINDS).inlined(conversation)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PIXEL, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_the_kind(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind
