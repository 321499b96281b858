"""Python runs this first in servers that tests start: their streams are checked too, see `tests/checked_streams.py`.

The wrapping waits until the server itself imports the dialects, so that gevent has patched what it patches before.
Streams out of order are written to the file that `TESTS_STREAMS` names, which ends the test that started the server.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


class WhenTheGatewayIsBuilt(MetaPathFinder):
    """Finds nothing; notices that the factory is about to be imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "ni.factory.gateway":
            sys.meta_path.remove(self)
            from tests import checked_stalls, checked_streams

            checked_streams.install(setattr, written)
            if "TESTS_STALLS" in os.environ:
                checked_stalls.install()
        return None


def written(violation: str) -> None:
    """Keep what was out of order where the test looks for it."""
    with Path(os.environ["TESTS_STREAMS"]).open("a") as log:
        log.write(violation + "\n")


if "TESTS_STREAMS" in os.environ:
    sys.meta_path.insert(0, WhenTheGatewayIsBuilt())
