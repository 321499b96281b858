"""Checkpoints (C2SP tlog-checkpoint) and the other texts that the log signs.

Three lines: origin, size, root. No extension lines, which the cosignatures of witnesses would not all cover. Beside it
two statements of our own under the same key, which no one can take for a checkpoint because their first line differs:

    <origin>/promise   a record is durable and will be in the log within the merge delay
    <origin>/receipt   this receipt, by its SHA-256, is what the log gave out
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from ni.custody.note import NoteRefused


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log says of itself: so many leaves, with this root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text; extension lines are ignored. Raises `NoteRefused`."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or lines[-1]:
        raise NoteRefused("this is not a checkpoint")
    digits = lines[1]
    if not (digits.isascii() and digits.isdigit()) or str(int(digits)) != digits or int(digits) >= 2**63:
        raise NoteRefused("the size of the checkpoint is not a number")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused("the root of the checkpoint is not base64") from None
    return Checkpoint(lines[0], int(digits), root)


def promise_text(origin: str, at_ms: int, rec: bytes) -> str:
    """Text of the promise that the log will contain an entry with this `rec`."""
    return f"{origin}/promise\n{at_ms}\n{base64.b64encode(rec).decode()}\n"


def seal_text(origin: str, receipt: bytes) -> str:
    """Text of the seal over the bytes of a receipt without its seal."""
    return f"{origin}/receipt\n{base64.b64encode(sha256(receipt).digest()).decode()}\n"


def proof_text(index: int, path: list[bytes], note: str) -> str:
    """An inclusion proof with its checkpoint (C2SP tlog-proof, the `.tlog-proof` file)."""
    hashes = "".join(base64.b64encode(each).decode() + "\n" for each in path)
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}"
