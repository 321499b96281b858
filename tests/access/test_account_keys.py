"""Keys belong to their account, and ask for nothing that cannot be given."""

from datetime import timedelta
from typing import Any

import pytest

from ni.access.key_spec import KeySpec
from ni.access.keys import AccountKeys, KeyTools
from ni.access.refusals import Refused
from ni.domain.route import Tier
from tests.cast import Cast


def test_a_key_of_another_account_is_not_there(cast: Cast) -> None:
    mine, theirs = cast.access.keys_of(cast.alices), cast.access.keys_of(cast.charlies)
    made = mine.create(KeySpec("k"))
    assert theirs.get(made.id) is None
    assert theirs.list() == ()
    assert not theirs.edit(made.id, KeySpec("stolen"))
    assert not theirs.revoke(made.id)
    assert cast.access.gate.authenticate(made.text.reveal()).key_name == "k"


def test_the_list_shows_everything_but_the_text(cast: Cast) -> None:
    mine = cast.access.keys_of(cast.alices)
    spec = KeySpec("k", frozenset({Tier.PROVIDER_API}), 1, 2, True, False, True)
    made = mine.create(spec, cast.alice.id)
    (key,) = mine.list()
    assert (key.id, key.spec, key.created_by) == (made.id, spec, cast.alice.id)
    assert key.last4 == made.text.reveal()[-4:]
    assert made.text.reveal() not in repr(key)


def test_a_revoked_key_cannot_be_edited_or_revoked_again(cast: Cast) -> None:
    mine = cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("k"))
    assert mine.revoke(made.id)
    assert not mine.revoke(made.id)
    assert not mine.edit(made.id, KeySpec("again"))


@pytest.mark.parametrize(
    ("field", "wish"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 101}),
        ("name", {"name": "a\nb"}),
        ("tiers", {"tiers": frozenset()}),
        ("cap", {"cap_nanos": -1}),
        ("rpm", {"rpm": 0}),
        ("expires_on", {"expires_at": timedelta(0)}),
    ],
)
def test_a_wish_that_cannot_be_is_refused_by_field(cast: Cast, field: str, wish: dict[str, Any]) -> None:
    if "expires_at" in wish:
        wish = {"expires_at": cast.access.clock.now() + wish["expires_at"]}
    with pytest.raises(Refused) as refusal:
        cast.access.keys_of(cast.alices).create(KeySpec(**{"name": "k", **wish}))
    assert refusal.value.field == field


def test_a_key_never_has_more_tiers_than_its_maker_may_give(cast: Cast) -> None:
    access = cast.access
    tools = KeyTools(access.base, access.peppers)
    limited = AccountKeys(tools, cast.alices, frozenset({Tier.OWN_HARDWARE}))
    made = limited.create(KeySpec("k", frozenset({Tier.OWN_HARDWARE})))
    with pytest.raises(Refused):
        limited.create(KeySpec("k"))
    with pytest.raises(Refused):
        limited.edit(made.id, KeySpec("k", frozenset({Tier.OWN_HARDWARE, Tier.US_CLOUD})))
