"""Reminds accounts of keys that are about to expire (`expiring_keys`), as far ahead as each key says."""

from collections.abc import Sequence
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


def expiring_keys(database: Database, clock: Clock) -> Sequence[Alert]:
    """What the accounts are to be told now, told before or not. Raises `StoreUnavailable`.

    The window is the expiry: a key that is given another is told of again.
    """
    now = clock.now()
    with database.read() as connection:
        rows = connection.execute(_REMINDED, {"now": to_ms(now)}).mappings().all()
    found = ((key_of(row), account_of(row)) for row in rows)
    return [_alert(key, account.id, account.time_zone) for key, account in found if key.reminds(now)]


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
