"""Loading a vendor's library: beside the hub, once, and complete for whoever waits."""

import json
import subprocess
import sys

from ni.providers.base import Library

SCRIPT = """
from gevent import monkey; monkey.patch_all()
import json, sys, time, gevent
from ni.providers.base import Library

library, turns, hub_s = Library("google.oauth2.service_account", "botocore.session"), [0], time.thread_time

def tick():
    while True:
        turns[0] += 1
        gevent.sleep(0.001)

def load():
    library.load()
    return hasattr(sys.modules["google.oauth2.service_account"], "Credentials")

gevent.spawn(tick); gevent.sleep(0.01)
begun, whole, before = hub_s(), time.process_time(), turns[0]
jobs = [gevent.spawn(load) for _ in range(3)]
gevent.joinall(jobs, raise_error=True)
print(json.dumps({"whole": [job.value for job in jobs], "turns": turns[0] - before,
                  "hub_ms": (hub_s() - begun) * 1000, "all_ms": (time.process_time() - whole) * 1000}))
"""


def test_other_greenlets_go_on_while_a_library_loads_and_whoever_needs_it_gets_it_whole() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["whole"] == [True] * 3
    assert found["turns"] > 3
    assert found["hub_ms"] < found["all_ms"] / 2


def test_without_gevents_patches_the_import_happens_where_it_stands() -> None:
    sys.modules.pop("wave", None)
    Library("wave").load()
    assert "wave" in sys.modules
