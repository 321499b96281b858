"""Keys that are about to expire: told of as far ahead as the key says, once for each expiry."""

from datetime import timedelta

from ni.access.key_reminders import expiring_keys
from ni.access.key_spec import KeySpec
from ni.alerts.book import AlertBook
from ni.alerts.receivers import AlertTools
from tests.cast import Access, Cast, tell


def names(cast: Cast) -> list[str]:
    found = expiring_keys(cast.access.database, cast.access.clock)
    return [alert.details["name"] for alert in found]


def spec(access: Access, name: str, ends_in_days: int | None, remind_days: int | None) -> KeySpec:
    end = None if ends_in_days is None else access.clock.now() + timedelta(days=ends_in_days)
    return KeySpec(name, expires_at=end, remind_days=remind_days)


def test_a_key_is_told_of_as_far_ahead_as_it_says_and_not_after_its_end(cast: Cast) -> None:
    access, mine = cast.access, cast.access.keys_of(cast.alices)
    for name, ends, ahead in (("soon", 7, 7), ("later", 8, 7), ("never", None, 7), ("quiet", 1, None)):
        mine.create(spec(access, name, ends, ahead))
    gone = mine.create(spec(access, "gone", 1, 7))
    mine.revoke(gone.id)
    assert names(cast) == ["soon"]
    access.clock.move(days=1)
    assert sorted(names(cast)) == ["later", "soon"]
    access.clock.move(days=6)
    assert names(cast) == ["later"]


def test_it_is_raised_once_for_each_expiry_and_says_when_in_the_accounts_time_zone(cast: Cast) -> None:
    access, mine = cast.access, cast.access.keys_of(cast.charlies)
    made = mine.create(spec(access, "robot", 3, 7))
    base = access.base
    tools = AlertTools(base.database, base.journal, base.clock, base.random, tell)

    def raised() -> int:
        return AlertBook(tools).raise_all(expiring_keys(access.database, access.clock))

    assert [raised(), raised()] == [1, 0]
    access.clock.move(days=1)
    assert raised() == 0
    (alert,) = expiring_keys(access.database, access.clock)
    assert (alert.account_id, alert.details["expires"]) == (cast.charlies, "2026-11-26 02:00 PST")
    mine.edit(made.id, spec(access, "robot", 5, 7))
    assert raised() == 1
