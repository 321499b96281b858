"""Every provider on gevent's sockets: streams interleave, memory returns, a close reaches the upstream.

In an interpreter of its own, because patching cannot be undone; the upstream stays in this one.
"""

import json
import subprocess
import sys

import pytest

from tests.fakes.openai_server import Script
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire

SCRIPT = """
from gevent import monkey; monkey.patch_all()
import gc, json, sys, time, types, gevent
from tests.fakes.doors import make_door
from tests.fakes.orders import USER, order
from tests.fakes.upstreams import UPSTREAMS

name, url = sys.argv[1:]
upstream = UPSTREAMS[name]
provider = upstream.build(make_door(), upstream.lookup())
to = upstream.route(types.SimpleNamespace(url=url))
longest = [0.0]

def watch():
    # the hub's own CPU between two turns of a greenlet that only waits: what others would wait for it
    while True:
        begun = time.thread_time()
        gevent.sleep(0.005)
        longest[0] = max(longest[0], time.thread_time() - begun)

def stream(_=None):
    pieces = [c["choices"][0]["delta"].get("content") or ""
              for c in provider.send(order(to, stream=True)).chunks() if c["choices"]]
    return "".join(pieces) == USER["content"]

def resident_kib():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * 4

def hundred():
    begun = time.monotonic()
    jobs = [gevent.spawn(stream) for _ in range(100)]
    gevent.joinall(jobs, raise_error=True)
    return all(job.value for job in jobs), time.monotonic() - begun

gevent.spawn(watch); gevent.sleep(0.02)
stream(); first = longest[0]; longest[0] = 0
hundred(); before = resident_kib(); gc.freeze()  # as a server does once it is loaded
whole, took_s = hundred(); after = resident_kib()
exchange = provider.send(order(to, stream=True))
waiting = gevent.spawn(lambda: list(exchange.chunks()))
gevent.sleep(0.05)
exchange.close()
waiting.join(1)
print(json.dumps({"whole": whole, "took_s": took_s, "grown_kib": after - before,
                  "first_ms": first * 1000, "stall_ms": longest[0] * 1000, "ended": waiting.dead}))
"""


@pytest.mark.parametrize("name", sorted(UPSTREAMS))
def test_a_hundred_streams_interleave_and_leave_nothing_behind(name: str) -> None:
    with FakeWire(UPSTREAMS[name].wire()) as fake:
        fake.pace_s = 0.02
        fake.scripts.extend([Script(piece=200)] * 500)
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, name, fake.url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        found = json.loads(run.stdout)
        assert fake.peer_left.wait(10)
    assert found["whole"]
    assert found["ended"]
    assert found["took_s"] < 40  # one after the other they would take more than fifty
    assert found["grown_kib"] < 8 * 1024
    assert found["first_ms"] < 50, "a vendor's library was loaded on the hub"
    assert found["stall_ms"] < 100
