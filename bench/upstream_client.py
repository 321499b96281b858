"""CPU time of the egress beside urllib3 and a bare http.client pool, per call and per streamed chunk, under gevent.

An instant upstream runs in a process of its own on loopback; only this process's CPU time is counted. Rounds of the
clients are interleaved, and the median is printed with the least and the most. Figures, never a verdict.
"""

# ruff: noqa: E402  # gevent patches before anything else imports sockets
from gevent import monkey

monkey.patch_all()

import http.client
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent.pool
import urllib3

from ni.domain.clock import SystemClock
from ni.outbound.addresses import parse_networks
from ni.outbound.client import EgressClient, Request
from ni.outbound.connection import Connector, system_resolve
from ni.outbound.http1 import EventReader

CALLS, STREAMS, CHUNKS, ROUNDS, GREENLETS = 2000, 60, 200, 5, 16
BODY = b'{"messages":[{"role":"user","content":"Hello, how are you today?"}],"model":"m"}'
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer sk-bench", "User-Agent": "ni-bench"}
Call = Callable[[str], int]

UPSTREAM = r"""
from gevent import monkey; monkey.patch_all()
import sys
from gevent.server import StreamServer
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: r\r\nDate: now\r\nServer: x\r\n"
MESSAGE = b'{"role":"assistant","content":"' + b"word " * 60 + b'"}'
REPLY = b'{"id":"c","choices":[{"index":0,"message":' + MESSAGE + b',"finish_reason":"stop"}]}'
FRAME = b'"id":"c","object":"chat.completion.chunk","created":1,"model":"m"'
EVENT = b'data: {' + FRAME + b',"choices":[{"index":0,"delta":{"content":"word"},"finish_reason":null}]}\n\n'
def serve(sock, _):
    held = b""
    while True:
        while b"\r\n\r\n" not in held:
            got = sock.recv(65536)
            if not got: return
            held += got
        head, _, held = held.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(held) < length: held += sock.recv(65536)
        held = held[length:]
        if b" /stream" in head:
            sock.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(CHUNKS): sock.sendall(b"%x\r\n%s\r\n" % (len(EVENT), EVENT))
            sock.sendall(b"0\r\n\r\n")
        else:
            sock.sendall(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(REPLY), REPLY))
server = StreamServer(("127.0.0.1", 0), serve)
server.start(); print(server.server_port, flush=True); server.serve_forever()
""".replace("CHUNKS", str(CHUNKS))


@contextmanager
def upstream() -> Iterator[str]:
    """An instant upstream; gives its address."""
    child = subprocess.Popen(  # noqa: S603  # our own program, above
        [sys.executable, "-c", UPSTREAM], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.terminate()
        child.wait()


def door_client() -> tuple[Call, Call]:
    """A plain call and a stream read to its end, through the egress."""
    clock = SystemClock()
    egress = EgressClient(Connector(parse_networks("127.0.0.0/8"), system_resolve, clock, 5.0), clock)

    def call(base: str) -> int:
        return len(egress.send(Request("POST", base + "/", HEADERS, BODY)).read())

    def stream(base: str) -> int:
        reader = EventReader()
        response = egress.send(Request("POST", base + "/stream", HEADERS, BODY))
        return sum(len(reader.feed(piece)) for piece in response.pieces())

    return call, stream


def urllib3_client() -> tuple[Call, Call]:
    """The same with urllib3."""
    http_pool = urllib3.PoolManager(maxsize=GREENLETS, retries=False)

    def call(base: str) -> int:
        return len(http_pool.urlopen("POST", base + "/", headers=HEADERS, body=BODY).data)

    def stream(base: str) -> int:
        reader = EventReader()
        response = http_pool.urlopen(
            "POST", base + "/stream", headers=HEADERS, body=BODY, preload_content=False
        )
        count = sum(len(reader.feed(piece)) for piece in response.read_chunked())
        response.release_conn()
        return count

    return call, stream


def http_client() -> tuple[Call, Call]:
    """The same with http.client and a list of idle connections; it knows no vetting and no deadlines."""
    idle: list[http.client.HTTPConnection] = []

    def ask(base: str, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = idle.pop() if idle else http.client.HTTPConnection(base.removeprefix("http://"))
        connection.request("POST", path, BODY, HEADERS)
        return connection, connection.getresponse()

    def call(base: str) -> int:
        connection, response = ask(base, "/")
        content = response.read()
        idle.append(connection)
        return len(content)

    def stream(base: str) -> int:
        connection, response = ask(base, "/stream")
        reader = EventReader()
        count = 0
        while piece := response.read1(65536):
            count += len(reader.feed(piece))
        idle.append(connection)
        return count

    return call, stream


def cpu_ms(job: Call, base: str, times: int, greenlets: int) -> float:
    """CPU milliseconds of one job, from `times` of them."""
    workers = gevent.pool.Pool(greenlets)
    begun = time.process_time()
    for _ in workers.imap_unordered(job, [base] * times):
        pass
    return (time.process_time() - begun) * 1000 / times


def main() -> None:
    """Print the table."""
    clients = {"egress": door_client(), "urllib3": urllib3_client(), "http.client": http_client()}
    rows: dict[tuple[str, str], list[float]] = {}
    with upstream() as base:
        for calls, streams in clients.values():
            assert calls(base) > 300
            assert streams(base) == CHUNKS
        for _ in range(ROUNDS):
            for name, (call, stream) in clients.items():
                rows.setdefault((name, "call, 1 at a time"), []).append(cpu_ms(call, base, CALLS, 1))
                rows.setdefault((name, f"call, {GREENLETS} at a time"), []).append(
                    cpu_ms(call, base, CALLS, GREENLETS)
                )
                rows.setdefault((name, "streamed chunk"), []).append(
                    cpu_ms(stream, base, STREAMS, 4) / CHUNKS
                )
    print(f"{'client':12} {'what':20} CPU ms: median (least .. most)")
    for (name, what), found in sorted(rows.items(), key=lambda row: row[0][1]):
        print(f"{name:12} {what:20} {statistics.median(found):.4f} ({min(found):.4f} .. {max(found):.4f})")


if __name__ == "__main__":
    main()
