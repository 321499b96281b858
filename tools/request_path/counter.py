"""Counts the functions of the tree that are entered between `start` and `stop`, in this process.

`sys.setprofile` sees the functions of this thread, in all its greenlets; `threading.setprofile` those of threads that
are started later. Names are looked for in another process, and what is entered there is not counted.
"""

import sys
import threading
from pathlib import Path
from types import FrameType

import greenlet

ROOT = f"{Path(__file__).resolve().parents[2]}/"
COUNTED = (f"{ROOT}ni/", f"{ROOT}app.py")
INNER = ("<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "<module>")
"""No functions: comprehensions are part of the function around them, and are no frames from Python 3.12 on."""

Function = tuple[str, str, int]
"""File, qualified name and first line."""


class Counter:
    """Keeps what was entered; one at a time can count."""

    def __init__(self, counted: tuple[str, ...] = COUNTED) -> None:
        self._counted = counted
        self._entered: set[Function] = set()

    def start(self) -> None:
        """Forget what was counted, and count from here on."""
        self._entered.clear()
        greenlet.settrace(_switched)
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def stop(self) -> list[Function]:
        """End counting; the functions that were entered."""
        sys.setprofile(None)
        threading.setprofile(None)
        greenlet.settrace(None)
        return sorted(self._entered)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        """The profile function of the interpreter."""
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(self._counted) and code.co_name not in INNER:
            self._entered.add((code.co_filename.removeprefix(ROOT), code.co_qualname, code.co_firstlineno))


def _switched(_event: str, _greenlets: object) -> None:
    """Called on each switch of greenlets. That it is set at all makes the interpreter carry the profile over."""
