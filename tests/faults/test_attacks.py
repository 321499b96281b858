"""The campaign's attacks on availability, against a real gateway: `/healthz` answers in time, memory stays bounded."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from tests.fakes.hostile_upstream import HostileUpstream, flood, text
from tests.faults.watchdog import LAG_S, MEMORY_KB, least_harm, peak_kb, stall_limit_s
from tests.fleet import ROUTE, Fleet

FORM = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n%s\r\n"
URLENCODED = b"application/x-www-form-urlencoded"
PAGES = (b"/portal/sign-in", b"/portal/theme", b"/portal/language", b"/portal/keys/new")
ATTACK_S = 2.0


@pytest.fixture(scope="module")
def upstream() -> Iterator[HostileUpstream]:
    with HostileUpstream() as served:
        yield served


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, upstream: HostileUpstream) -> Iterator[Fleet]:
    with closing(Fleet(tmp_path_factory.mktemp("attacked"), upstream)) as made:
        yield made.start()


@pytest.fixture(scope="module")
def key(fleet: Fleet) -> str:
    return fleet.first.key()


@pytest.fixture(scope="module")
def cookie(fleet: Fleet) -> str:
    """What any browser is given that looks at the sign-in page."""
    with closing(http.client.HTTPConnection("127.0.0.1", fleet.first.port, timeout=10)) as connection:
        connection.request("GET", "/portal/sign-in")
        given = connection.getresponse().headers["Set-Cookie"]
    assert given
    return given.partition(";")[0]


@pytest.fixture(scope="module")
def others(fleet: Fleet) -> str:
    """The key of somebody else, who calls meanwhile."""
    return fleet.first.key()


def unharmed(fleet: Fleet, others: str, attack: Callable[[], object], tries: int = 6) -> None:
    """Assert that nobody else notices the attack, and that the process stays small."""
    harm, memory_kb = least_harm(fleet.first, others, attack, tries), peak_kb(fleet.first)
    print(f"{harm}; memory {memory_kb // 1024} MiB")
    assert harm.lag_s <= LAG_S
    assert harm.stall_s <= stall_limit_s()
    assert harm.bearable
    assert memory_kb <= MEMORY_KB


def send_all(port: int, head: bytes, pieces: Iterator[bytes]) -> None:
    """Send until done or refused."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(head)
        for piece in pieces:
            client.sendall(piece)
        while client.recv(65536):
            pass


def times(piece: bytes, megabytes: float) -> Iterator[bytes]:
    part = piece * (65536 // len(piece))
    for _ in range(int(megabytes * 2**20 / len(part))):
        yield part


def together(count: int, attack: Callable[[int], object]) -> None:
    threads = [threading.Thread(target=attack, args=(at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


MULTIPART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
BODIES = {
    "twenty megabytes of escapes": (URLENCODED, b"%41", 20, False),
    "a million small fields": (URLENCODED, b"a=1&", 4, False),
    "multipart with many parts": (b"multipart/form-data; boundary=b", MULTIPART, 20, False),
    "chunks without end": (URLENCODED, b"10\r\n" + b"a" * 16 + b"\r\n", 60, True),
    "escapes within the limit": (URLENCODED, b"%41", 0.05, False),
}


@pytest.mark.parametrize("signed", [False, True], ids=["without a cookie", "with a cookie"])
@pytest.mark.parametrize("kind", BODIES)
def test_no_form_of_a_stranger_holds_up_the_others(
    fleet: Fleet, others: str, cookie: str, kind: str, signed: bool
) -> None:
    form, piece, megabytes, chunked = BODIES[kind]

    def attack(at: int) -> None:
        size = (
            len(piece) * (65536 // len(piece)) * int(megabytes * 2**20 / (len(piece) * (65536 // len(piece))))
        )
        framing = b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: %d\r\n" % size
        sent = framing + (b"Cookie: %s\r\n" % cookie.encode() if signed else b"")
        send_all(fleet.first.port, FORM % (PAGES[at % 4], form, sent), times(piece, megabytes))

    unharmed(fleet, others, lambda: together(4, attack))


def test_five_hundred_connections_that_send_one_byte_of_a_body_are_let_go(fleet: Fleet, others: str) -> None:
    head = FORM % (PAGES[0], URLENCODED, b"Content-Length: 1000\r\n") + b"a"
    clients = [socket.create_connection(("127.0.0.1", fleet.first.port)) for _ in range(500)]

    def attack() -> None:
        for client in clients:
            with suppress(OSError):
                client.sendall(head)
        time.sleep(ATTACK_S)

    harm = least_harm(fleet.first, others, attack, tries=1)
    ends_at = time.monotonic() + 15
    for client in clients:
        client.settimeout(max(0.1, ends_at - time.monotonic()))
        with suppress(ConnectionError):
            while client.recv(65536):
                pass
        client.close()
    print(harm)
    assert harm.lag_s <= LAG_S
    assert harm.bearable


@pytest.mark.parametrize("signed", [False, True], ids=["a stranger", "with a key"])
def test_a_body_that_drips_is_cut_within_fifteen_seconds(fleet: Fleet, key: str, signed: bool) -> None:
    given = f"Authorization: Bearer {key}\r\n" if signed else ""
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{given}"
        "Content-Length: 20000000\r\n\r\n"
    )
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", fleet.first.port), timeout=20) as client:
        client.sendall(head.encode() + b'{"model":')
        answer = b""
        while not answer:
            assert time.monotonic() < began + 17
            with suppress(ConnectionError):
                client.sendall(b" ")
            client.settimeout(0.2)
            with suppress(TimeoutError):
                answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408 " if signed else b"HTTP/1.1 401 ")
    assert not signed or b"\r\nConnection: close\r\n" in answer


def ask(port: int, key: str, content: str = "go", stream: bool = True, buffer: int = 0) -> socket.socket:
    """A call whose answer is not read yet; `buffer` is how much of it the kernel takes unread, 0 for as usual."""
    body = json.dumps({"model": ROUTE, "stream": stream, "messages": [{"role": "user", "content": content}]})
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    client = socket.socket()
    client.settimeout(20)
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.connect(("127.0.0.1", port))
    client.sendall(head.encode() + body.encode())
    return client


FLOODS = {
    "comments": b": ping\n\n",
    "bare lines": b"\n",
    "events": text("word "),
    "events without text": text(""),
    "an event without end": b"data: 0123456789abcdef\n",
}


@pytest.mark.parametrize("stays", [True, False], ids=["the client reads", "the client leaves"])
@pytest.mark.parametrize("kind", FLOODS)
def test_no_flood_of_an_upstream_holds_up_the_others(
    fleet: Fleet, key: str, others: str, upstream: HostileUpstream, kind: str, stays: bool
) -> None:
    upstream.act = flood(FLOODS[kind], first=text("first"), seconds=ATTACK_S)

    def attack(_: int) -> None:
        with ask(fleet.first.port, key) as client:
            client.recv(4096)
            if stays:
                with suppress(OSError):
                    while client.recv(65536):
                        pass
        time.sleep(0.3)

    unharmed(fleet, others, lambda: together(2, attack))
    fleet.wait_until_settled(5)


def test_clients_that_never_read_are_cut_and_hold_up_nobody(
    fleet: Fleet, key: str, others: str, upstream: HostileUpstream
) -> None:
    upstream.act = flood(text("word " * 4000), seconds=20)
    clients: list[socket.socket] = []

    def attack() -> None:
        clients.extend(ask(fleet.first.port, key, buffer=4096) for _ in range(10))
        time.sleep(ATTACK_S)

    harm = least_harm(fleet.first, others, attack, tries=1)
    memory_kb = peak_kb(fleet.first)
    print(f"{harm}; memory {memory_kb // 1024} MiB")
    fleet.wait_until_settled(20)
    for client in clients:
        client.close()
    assert harm.lag_s <= LAG_S
    assert harm.bearable
    assert memory_kb <= MEMORY_KB


def chat_body(**fields: Any) -> bytes:
    """A body as many clients write it: with spaces, so that it is not its own compact rendering."""
    return json.dumps({"model": "x", "messages": [{"role": "user", "content": "x"}], **fields}).encode()


def spoken(content: Any) -> bytes:
    return chat_body(messages=[{"role": "user", "content": content}])


JSON_BODIES = {
    "a long text": b'{"model":"x","messages":[{"role":"user","content":"' + b"word " * 1_900_000 + b'"}]}',
    "a long text, with spaces": spoken("word " * 1_900_000),
    "white space": spoken(" " * 9_900_000),
    "tags": spoken("<a>" * 3_000_000),
    "a long command": spoken("ni-map-model " + "x" * 9_900_000),
    "many numbers": b'{"a":[' + b"1," * 9_000_000 + b"0]}",
    "as many numbers as may be": chat_body(a=list(range(240_000))),
    "many lists": b'{"a":[' + b"[]," * 900_000 + b"0]}",
    "as many objects as may be": chat_body(a=[{"a": None} for _ in range(120_000)]),
    "many messages": chat_body(messages=[{"role": "user", "content": "x"} for _ in range(80_000)]),
    "many parts": spoken([{"type": "text", "text": "x"} for _ in range(60_000)]),
    "many fields": chat_body(**{f"k{at}": 1 for at in range(200_000)}),
    "as many fields as may be": chat_body(**{f"k{at}": 1 for at in range(99_000)}),
    "halves of surrogate pairs": b'{"a":"' + b"\\ud800" * 3_000_000 + b'"}',
    "half of a surrogate pair and escapes": b'{"a":"\\ud800' + b"\\n" * 4_000_000 + b'"}',
    "quotes and commas": b'{"model":"x","a":"' + b'\\",' * 3_000_000 + b'"}',
    "a long user": chat_body(user="x" * 10_000_000),
}


@pytest.mark.parametrize("kind", JSON_BODIES)
def test_no_body_with_a_key_holds_up_the_others(fleet: Fleet, key: str, others: str, kind: str) -> None:
    body = JSON_BODIES[kind]
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    unharmed(fleet, others, lambda: send_all(fleet.first.port, head, iter([body])))


def test_heads_that_never_end_are_bounded(fleet: Fleet, others: str) -> None:
    """Each field is within its limit, and there are many of them; on many connections at once."""
    refused: list[bytes] = []

    def attack(_: int) -> None:
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", fleet.first.port), timeout=10) as client,
        ):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            for at in range(60):
                client.sendall(b"X-Field-%d: %s\r\n" % (at, b"a" * 8000))
            refused.append(client.recv(64))

    unharmed(fleet, others, lambda: together(100, attack))
    assert {answer.partition(b"\r\n")[0] for answer in refused} <= {
        b"HTTP/1.1 431 Request Header Fields Too Large",
        b"",
    }
    assert peak_kb(fleet.first) <= MEMORY_KB


def test_what_was_done_left_the_gateway_in_order(fleet: Fleet) -> None:
    assert len(fleet.first.workers()) == 1
    assert "MemoryError" not in fleet.first.log.read_text()
