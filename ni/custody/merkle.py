"""The Merkle tree of RFC 6962 section 2.1 over SHA-256: leaves, growth, and proofs.

A leaf is 65 bytes, which disclose nothing without the record and the account's key:

    link  = HMAC-SHA256(K_acct, "ni-custody/link/v1\\n" || uint64be(acct_seq) || previous leaf hash of the account)
    entry = type || rec || link

The links make one chain per account, without gaps: a missing record shows in the numbers of the next. Growth needs only
the frontier, and proofs get the hashes of spans as a function. Of the perfect subtrees those at levels 8, 16, 24 ...
are stored; hashes between are computed from at most 256. Proofs are checked by `ni_verify.py`, which imports nothing
from here.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from ni.domain.activity import OPERATOR

HASH_BYTES = 32
STORED_LEVELS = 8
EMPTY_ROOT = sha256(b"").digest()

Span = Callable[[int, int], bytes]
"""The Merkle tree hash of the leaves `[low, high)`."""


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree of 2^level leaves, the `index`th from the left."""

    level: int
    index: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf that holds `entry`."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows at its right edge; it holds the roots of its perfect subtrees, the largest first."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf's hash; returns the subtrees completed by it whose level is stored."""
        level, index, node, completed = 0, self.size, leaf, []
        while index & 1:
            node = node_hash(self.peaks.pop(), node)
            level, index = level + 1, index >> 1
            if level % STORED_LEVELS == 0:
                completed.append(Node(level, index, node))
        self.peaks.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def packed(self) -> bytes:
        """The peaks in one value, for `unpack`."""
        return b"".join(self.peaks)

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> "Frontier":
        """The inverse of `packed`. Raises `ValueError` if the peaks are not those of a tree of that size."""
        return cls(size, [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])


def split(leaves: int) -> int:
    """The largest power of two smaller than `leaves`, which is at least 2: where a tree divides."""
    return 1 << (leaves - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, span: Span) -> list[bytes]:
    """The audit path of a leaf, its sibling first (RFC 6962 section 2.1.1). Raises `ValueError` outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            path.append(span(middle, high))
            high = middle
        else:
            path.append(span(low, middle))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, span: Span) -> list[bytes]:
    """That a tree grew from `old` to `new` leaves (RFC 6962 section 2.1.2).

    Raises `ValueError` unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError(f"there is no proof from {old} to {new} leaves")
    low, high, path = 0, new, []
    while old < high:
        middle = low + split(high - low)
        if old <= middle:
            path.append(span(middle, high))
            high = middle
        else:
            path.append(span(low, middle))
            low = middle
    if low:
        path.append(span(low, high))
    return path[::-1]


FIRST = bytes(HASH_BYTES)
"""The previous leaf hash of an account's first record."""
_PREFIX = b"ni-custody/link/v1\n"


class EntryType(IntEnum):
    """The first byte of an entry. 3 is reserved for padding."""

    ACCOUNT = 1
    OPERATOR = 2


def entry_type(account_id: str) -> EntryType:
    """The type of the entries of this account."""
    return EntryType.OPERATOR if account_id == OPERATOR else EntryType.ACCOUNT


def link(key: bytes, acct_seq: int, previous: bytes) -> bytes:
    """The link of the account's record number `acct_seq`, counted from 0."""
    return hmac.digest(key, _PREFIX + acct_seq.to_bytes(8, "big") + previous, "sha256")


def entry(account_id: str, rec: bytes, linked: bytes) -> bytes:
    """The 65 bytes of a leaf."""
    return bytes((entry_type(account_id),)) + rec + linked


def entry_hash(account_id: str, rec: bytes, linked: bytes) -> bytes:
    """The leaf's hash in the tree."""
    return leaf_hash(entry(account_id, rec, linked))
