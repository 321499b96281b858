"""What a leaf holds: 65 bytes that say nothing to anyone without the record and the account's key.

    link  = HMAC-SHA256(K_acct, "ni-custody/link/v1\\n" || uint64be(acct_seq) || previous leaf hash of the account)
    entry = type || rec || link

The links make one chain per account, without gaps: a record that is left out shows in the numbers of the next.
"""

import hmac
from enum import IntEnum

from ni.custody.merkle import HASH_BYTES, leaf_hash

FIRST = bytes(HASH_BYTES)
"""Stands for the previous leaf of an account's first record."""
OPERATOR = "operator"
"""The account of the log's own records; ids of accounts have another form."""
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
