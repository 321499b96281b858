"""The names worker's process: reads texts from its socket, answers with the names in them, ends when it closes.

Started by `pool.py` as `python -m ni.privacy.names.worker.server <fd>`, without the gateway's environment and other
open files. Once loaded it lowers its priority. Each frame is a JSON object after its length in four bytes (network
order). Nothing is logged here: frames carry people's text.
"""

import gc
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ni.privacy.spans import Span

# Not `multiprocessing.connection`: it uses `os.read`, which gevent does not patch, so it would block the event loop.
LENGTH = struct.Struct("!I")
MOST_BYTES = 16 * 2**20


def send_frame(connection: socket.socket, message: dict[str, Any]) -> None:
    """Sends one frame. Raises OSError if the other side is gone or does not read in time."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    connection.sendall(LENGTH.pack(len(body)) + body)


def receive_frame(connection: socket.socket) -> dict[str, Any]:
    """The next frame. Raises EOFError if the other side closed, OSError if it is late or gone."""
    [length] = LENGTH.unpack(_exactly(connection, LENGTH.size))
    if length > MOST_BYTES:
        raise EOFError("The frame is longer than either side writes.")
    message: dict[str, Any] = json.loads(_exactly(connection, length))
    return message


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(min(size, 2**18))
        if not part:
            raise EOFError("The other side closed the connection.")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


NICENESS = 10


def inherited(number: str) -> socket.socket:
    """The socket with this file number, blocking: where gevent made the pair, it comes without."""
    connection = socket.socket(fileno=int(number))
    connection.setblocking(True)
    return connection


def serve(connection: socket.socket, find: Callable[[Sequence[str]], list[list[Span]]]) -> None:
    """Answers frame after frame until the gateway closes its end."""
    while True:
        try:
            question = receive_frame(connection)
        except EOFError:
            return
        spans_of_texts = find(question["texts"])
        answer = [[(span.start, span.end, span.label.value) for span in spans] for spans in spans_of_texts]
        send_frame(connection, {"id": question["id"], "spans": answer})


def main(arguments: Sequence[str]) -> int:
    """Loads the models, says that it is ready, serves. The exit status is 1 if the models cannot be loaded."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the gateway ends us by closing
    from ni.privacy.names.tagger import Tagger

    with inherited(arguments[0]) as connection:
        try:
            tagger = Tagger.load()
        except (OSError, ImportError, ValueError) as fault:
            send_frame(connection, {"ready": False, "fault": type(fault).__name__})
            return 1
        tagger.find(["Warm up with Marie Smith.", "Bonjour, je suis chez Marie."])
        gc.collect()
        gc.freeze()  # what is loaded stays: collecting must not look through it again and again
        try:
            send_frame(connection, {"ready": True, "version": tagger.version})
            # Not before: calls wait for the models, and below others they took half a minute on a busy machine.
            os.nice(NICENESS)
            serve(connection, tagger.find)
        except (BrokenPipeError, ConnectionResetError):
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
