"""Reminds accounts of keys that are about to expire (`KeyReminders`), as far ahead as each key says."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ni.access.accounts import account_of
from ni.access.keys import KEY_AND_ACCOUNT, Key, key_of
from ni.domain.alerts import Alert, AlertKind
from ni.domain.clock import Clock, rfc3339, to_ms
from ni.store.database import Database
from ni.store.tables.access import keys

_REMINDED = KEY_AND_ACCOUNT.where(
    keys.c.revoked_at.is_(None),
    keys.c.remind_days.is_not(None),
    keys.c.expires_at > sa.bindparam("now", type_=sa.BigInteger),
).order_by(keys.c.id)


class KeyReminders:
    """Looks at the keys of all accounts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def alerts(self) -> Sequence[Alert]:
        """What is to be told now, told before or not. Raises `StoreUnavailable`.

        The window is the expiry: a key that is given another is told of again.
        """
        return list(self._alerts())

    def _alerts(self) -> Iterator[Alert]:
        now = self._clock.now()
        with self._database.read() as connection:
            rows = connection.execute(_REMINDED, {"now": to_ms(now)}).mappings().all()
        for row in rows:
            key, account = key_of(row), account_of(row)
            if key.reminds(now):
                yield _alert(key, account.id, account.time_zone)


def _alert(key: Key, account_id: str, time_zone: str) -> Alert:
    end = key.spec.expires_at
    assert end is not None  # else nothing is reminded of
    details = {
        "key": key.id,
        "name": key.spec.name,
        "last4": key.last4,
        "expires_at": rfc3339(end),
        "expires": end.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M %Z"),
    }
    return Alert(AlertKind.KEY, account_id, key.id, rfc3339(end), details)
