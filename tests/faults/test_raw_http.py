"""Raw bytes against the real server: what is ambiguous is refused and closes the connection, and nothing is smuggled.

Sources: RFC 9112 sections 2.2, 3.2, 5.2, 6.1, 6.3, 7.1 and 11.2.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.running import RunningGateway

BODY = json.dumps({"model": "ni-help", "messages": [{"role": "user", "content": "ni-help"}]}).encode()
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    made = RunningGateway(tmp_path_factory.mktemp("raw"))
    made.ni("init")
    yield made.start()
    made.kill()


@pytest.fixture(scope="module")
def key(gateway: RunningGateway) -> str:
    return gateway.key()


def said_to(gateway: RunningGateway, *pieces: bytes, pause_s: float = 0.0, wait_s: float = 8.0) -> bytes:
    """Everything that the server says until it closes, or is silent for two seconds."""
    ends_at, said = time.monotonic() + wait_s, b""
    with closing(socket.create_connection(("127.0.0.1", gateway.port), timeout=2)) as client:
        with suppress(OSError):
            for piece in pieces:
                client.sendall(piece)
                time.sleep(pause_s)
        with suppress(OSError):
            while time.monotonic() < ends_at and (arrived := client.recv(65536)):
                said += arrived
    return said


def answers(said: bytes) -> list[int]:
    """The statuses of the answers in what was said."""
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]


def call(key: str, *lines: bytes, body: bytes = b"") -> bytes:
    head = [b"POST /v1/chat/completions HTTP/1.1", b"Host: 127.0.0.1", b"Content-Type: application/json"]
    head += [b"Authorization: Bearer " + key.encode(), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
AMBIGUOUS = {
    "length and chunks": ((LENGTH, b"Transfer-Encoding: chunked"), CHUNKED),
    "chunks and length": ((b"Transfer-Encoding: chunked", b"Content-Length: 5"), CHUNKED),
    "two lengths": ((LENGTH, b"Content-Length: 0"), BODY),
    "the same length twice": ((LENGTH, LENGTH), BODY),
    "a list of lengths": ((b"Content-Length: %d, %d" % (len(BODY), len(BODY)),), BODY),
    "a signed length": ((b"Content-Length: +%d" % len(BODY),), BODY),
    "a negative length": ((b"Content-Length: -1",), BODY),
    "a length in hex": ((b"Content-Length: 0x10",), BODY),
    "a length with an underscore": ((b"Content-Length: 1_0",), BODY),
    "chunked twice": ((b"Transfer-Encoding: chunked, chunked",), CHUNKED),
    "chunked and identity": ((b"Transfer-Encoding: chunked, identity",), CHUNKED),
    "an unknown coding": ((b"Transfer-Encoding: xchunked",), CHUNKED),
    "a coding in odd letters": ((b"Transfer-Encoding: \x0bchunked",), CHUNKED),
    "a space before the colon": ((b"Transfer-Encoding : chunked", LENGTH), BODY),
    "a folded line": ((b"X-Folded: a\r\n b", LENGTH), BODY),
    "a folded coding": ((b"Transfer-Encoding:\r\n chunked",), CHUNKED),
    "a name with a space": ((b"X Y: a", LENGTH), BODY),
    "no colon": ((b"nonsense", LENGTH), BODY),
    "a zero byte": ((b"X-Zero: a\0b", LENGTH), BODY),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_what_is_ambiguous_is_refused_and_the_connection_ends(
    gateway: RunningGateway, key: str, kind: str
) -> None:
    lines, body = AMBIGUOUS[kind]
    statuses = answers(said_to(gateway, call(key, *lines, body=body) + SMUGGLED))
    assert len(statuses) == 1
    assert 400 <= statuses[0] < 600
    assert statuses[0] in (400, 501)


CHUNKS = {
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "a size that is no number": b"xyz\r\nabc\r\n0\r\n\r\n",
    "a signed size": b"+3\r\nabc\r\n0\r\n\r\n",
    "a size in odd form": b"0x3\r\nabc\r\n0\r\n\r\n",
    "more than its size": b"3\r\nabcd\r\n0\r\n\r\n",
    "less than its size": b"5\r\nabc\r\n0\r\n\r\n",
    "a bare line feed": b"3\nabc\n0\n\n",
    "a size beyond all bounds": b"ffffffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "an endless size line": b"3;" + b"a" * 20_000 + b"\r\nabc\r\n0\r\n\r\n",
    "endless trailers": b"0\r\n" + b"X-T: a\r\n" * 60_000 + b"\r\n",
    "a bare carriage return in an extension": b"3;a=\rb\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("kind", CHUNKS)
@pytest.mark.parametrize("path", [b"/v1/chat/completions", b"/v1/messages", b"/v1/responses"])
def test_malformed_chunks_are_the_clients_fault(
    gateway: RunningGateway, key: str, kind: str, path: bytes
) -> None:
    head = call(key, b"Transfer-Encoding: chunked").replace(b"/v1/chat/completions", path)
    statuses = answers(said_to(gateway, head + CHUNKS[kind] + SMUGGLED, wait_s=4.0))
    assert len(statuses) <= 1
    assert not statuses or statuses[0] in (400, 408, 413)


def test_good_chunks_and_pipelined_requests_are_served(gateway: RunningGateway, key: str) -> None:
    one = call(key, LENGTH, body=BODY)
    two = call(
        key,
        b"Transfer-Encoding: chunked",
        body=b"1\r\n{\r\n%x;x=y\r\n%s\r\n0\r\nX-T: a\r\n\r\n" % (len(BODY) - 1, BODY[1:]),
    )
    last = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    assert answers(said_to(gateway, one + two + last)) == [200, 200, 200]


@pytest.mark.parametrize(
    ("size", "number", "status"), [(1, 100_000, 400), (1, 10_000, 200), (256, 40_000, 200)]
)
def test_a_body_in_too_many_tiny_chunks_is_refused_early(
    gateway: RunningGateway, key: str, size: int, number: int, status: int
) -> None:
    chunks = b"%x\r\n%s\r\n" % (size, b" " * size) * number + b"%x\r\n%s\r\n" % (len(BODY), BODY)
    one = call(key, b"Transfer-Encoding: chunked", body=chunks + b"0\r\n\r\n")
    said = said_to(gateway, one, wait_s=30.0)
    assert answers(said) == [status]
    assert (b"too many tiny chunks" in said) is (status == 400)


def test_what_is_left_of_a_refused_body_is_no_request(gateway: RunningGateway) -> None:
    """Without a key the body is not read; what stands in it must not be taken for the next request."""
    body = SMUGGLED * 3
    refused = call("wrong", b"Content-Length: %d" % len(body), body=body)
    last = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    assert answers(said_to(gateway, refused + last)) == [401, 200]


def test_a_body_too_large_gets_its_sentence_and_the_connection_ends(
    gateway: RunningGateway, key: str
) -> None:
    head = call(key, b"Content-Length: 26000000")
    said = said_to(gateway, head, *([b" " * 1_000_000] * 26))
    assert answers(said) == [413]
    assert b"request_too_large" in said


NO_REQUESTS = [
    b"GET /healthz HTTP/1.1\n\n",
    b"GET /healthz\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
    b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 9000),
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


REFUSED = {
    b"GET /healthz\r\n\r\n": 400,
    b"\x00\x01\x02\r\n\r\n": 400,
    b"g@t /v1/models HTTP/1.1\r\nHost: a\r\n\r\n": 400,
    b"GET / HTTP/9.9\r\nHost: a\r\n\r\n": 505,
    b"GET /v1/%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 9000): 414,
    b"GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n" % (b"a" * 9000): 431,
    b"GET / HTTP/1.1\r\nHost: a\r\n%s\r\n" % (b"X: a\r\n" * 70): 431,
    b"GET / HTTP/1.1\r\nHost: a\r\n%s\r\n" % (b"X: %s\r\n" % (b"a" * 8000) * 12): 431,
    b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13, chunked\r\n\r\n": 501,
    b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n": 501,
    b"POST /v1/responses HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n": 501,
    b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n": 400,  # section 6.3
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab": 400,
    b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n\r\na": 417,
    b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n": 400,
}


@pytest.mark.parametrize("line", REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_of_the_server_itself_is_json_and_closes(gateway: RunningGateway, line: bytes) -> None:
    head, _, body = said_to(gateway, line + SMUGGLED, wait_s=4.0).partition(b"\r\n\r\n")
    fields = dict(field.split(b": ", 1) for field in head.split(b"\r\n")[1:])
    assert head.startswith(b"HTTP/1.1 %d " % REFUSED[line]), head
    assert fields[b"Connection"] == b"close"
    assert fields[b"Content-Type"] == b"application/json"
    assert len(fields[b"X-NI-Request-ID"]) == 16
    assert len(body) == int(fields[b"Content-Length"])
    error = json.loads(body)["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", "invalid_http", None)
    assert error["message"].endswith(".")
    assert b"smuggled" not in body


@pytest.mark.parametrize("line", NO_REQUESTS)
def test_what_is_no_request_is_refused(gateway: RunningGateway, line: bytes) -> None:
    statuses = answers(said_to(gateway, line, wait_s=7.0))
    assert not statuses or 400 <= statuses[0] < 510


def test_heads_that_drip_are_cut_and_the_server_stays_well(gateway: RunningGateway) -> None:
    began = time.monotonic()
    pieces = [b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", *[b"X-A: b\r\n"] * 30]
    said = said_to(gateway, *pieces, pause_s=0.4, wait_s=1.0)
    assert time.monotonic() - began < 14
    assert answers(said) in ([], [400], [408])
    assert answers(
        said_to(gateway, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    ) == [200]


def test_the_log_holds_nothing_of_what_was_sent(gateway: RunningGateway) -> None:
    log = Path(gateway.log).read_text()
    assert "Traceback" not in log
    assert "smuggled" not in log
