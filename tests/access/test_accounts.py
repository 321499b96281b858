"""Accounts have a name of their own and a time zone that exists."""

import pytest

from ni.access.accounts import DEFAULT, AccountSettings
from ni.access.key_spec import KeySpec
from ni.access.refusals import Refused
from tests.cast import Access, Cast


def test_making_the_default_account_twice_makes_one(access: Access) -> None:
    access.accounts.ensure_default()
    access.accounts.ensure_default()
    assert [account.id for account in access.accounts.list()] == [DEFAULT]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "America", "a\0b"])
def test_a_time_zone_that_does_not_exist_is_refused(access: Access, zone: str) -> None:
    with pytest.raises(Refused) as refusal:
        access.accounts.create("A", zone)
    assert refusal.value.field == "time_zone"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, "Charlie's"])
def test_a_name_that_is_none_or_taken_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        cast.access.accounts.create(name)
    assert refusal.value.field == "name"


def test_an_account_is_edited_and_its_keys_feel_it(cast: Cast) -> None:
    made = cast.access.keys_of(cast.alices).create(KeySpec("k"))
    accounts = cast.access.accounts
    edited = accounts.change(cast.alices, AccountSettings("default", "Europe/Paris", commands=False))
    assert (edited.time_zone, edited.commands) == ("Europe/Paris", False)
    caller = cast.access.gate.authenticate(made.text.reveal())
    assert (caller.time_zone, caller.commands) == ("Europe/Paris", False)


def test_an_account_cannot_take_the_name_of_another(cast: Cast) -> None:
    with pytest.raises(Refused):
        cast.access.accounts.change(cast.alices, AccountSettings("Charlie's", "UTC", commands=True))
