"""Serves a scene on loopback, as one worker does: gevent's server, in a thread with an event loop of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from queue import Queue

import gevent
from gevent.pywsgi import WSGIServer

from ni.web.docs import Guides
from ni.web.portal.context import EXTENSION, Portal
from tests.portal.scenes import GUIDES, Scene, at_work, give_second_factor, make_app


@contextmanager
def served(scene: Scene, factor_of: str = "") -> Iterator[str]:
    """The address; the person `factor_of` signs in with codes. The gateway lives in the thread that serves."""
    started: Queue[str] = Queue()
    stop = threading.Event()
    thread = threading.Thread(target=_serve, args=(scene, factor_of, started, stop), daemon=True)
    thread.start()
    yield started.get(timeout=30)
    stop.set()
    thread.join(10)


def _serve(scene: Scene, factor_of: str, started: "Queue[str]", stop: threading.Event) -> None:
    with at_work(scene.home) as gateway:
        if factor_of:
            give_second_factor(gateway, scene.places[factor_of])
        app = make_app(gateway)
        portal = app.extensions[EXTENSION]
        app.extensions[EXTENSION] = _with_guides(portal, GUIDES)
        server = WSGIServer(("127.0.0.1", 0), app, log=None)
        server.start()
        started.put(f"http://127.0.0.1:{server.server_port}")
        while not stop.is_set():
            gevent.sleep(0.05)
        server.stop(timeout=1)


def _with_guides(portal: Portal, folder: Path) -> Portal:
    return replace(portal, guides=Guides(folder, portal.options.public_url))
