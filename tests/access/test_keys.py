"""The gate: who gets through, how fast a change is felt, and that every refusal looks and costs the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ni.access.key_spec import KeySpec
from ni.access.key_text import Peppers, checksum
from ni.access.keys import AccountKeys, KeyGate
from ni.domain.errors import InvalidKey, StoreUnavailable
from ni.domain.pii_labels import Label
from ni.domain.route import Tier
from ni.store.tables.access import keys
from tests.cast import Access, Cast
from tests.slow_reads import reads_of_a_crowd


@contextmanager
def counted(access: Access) -> Iterator[list[str]]:
    """The SQL that the reading side runs meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(access.database.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(access.database.engine, "before_cursor_execute", note)


@pytest.fixture
def mine(cast: Cast) -> AccountKeys:
    return cast.access.keys_of(cast.alices)


def with_other_secret(text: str) -> str:
    """A well-formed key with the same public id."""
    body = text[:18] + "A" * 38
    return body + checksum(body)


def with_other_id(text: str) -> str:
    """A well-formed key that nobody has."""
    body = text[:8] + "A" * 10 + text[18:-6]
    return body + checksum(body)


def test_a_key_lets_its_account_in_with_what_was_decided_for_it(mine: AccountKeys, access: Access) -> None:
    spec = KeySpec("ci", frozenset({Tier.OWN_HARDWARE}), 5_000_000_000, 60, True, False, True)
    made = mine.create(spec)
    caller = access.gate.authenticate(made.text.reveal())
    assert (caller.account_id, caller.key_id, caller.key_name) == ("default", made.id, "ci")
    assert (caller.tiers, caller.cap_nanos, caller.rpm) == (frozenset({Tier.OWN_HARDWARE}), 5_000_000_000, 60)
    assert (caller.byok, caller.pii, caller.pii_may_disable) == (True, False, True)
    assert (caller.time_zone, caller.commands) == ("America/Toronto", True)


def test_unknown_wrong_revoked_and_expired_keys_get_one_answer_for_one_query(
    mine: AccountKeys, access: Access
) -> None:
    revoked, expired, good = (
        mine.create(KeySpec("revoked")),
        mine.create(KeySpec("expired", expires_at=access.clock.now() + timedelta(hours=1))),
        mine.create(KeySpec("good")).text.reveal(),
    )
    mine.revoke(revoked.id)
    access.clock.move(hours=2)
    answers = set()
    for text in (revoked.text.reveal(), expired.text.reveal(), with_other_secret(good), with_other_id(good)):
        with counted(access) as queries, pytest.raises(InvalidKey) as refusal:
            access.gate.authenticate(text)
        assert len(queries) == 1
        answers.add((refusal.value.status, refusal.value.message))
    assert len(answers) == 1


@pytest.mark.parametrize(
    "text", ["", "ni_live_", "' OR 1=1 --", "\0", "\udcff", "k" * 100_000, "ni_live_" + "A" * 54]
)
def test_what_is_no_key_is_refused_without_asking_the_database(access: Access, text: str) -> None:
    with counted(access) as queries, pytest.raises(InvalidKey):
        access.gate.authenticate(text)
    assert queries == []


def test_a_known_key_is_answered_from_memory_for_two_seconds(mine: AccountKeys, access: Access) -> None:
    text = mine.create(KeySpec("k")).text.reveal()
    access.gate.authenticate(text)
    access.clock.move(seconds=1.9)
    with counted(access) as queries:
        access.gate.authenticate(text)
        assert queries == []
        access.clock.move(seconds=0.2)
        access.gate.authenticate(text)
        assert len(queries) == 1


def test_revoking_takes_effect_at_once_here_and_within_five_seconds_elsewhere(
    mine: AccountKeys, access: Access
) -> None:
    elsewhere = KeyGate(access.database, access.clock, access.peppers)
    made = mine.create(KeySpec("k"))
    for gate in (access.gate, elsewhere):
        gate.authenticate(made.text.reveal())
    assert mine.revoke(made.id)
    with pytest.raises(InvalidKey):
        access.gate.authenticate(made.text.reveal())
    access.clock.move(seconds=5)
    with pytest.raises(InvalidKey):
        elsewhere.authenticate(made.text.reveal())


def test_a_key_revoked_while_it_is_looked_up_is_not_remembered(
    mine: AccountKeys, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = mine.create(KeySpec("k"))
    find = access.database.read

    @contextmanager
    def slow() -> Iterator[Any]:
        with find() as connection:
            yield connection
        if not revoked:
            revoked.append(True)
            mine.revoke(made.id)

    revoked: list[bool] = []
    monkeypatch.setattr(access.database, "read", slow)
    access.gate.authenticate(made.text.reveal())
    with pytest.raises(InvalidKey):
        access.gate.authenticate(made.text.reveal())


def test_an_edit_is_felt_at_once(mine: AccountKeys, access: Access) -> None:
    made = mine.create(KeySpec("k"))
    access.gate.authenticate(made.text.reveal())
    assert mine.edit(made.id, KeySpec("k", frozenset({Tier.CANADIAN_CLOUD}), rpm=5))
    caller = access.gate.authenticate(made.text.reveal())
    assert (caller.tiers, caller.rpm) == (frozenset({Tier.CANADIAN_CLOUD}), 5)


def test_a_key_expires_although_it_is_remembered(mine: AccountKeys, access: Access) -> None:
    made = mine.create(KeySpec("k", expires_at=access.clock.now() + timedelta(seconds=1)))
    access.gate.authenticate(made.text.reveal())
    access.clock.move(seconds=1)
    with pytest.raises(InvalidKey):
        access.gate.authenticate(made.text.reveal())


def test_a_database_fault_is_503_and_never_a_refusal(mine: AccountKeys, access: Access) -> None:
    text = mine.create(KeySpec("k")).text.reveal()
    with access.database.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE keys RENAME TO hidden"))
    with pytest.raises(StoreUnavailable):
        access.gate.authenticate(text)


def test_last_use_is_noted_in_one_write_for_many_calls(mine: AccountKeys, access: Access) -> None:
    made = mine.create(KeySpec("k"))
    for _ in range(100):
        access.gate.authenticate(made.text.reveal())
    before = mine.get(made.id)
    access.gate.note_used(access.journal)
    after = mine.get(made.id)
    assert before
    assert after
    assert (before.last_used_at, after.last_used_at) == (None, access.clock.now())


def test_a_key_under_an_old_pepper_works_and_moves_to_the_new_one(mine: AccountKeys, access: Access) -> None:
    made = mine.create(KeySpec("k"))
    rotated = Peppers({1: access.peppers.by_version[1], 2: b"\7" * 32})
    gate = KeyGate(access.database, access.clock, rotated)
    gate.authenticate(made.text.reveal())
    gate.note_used(access.journal)
    without_the_old = KeyGate(access.database, access.clock, Peppers({2: b"\7" * 32}))
    assert without_the_old.authenticate(made.text.reveal()).key_id == made.id


def test_the_database_never_holds_the_text_of_a_key(mine: AccountKeys, access: Access) -> None:
    text = mine.create(KeySpec("k")).text.reveal()
    with access.database.read() as connection:
        stored = repr(connection.execute(sa.select(keys)).all())
    assert text not in stored
    assert text[18:40] not in stored


def test_what_is_remembered_is_bounded(
    mine: AccountKeys, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ni.access.keys.MOST", 3)
    for number in range(5):
        access.gate.authenticate(mine.create(KeySpec(f"k{number}")).text.reveal())
    assert len(access.gate._known) == 3


@pytest.mark.parametrize(
    ("of_key", "of_account", "heeded"),
    [("", "", ""), ("A", "", "A"), ("", "B", "B"), ("A", "B", "A"), ("C", "B", "B"), ("B", "B", "B")],
)
def test_the_stricter_demand_of_key_and_account_is_heeded(
    mine: AccountKeys, access: Access, of_key: str, of_account: str, heeded: str
) -> None:
    created = mine.create(KeySpec("k", min_evidence=of_key))
    access.accounts.require("default", of_account)
    assert access.gate.authenticate(created.text.reveal()).min_evidence == heeded


def test_the_text_of_a_key_and_its_id_lead_to_the_same_caller(mine: AccountKeys, access: Access) -> None:
    everything = KeySpec(
        "k", frozenset({Tier.US_CLOUD}), 5, 6, True, False, True, None, "B", True, frozenset({Label.SIN})
    )
    access.accounts.block("default", frozenset({Label.EMAIL}))
    access.accounts.require("default", "A")
    for spec in (KeySpec("plain"), everything):
        created = mine.create(spec)
        assert mine.caller(created.id) == access.gate.authenticate(created.text.reveal())


def test_a_key_that_lets_nobody_in_has_no_caller(mine: AccountKeys, cast: Cast, access: Access) -> None:
    revoked = mine.create(KeySpec("revoked"))
    expired = mine.create(KeySpec("expired", expires_at=access.clock.now() + timedelta(hours=1)))
    mine.revoke(revoked.id)
    assert mine.caller(expired.id)
    assert cast.access.keys_of(cast.charlies).caller(expired.id) is None
    access.clock.move(hours=1)
    assert [mine.caller(one.id) for one in (revoked, expired)] == [None, None]
    assert mine.caller("key_none") is None


def test_a_crowd_with_one_key_looks_it_up_once(mine: AccountKeys, access: Access) -> None:
    text = mine.create(KeySpec("k")).text.reveal()
    assert reads_of_a_crowd(access.database, lambda: access.gate.authenticate(text)) == 1
