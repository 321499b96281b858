"""Keys of local servers that were stored in a table of their own open after the migration that moves them."""

import os

import sqlalchemy as sa

from ni.access.base import Base
from ni.access.credentials import CredentialKeys
from ni.access.encryption import Binding, Cipher
from ni.access.platform_credentials import PlatformCredentials
from ni.domain.activity import OPERATOR
from ni.domain.clock import SystemClock
from ni.domain.secret import Secret
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.writer import Writer

SETTING, KEY = "NI_LOCAL_DESK_KEY", "sk-of-the-desk-0123456789"


def test_a_key_that_was_sealed_alone_opens_where_it_was_moved_to(empty: Database) -> None:
    empty.make_file()
    schema.migrate_empty(empty, "0025")
    keys = CredentialKeys(lambda version: b"k" * 32, b"f" * 32)
    sealed = Cipher(keys.encryption_key, os.urandom).encrypt(
        Binding(OPERATOR, SETTING, "key_1"), KEY.encode()
    )
    row = {
        "setting": SETTING,
        "id": "key_1",
        "key_version": 1,
        "nonce": sealed.nonce,
        "sealed": sealed.octets,
        "last4": "6789",
        "created_at": 1,
    }
    with empty.engine.begin() as connection:
        before = sa.table("server_keys", *(sa.column(name) for name in row))
        connection.execute(before.insert(), row)
    assert schema.upgrade(empty)
    writer = Writer(empty, ())
    base = Base(empty, DirectJournal(writer), SystemClock(), os.urandom)
    moved = PlatformCredentials(base, keys, lambda name: None)
    assert moved.lookup(SETTING) == Secret(KEY)
    assert (moved.key_ends(), moved.list()) == ({SETTING: "6789"}, ())

    base.write(*moved.stored_key(SETTING, Secret(KEY[::-1])))
    moved.renew()
    assert moved.lookup(SETTING) == Secret(KEY[::-1])
    base.write(*moved.forgotten_key(SETTING))
    moved.renew()
    assert moved.lookup(SETTING) is None
    writer.close()
