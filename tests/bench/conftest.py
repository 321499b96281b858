"""The load program against servers that reply with bytes the test wrote, each in a process of its own."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from bench.programs import Missing, Programs, compiled

# Replies to each request with the bytes of its second argument, so many at a time as its first says, and hangs up
# when its third says so. NOW in the bytes becomes the instant, less 50 ms, at which the reply was written.
REPLIER = """
import socketserver, sys, time
size, hang_up = int(sys.argv[1]), sys.argv[3] == "True"
class Replier(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(65536):
            sent_at = b"%019d" % (time.monotonic_ns() - 50_000_000)
            reply = sys.argv[2].encode().replace(b"NOW", sent_at)
            for start in range(0, len(reply), size):
                self.request.sendall(reply[start : start + size])
                time.sleep(0.0005 if size < 100 else 0)
            if hang_up:
                return
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Replier)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
"""
Replying = Callable[..., int]


@pytest.fixture(scope="session")
def programs() -> Programs:
    try:
        return compiled()
    except Missing as why:
        pytest.skip(str(why))


@pytest.fixture
def replying() -> Iterator[Replying]:
    """Starts servers, gives their ports, and ends them."""
    children: list[subprocess.Popen[bytes]] = []

    def start(reply: str, size: int = 1 << 20, hang_up: bool = False) -> int:
        command = [sys.executable, "-c", REPLIER, str(size), reply, str(hang_up)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        children.append(child)
        assert child.stdout is not None
        return int(child.stdout.readline())

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def upstream_port(programs: Programs) -> Iterator[int]:
    child = subprocess.Popen([programs.upstream, "20", "10"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    yield int(child.stdout.readline())
    child.kill()
    child.communicate()
