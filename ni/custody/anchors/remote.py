"""Anchors on other systems: S3 with Object Lock, and C2SP witnesses.

S3: one object per checkpoint, `<prefix><20-digit size>.txt`, written with `If-None-Match: *` under Object Lock in
COMPLIANCE mode, in which not even the account's root user can delete or replace it. The bucket must have been created
with Object Lock. The boto3 client, with its credentials, is a parameter.

Witness: `POST <url>/add-checkpoint` with the old size, the proof of consistency and the checkpoint (C2SP tlog-witness).
A witness cosigns only if the log grew from what it saw before. Its cosignature (C2SP tlog-cosignature, Ed25519: a time
and a signature) is verified with its key. Growth from size 0 needs no proof; RFC 6962 defines none.
"""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ni.custody.anchors.base import AnchorDown, AnchorForked, CheckpointPublication, file_name
from ni.custody.note import NoteRefused, VerifierKey, signature_of
from ni.domain.clock import Clock

RETAINED = timedelta(days=3650)
EXISTS = frozenset({"PreconditionFailed", "412"})


class S3Anchor:
    """Objects under a prefix of a bucket."""

    def __init__(self, client: Any, bucket: str, prefix: str, clock: Clock) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._clock = clock
        self._from = ""
        self.name = f"s3://{bucket}/{prefix}"

    def newest(self) -> str | None:
        """The content of the object with the greatest size."""
        key = self._last_key()
        if key is None:
            return None
        self._from = key
        return self._read(key)

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Put the object. Raises `AnchorForked` if there is another checkpoint of that size."""
        key = self._prefix + file_name(publication.size)
        if not self._put(key, publication.note):
            held = self._read(key)
            if held.rpartition("\n\n")[0] != publication.note.rpartition("\n\n")[0]:
                raise AnchorForked(f"{key} holds another checkpoint")
        return []

    def _put(self, key: str, note: str) -> bool:
        """Whether it was written; False if the key exists."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=note.encode(),
                ContentType="text/plain; charset=utf-8",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=self._clock.now() + RETAINED,
            )
        except Exception as fault:  # boto3 makes its exceptions at run time
            if _code(fault) in EXISTS:
                return False
            raise AnchorDown(_code(fault)) from fault
        return True

    def _read(self, key: str) -> str:
        try:
            octets: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except Exception as fault:  # see above
            raise AnchorDown(_code(fault)) from fault
        return octets.decode("utf-8", "replace")

    def _last_key(self) -> str | None:
        """The last key; the listing starts at the key of the last time, which is listed again."""
        last, after = None, self._from[:-1]
        while True:
            try:
                page = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=self._prefix, StartAfter=after
                )
            except Exception as fault:  # see above
                raise AnchorDown(_code(fault)) from fault
            keys = [entry["Key"] for entry in page.get("Contents", []) if entry["Key"].endswith(".txt")]
            last = keys[-1] if keys else last
            if not keys or not page.get("IsTruncated"):
                return last
            after = keys[-1]


def _code(fault: Exception) -> str:
    """S3's error code, else the exception's type; never its message, which may quote an address."""
    response = getattr(fault, "response", {})
    return str(response.get("Error", {}).get("Code") or type(fault).__name__)


Post = Callable[[str, bytes], tuple[int, bytes]]
"""Posts a body to a URL; status and body of the response. Raises `OSError` if there is none."""
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
        """None: a witness cannot be read; it refuses what does not follow."""
        return None

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Get a cosignature. Raises `AnchorForked` if the witness saw another or a longer log."""
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
