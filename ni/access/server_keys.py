"""Keys of local servers, sealed as accounts' credentials are, by the name of the setting that a deployment names.

Whoever stores one puts `stored` into the unit that changes the deployment. A key that does not open is an error, and
nothing is sent without it. What is read is at most `FRESH_S` old, so that a change is in force in every process.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ni.access.base import Base, deleted, inserted
from ni.access.credentials import CredentialKeys, last4
from ni.access.encryption import CURRENT, Binding, Cipher, DecryptionFailed, Encrypted
from ni.domain.activity import OPERATOR
from ni.domain.errors import UpstreamAuth
from ni.domain.ids import object_id
from ni.domain.secret import Secret
from ni.store.tables.catalog import server_keys
from ni.store.unit import Change

FRESH_S = 5.0
SETTING = re.compile(r"NI_LOCAL_[A-Z0-9_]{1,48}_KEY")
"""The settings whose values may be stored here; no other name is looked up."""


@dataclass(frozen=True, slots=True)
class _ReadKeys:
    read_at: float
    opened: Mapping[str, Secret | None]
    shown: Mapping[str, str]


class ServerKeys:
    """The stored keys of one instance."""

    def __init__(self, base: Base, keys: CredentialKeys) -> None:
        self._base = base
        self._cipher = Cipher(keys.encryption_key, base.random)
        self._read: _ReadKeys | None = None

    def stored(self, setting: str, key: Secret) -> tuple[Change, ...]:
        """The parts of a unit that store a key in place of the one before."""
        binding = Binding(OPERATOR, setting, object_id("key", self._base.random))
        encrypted = self._cipher.encrypt(binding, key.reveal().encode())
        row = {
            "setting": setting,
            "id": binding.secret_id,
            "key_version": CURRENT,
            "nonce": encrypted.nonce,
            "sealed": encrypted.octets,
            "last4": last4(key),
            "created_at": self._base.now_ms(),
        }
        return (*self.forgotten(setting), inserted(server_keys, row))

    def forgotten(self, setting: str) -> tuple[Change, ...]:
        """The parts of a unit that forget a key; nothing happens where there is none."""
        return (deleted(server_keys, server_keys.c.setting == setting),)

    def end_of(self, key: Secret) -> str:
        """The last four characters of a key that is long enough to show them."""
        return last4(key)

    def lookup(self, setting: str) -> Secret | None:
        """The key, or None. Raises `UpstreamAuth` for one that does not open, and `StoreUnavailable`."""
        if not SETTING.fullmatch(setting):
            return None
        opened = self._now().opened
        if setting in opened and opened[setting] is None:
            raise UpstreamAuth(provider="The gateway")
        return opened.get(setting)

    def shown(self) -> Mapping[str, str]:
        """The last four characters of each key, by its setting; empty for a short one. Raises `StoreUnavailable`."""
        return self._now().shown

    def refresh(self) -> None:
        """Read the database at the next look-up; call it after a change in this process."""
        self._read = None

    def _now(self) -> _ReadKeys:
        read, now = self._read, self._base.clock.monotonic()
        if read is None or now - read.read_at > FRESH_S:
            with self._base.database.read() as connection:
                rows = list(connection.execute(sa.select(server_keys)).mappings())
            opened = {row["setting"]: self._opened(row) for row in rows}
            read = self._read = _ReadKeys(now, opened, {row["setting"]: row["last4"] for row in rows})
        return read

    def _opened(self, row: sa.RowMapping) -> Secret | None:
        binding = Binding(OPERATOR, row["setting"], row["id"], row["key_version"])
        try:
            return Secret(self._cipher.decrypt(binding, Encrypted(row["nonce"], row["sealed"])).decode())
        except DecryptionFailed:
            return None
