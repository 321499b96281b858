"""A fault of ours whose message quotes what somebody wrote: the log tells its type and place alone.

The faults are planted when the server starts, since no call provokes one: in a view, in what surrounds Flask, in a
greenlet and in a thread that nobody waits for.
"""

import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import traces
from tests.running import ROOT, RunningGateway

SAID = "Margaret Thornton lives here"
PLANTED = f"""
import sys
from importlib.abc import MetaPathFinder

def fail():
    raise RuntimeError({SAID!r})

class Plant(MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname == "ni.factory.gateway":
            sys.meta_path.remove(self)
            import threading
            import flask
            import gevent
            whole, routed = flask.Flask.wsgi_app, flask.Flask.full_dispatch_request
            def wsgi_app(app, environ, start_response):
                if environ.get("HTTP_X_FAULT") == "greenlet":
                    gevent.spawn(fail)
                if environ.get("HTTP_X_FAULT") == "thread":
                    threading.Thread(target=fail).start()
                return fail() if environ.get("HTTP_X_FAULT") == "outside" else whole(app, environ, start_response)
            def full_dispatch_request(app):
                return fail() if flask.request.headers.get("X-Fault") == "view" else routed(app)
            flask.Flask.wsgi_app, flask.Flask.full_dispatch_request = wsgi_app, full_dispatch_request
        return None

sys.meta_path.insert(0, Plant())
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    planted = tmp_path_factory.mktemp("planted")
    (planted / "sitecustomize.py").write_text(PLANTED)
    home: Path = tmp_path_factory.mktemp("home")
    gateway = RunningGateway(home, PYTHONPATH=f"{planted}:{ROOT}", NI_LOG_LEVEL="debug")
    gateway.ni("init")
    try:
        yield gateway.start()
    finally:
        gateway.kill()


@pytest.mark.parametrize("place", ["view", "outside", "greenlet", "thread"])
def test_a_fault_is_logged_without_its_message(gateway: RunningGateway, place: str) -> None:
    before = gateway.log.read_text().count("RuntimeError")
    request = urllib.request.Request(f"{gateway.url}/healthz", headers={"X-Fault": place})
    answer = b""
    try:
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=20) as response:
            answer = response.read()
    except urllib.error.HTTPError as refused:
        answer = refused.read()
    ends_at = time.monotonic() + 20
    while gateway.log.read_text().count("RuntimeError") == before and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert gateway.log.read_text().count("RuntimeError") > before
    kept = {"the answer": answer, **traces.files(gateway.home)}
    assert traces.found(kept, [SAID, "Margaret"]) == []
