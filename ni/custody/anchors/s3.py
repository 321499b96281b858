"""An anchor in S3 with Object Lock in COMPLIANCE mode: not even the account's root user can delete or replace it.

One object per checkpoint, `<prefix><20-digit size>.txt`, written with `If-None-Match: *`. The bucket must have been
made with Object Lock. The client is boto3's and comes from outside, with its own credentials.
"""

from datetime import timedelta
from typing import Any

from ni.custody.anchors.base import AnchorDown, AnchorForked, CheckpointPublication, file_name
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
        """The object with the greatest size."""
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
        except Exception as fault:  # likewise
            raise AnchorDown(_code(fault)) from fault
        return octets.decode("utf-8", "replace")

    def _last_key(self) -> str | None:
        """The last key; a listing goes on from the one found the last time, which is listed again."""
        last, after = None, self._from[:-1]
        while True:
            try:
                page = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=self._prefix, StartAfter=after
                )
            except Exception as fault:  # likewise
                raise AnchorDown(_code(fault)) from fault
            keys = [found["Key"] for found in page.get("Contents", []) if found["Key"].endswith(".txt")]
            last = keys[-1] if keys else last
            if not keys or not page.get("IsTruncated"):
                return last
            after = keys[-1]


def _code(fault: Exception) -> str:
    """S3's own word for what is wrong, else the kind of fault: messages may quote an address."""
    response = getattr(fault, "response", {})
    return str(response.get("Error", {}).get("Code") or type(fault).__name__)
