"""The same egress on gevent's sockets, in an interpreter of its own because patching cannot be undone."""

import subprocess
import sys

SCRIPT = """
from gevent import monkey; monkey.patch_all()
import time, gevent
from ni.outbound.client import Timeouts, Request
from ni.outbound.errors import Closed
from tests.fakes.doors import make_door
from tests.fakes.raw_server import RawServer, until_peer_leaves

left = []
def stall(sock):
    sock.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nok")
    until_peer_leaves(sock)
    left.append("stalled body")

def mute(sock):
    until_peer_leaves(sock)
    left.append("no head")

with RawServer([stall, mute]) as server:
    egress = make_door()
    request = Request("GET", f"http://upstream.test:{server.port}/", timeouts=Timeouts())
    response = egress.send(request)
    gevent.spawn_later(0.1, response.close)
    try:
        response.read()
    except Closed:
        print("closed")
    waiting = gevent.spawn(egress.send, request)
    gevent.sleep(0.1)
    waiting.kill()
    gevent.sleep(0.1)
    print(left)
    jobs = [gevent.spawn(lambda: egress.send(request).read()) for _ in range(50)]
    gevent.joinall(jobs, timeout=5)
    print({job.value for job in jobs}, egress.send(request).read())
"""


def test_under_gevent_a_close_or_a_kill_reaches_the_upstream_and_requests_interleave() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.stdout.splitlines() == ["closed", "['stalled body', 'no head']", "{b'ok'} b'ok'"], run.stderr
