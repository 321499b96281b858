"""What the gateway and its worker say to each other: JSON objects, each preceded by its length in four bytes.

One frame is one question or one answer. Nothing is ever logged from here: frames carry people's text.
"""

import json
import socket
import struct
from typing import Any

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
