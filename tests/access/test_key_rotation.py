"""Rotation gives a key a new text and leaves the rest; the text of before is good for the overlap and no longer."""

from datetime import timedelta

import pytest

from ni.access.key_spec import KeySpec
from ni.access.key_text import Peppers
from ni.access.keys import KeyGate
from ni.access.refusals import Refused
from ni.domain.errors import InvalidKey
from tests.cast import Access, Cast

DAY = timedelta(days=1)


def lets_in(access: Access, text: str) -> str:
    """The id of the key behind a text, empty if it is refused."""
    try:
        return access.gate.authenticate(text).key_id
    except InvalidKey:
        return ""


@pytest.mark.parametrize("remembered", [False, True])
def test_both_texts_are_good_during_the_overlap_and_the_new_one_after(cast: Cast, remembered: bool) -> None:
    access, mine = cast.access, cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci", cap_nanos=5))
    rotated = mine.rotate(made.id, DAY)
    assert rotated is not None
    former, new = made.text.reveal(), rotated.text.reveal()
    assert rotated.id == made.id
    assert former != new
    if remembered:
        assert lets_in(access, former) == made.id
    assert [lets_in(access, text) for text in (former, new)] == [made.id, made.id]
    access.clock.move(hours=24, seconds=-1)
    assert [lets_in(access, text) for text in (former, new)] == [made.id, made.id]
    access.clock.move(seconds=1)
    assert [lets_in(access, text) for text in (former, new)] == ["", made.id]


def test_without_an_overlap_the_former_text_ends_at_once(cast: Cast) -> None:
    mine = cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci"))
    assert lets_in(cast.access, made.text.reveal())
    assert mine.rotate(made.id, timedelta())
    assert not lets_in(cast.access, made.text.reveal())


def test_of_three_texts_the_last_two_are_good(cast: Cast) -> None:
    mine = cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci"))
    second, third = mine.rotate(made.id, DAY), mine.rotate(made.id, DAY)
    assert second is not None
    assert third is not None
    texts = (made.text.reveal(), second.text.reveal(), third.text.reveal())
    assert [lets_in(cast.access, text) for text in texts] == ["", made.id, made.id]


def test_what_was_decided_stays_and_the_list_tells_of_the_rotation(cast: Cast) -> None:
    mine = cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci", rpm=7), cast.alice.id)
    before = mine.get(made.id)
    rotated = mine.rotate(made.id, DAY)
    after = mine.get(made.id)
    assert before is not None
    assert after is not None
    assert rotated is not None
    assert (after.spec, after.created_at, after.created_by) == (
        before.spec,
        before.created_at,
        before.created_by,
    )
    assert after.last4 == rotated.text.reveal()[-4:]
    assert after.former_until == cast.access.clock.now() + DAY


def test_a_revoked_key_lets_neither_text_in_and_is_not_rotated(cast: Cast) -> None:
    mine = cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci"))
    rotated = mine.rotate(made.id, DAY)
    assert rotated is not None
    mine.revoke(made.id)
    assert [lets_in(cast.access, text.reveal()) for text in (made.text, rotated.text)] == ["", ""]
    assert mine.rotate(made.id, DAY) is None


def test_a_key_of_another_account_is_not_rotated(cast: Cast) -> None:
    made = cast.access.keys_of(cast.alices).create(KeySpec("ci"))
    assert cast.access.keys_of(cast.charlies).rotate(made.id, DAY) is None
    assert lets_in(cast.access, made.text.reveal())


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=30, seconds=1)])
def test_an_overlap_that_is_none_or_too_long_is_refused(cast: Cast, overlap: timedelta) -> None:
    mine = cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci"))
    with pytest.raises(Refused) as refusal:
        mine.rotate(made.id, overlap)
    assert refusal.value.field == "overlap"


def test_the_former_text_ends_with_the_key_if_that_is_sooner(cast: Cast) -> None:
    access, mine = cast.access, cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci", expires_at=access.clock.now() + timedelta(hours=1)))
    assert mine.rotate(made.id, DAY)
    access.clock.move(hours=1)
    assert not lets_in(access, made.text.reveal())


def test_a_former_text_under_an_old_pepper_does_not_take_the_place_of_the_new_one(cast: Cast) -> None:
    access, mine = cast.access, cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci"))
    rotated = mine.rotate(made.id, DAY)
    assert rotated is not None
    newer = Peppers({**access.peppers.by_version, 2: bytes(32)})
    gate = KeyGate(access.database, access.clock, newer)
    for text in (made.text, rotated.text):
        assert gate.authenticate(text.reveal()).key_id == made.id
    gate.note_used(access.journal)
    gate.forget()
    for text in (made.text, rotated.text):
        assert gate.authenticate(text.reveal()).key_id == made.id
