"""A worker without models: real process, real socket, and it does what its text says. `python stand_in.py <fd>`."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))  # a worker is started in the project's folder

from ni.privacy.names.worker.server import inherited, send_frame, serve
from ni.privacy.spans import Label, Span


def obey(texts: Sequence[str]) -> list[list[Span]]:
    for text in texts:
        if "die" in text:
            os._exit(9)
        if "sleep" in text:
            time.sleep(60)
        if "slowly" in text:
            time.sleep(0.02)
    return [[Span(0, len(text), Label.PERSON, certain=False)] for text in texts]


if __name__ == "__main__":
    with inherited(sys.argv[1]) as connection:
        send_frame(connection, {"ready": True, "version": "stand-in"})
        serve(connection, obey)
