"""Records of custody: fields as salted disclosures, and the commitment over them.

    disclosure = JCS([salt, name, value])          RFC 8785; salt = base64url of 18 bytes drawn per field
    rec        = SHA-256("ni-custody/rec/v1\\n" || the sorted SHA-256 digests of all disclosures)

Salting every field lets one be withheld or erased while the commitment over the rest still recomputes. Values are
strings, integers within 2^53, booleans, null, and lists of these: for those, compact JSON is the canonical form.
"""

import base64
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import orjson

from ni.domain.clock import give_way
from ni.domain.ids import Random, base64url

SALT_BYTES = 18
SALT_CHARACTERS = 24
_SALT = re.compile(f".{{{SALT_CHARACTERS}}}")
_PREFIX = b"ni-custody/rec/v1\n"

Value = str | int | bool | None | list["Value"]
Fields = Mapping[str, Value]


class RecordKind(StrEnum):
    """The event that a record is about."""

    OPEN = "open"
    CLOSE = "close"
    LOCAL = "local"
    DENY = "deny"
    MAP = "map"
    KEY = "key"
    RETAIN = "retain"
    ACTIVITY = "activity"


NO_REQUEST = frozenset({RecordKind.KEY, RecordKind.RETAIN, RecordKind.ACTIVITY})
"""Records of what was done to the log and to the instance; the retention period is not theirs."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record ready to be written: one part of a journal unit.

    `disclosures` is the JSON text of the list of disclosure strings; `openings` the JSON text of the random keys that
    open its content commitments, by field name.
    """

    request_id: str
    account_id: str
    kind: RecordKind
    at_ms: int
    rec: bytes
    disclosures: str
    openings: str

    @property
    def commitment(self) -> str:
        """43 characters of base64url: the value of `X-NI-Custody-Record`."""
        return base64url(self.rec)


def make_record(
    kind: RecordKind, at_ms: int, fields: Fields, openings: Mapping[str, str], random: Random
) -> Record:
    """The record of the fields, which include `rid` and `acct`."""
    disclosures = disclose({"v": 1, "kind": kind.value, **fields}, random)
    return Record(
        str(fields["rid"]),
        str(fields["acct"]),
        kind,
        at_ms,
        commit(disclosures),
        orjson.dumps(disclosures).decode(),
        orjson.dumps(dict(openings)).decode(),
    )


def disclose(fields: Fields, random: Random) -> list[str]:
    """One disclosure string per field, each with its own salt."""
    salts = _SALT.findall(base64url(random(SALT_BYTES * len(fields))))
    # Two of them are made for each call, of thirty fields each: `map` runs no code of Python between the fields.
    return list(map(bytes.decode, map(orjson.dumps, zip(salts, fields, fields.values(), strict=True))))


def commit(disclosures: list[str], hidden: list[bytes] | None = None) -> bytes:
    """`rec` of the disclosures and of the digests of those that are withheld; 32 bytes."""
    digests = [sha256(text).digest() for text in map(str.encode, disclosures)] + (hidden or [])
    return sha256(_PREFIX + b"".join(sorted(digests))).digest()


def read_fields(disclosures: str) -> dict[str, Value]:
    """The fields of a stored record by name."""
    triples = (json.loads(text) for text in json.loads(disclosures))
    return {name: value for _, name, value in triples}


_PIECE_BYTES = 1024 * 1024


def hashed(mac: hmac.HMAC, content: bytes) -> hmac.HMAC:
    """`mac` with all of `content`, piece by piece; yields to other greenlets."""
    for at in range(0, len(content), _PIECE_BYTES):
        mac.update(memoryview(content)[at : at + _PIECE_BYTES])
        give_way()
    return mac


class Commitment:
    """A running commitment to content: HMAC-SHA256 under 32 random bytes kept beside the record.

    A plain hash of a short prompt could be guessed. Deleting the key makes the commitment meaningless, which erases the
    content from the record.
    """

    __slots__ = ("_key", "_mac", "octets")

    def __init__(self, random: Random) -> None:
        self._key = random(32)
        self._mac = hmac.new(self._key, digestmod=sha256)
        self.octets = 0

    def add(self, content: bytes) -> None:
        """Append these bytes to the content; yields to other greenlets while there are many."""
        if len(content) > _PIECE_BYTES:
            hashed(self._mac, content)
        else:
            self._mac.update(content)
        self.octets += len(content)

    @property
    def value(self) -> str:
        """The commitment so far, base64url."""
        return base64url(self._mac.digest())

    @property
    def opening(self) -> str:
        """The key, standard base64: for the owner of the content only."""
        return base64.b64encode(self._key).decode()


class SentBodies:
    """Commitments to the bodies of the requests that one call caused, under one key, in the order of sending.

    A body that is sent again, by a retry or over a fresh connection, is committed to once.
    """

    __slots__ = ("_key", "_values")

    def __init__(self, random: Random) -> None:
        self._key = random(32)
        self._values: list[str] = []

    def add(self, body: bytes) -> None:
        """Commit to one whole body."""
        value = base64url(hashed(hmac.new(self._key, digestmod=sha256), body).digest())
        if value not in self._values:
            self._values.append(value)

    @property
    def value(self) -> Value:
        """The commitment, base64url; a list of them where bodies differed, None where nothing was sent."""
        if len(self._values) > 1:
            return list(self._values)
        return self._values[0] if self._values else None

    @property
    def opening(self) -> str:
        """The key, standard base64: for the owner of the content only."""
        return base64.b64encode(self._key).decode()


def commitment(content: bytes, random: Random) -> Commitment:
    """The commitment to the whole of `content`."""
    content_commitment = Commitment(random)
    content_commitment.add(content)
    return content_commitment
