"""Vendors' libraries: loaded on first use, and beside the hub, because an import of 70 ms of CPU would hold up all.

A greenlet that needs a library waits while a thread of gevent's pool imports it; the others go on. Without gevent's
patches (the command line, tests) the import happens where it stands.
"""

from collections.abc import Callable
from importlib import import_module
from threading import Lock

import gevent
from gevent.monkey import is_module_patched


class Library:
    """Modules that are imported together, once; what is imported afterwards by name is there already."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = Lock()
        self._there = False

    def load(self) -> None:
        """Return when the modules are imported."""
        if self._there:
            return
        with self._lock:
            if not self._there:
                aside(self._import)
                self._there = True

    def _import(self) -> None:
        for module in self._modules:
            import_module(module)


def aside(work: Callable[[], None]) -> None:
    """Do work that would hold up all others in a thread of gevent's pool; return, or raise, when it is done."""
    if is_module_patched("socket"):
        gevent.get_hub().threadpool.apply(work)
    else:
        work()
