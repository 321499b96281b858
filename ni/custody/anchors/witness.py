"""An anchor that is a C2SP witness: it cosigns a checkpoint only if the log grew from what it saw before.

`POST <url>/add-checkpoint` with the old size, the proof of consistency and the checkpoint (C2SP tlog-witness). Its
cosignature (C2SP tlog-cosignature, Ed25519: a time and a signature) is checked against its key before it is kept.
A witness accepts growth from size 0 without a proof; RFC 6962 knows no such proof.
"""

import base64
from collections.abc import Callable

from ni.custody.anchors.base import AnchorDown, AnchorForked, CheckpointPublication
from ni.custody.note import NoteRefused, VerifierKey, signature_of

Post = Callable[[str, bytes], tuple[int, bytes]]
"""Sends a body to an address; status and body of the answer. Raises `OSError` if there is none."""
TIME_BYTES = 8


class WitnessAnchor:
    """One witness, by its address and key; `key.kind` is that of cosignatures."""

    def __init__(self, post: Post, url: str, key: VerifierKey) -> None:
        self._post = post
        self._url = url.rstrip("/") + "/add-checkpoint"
        self._key = key
        self._old = 0
        self.name = f"witness {key.name}"

    def newest(self) -> str | None:
        """A witness does not tell; it refuses what does not follow."""
        return None

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Have it cosigned. Raises `AnchorForked` if the witness saw another or a longer log."""
        status, answer = self._ask(publication)
        if status == 409:
            self._old = self._size_of(answer, publication.size)
            status, answer = self._ask(publication)
        if status == 409:  # another of our processes may have been there in between
            self._old = self._size_of(answer, publication.size)
        if status in (409, 422):
            raise AnchorForked(f"{self.name} refuses our growth from {self._old} to {publication.size}")
        if status != 200:
            raise AnchorDown(f"{self.name} answered {status}")
        line = self._checked(answer.decode("utf-8", "replace"), publication)
        self._old = publication.size
        return [line]

    def _ask(self, publication: CheckpointPublication) -> tuple[int, bytes]:
        grown = 0 < self._old < publication.size
        proof = publication.growth(self._old) if grown else []
        hashes = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
        body = f"old {self._old}\n{hashes}\n{publication.note}"
        try:
            return self._post(self._url, body.encode())
        except OSError as fault:
            raise AnchorDown(f"{self.name}: {type(fault).__name__}") from fault

    def _size_of(self, answer: bytes, ours: int) -> int:
        text = answer.strip()
        if not text.isdigit():
            raise AnchorDown(f"{self.name} answered 409 without a size")
        if int(text) > ours:
            raise AnchorForked(f"{self.name} has seen size {int(text)}, our log has {ours}", int(text))
        return int(text)

    def _checked(self, lines: str, publication: CheckpointPublication) -> str:
        """The witness's own line. A cosignature says: at this time I saw this checkpoint."""
        text = publication.note.rpartition("\n\n")[0] + "\n"
        for line in lines.splitlines():
            try:
                name, key_id, octets = signature_of(line)
            except NoteRefused:
                continue
            if (name, key_id) != (self._key.name, self._key.id):
                continue
            at = int.from_bytes(octets[:TIME_BYTES], "big")
            if self._key.verifies(f"cosignature/v1\ntime {at}\n{text}".encode(), octets[TIME_BYTES:]):
                return line + "\n"
        raise AnchorDown(f"{self.name} gave no valid cosignature")
