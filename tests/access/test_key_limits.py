"""Where a key may be used from, whose it is, how it is called, and when its account is reminded of its end."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.access.key_spec import KeySpec
from ni.access.refusals import Refused
from ni.domain.caller import Caller, network_of
from ni.domain.errors import AddressNotAllowed
from ni.domain.route import Tier
from ni.store.tables.access import keys
from tests.cast import Cast

OFFICE = frozenset(map(network_of, ("203.0.113.0/24", "2001:db8::/32")))


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("203.0.113.7", True),
        ("203.0.114.7", False),
        ("2001:db8::7", True),
        ("2001:db9::7", False),
        ("::ffff:203.0.113.7", True),
        ("::ffff:203.0.114.7", False),
        ("", False),
        ("unix:", False),
        ("203.0.113.7, 203.0.113.8", False),
    ],
)
def test_a_key_with_a_list_is_good_from_there_alone(cast: Cast, address: str, admitted: bool) -> None:
    made = cast.access.keys_of(cast.alices).create(KeySpec("k", networks=OFFICE))
    text = made.text.reveal()
    for _ in range(2):  # from the database, and from memory
        if admitted:
            assert cast.access.gate.authenticate(text, address).key_id == made.id
        else:
            with pytest.raises(AddressNotAllowed):
                cast.access.gate.authenticate(text, address)


@given(st.ip_addresses(), st.integers(0, 32))
def test_an_address_is_admitted_by_its_own_network_whatever_that_is(address: object, prefix: int) -> None:
    network = network_of(f"{address}/{prefix}")
    caller = Caller("a", "k", "k", frozenset(Tier), networks=frozenset({network}))
    assert caller.admits(str(address))
    outside = (
        ip_address(int(network.broadcast_address) + 1)
        if prefix and network.version == 4 and int(network.broadcast_address) < 2**32 - 1
        else None
    )
    assert outside is None or not caller.admits(str(outside))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:192.0.2.9", "192.0.2.9/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("2001:db8::1", "2001:db8::1/128"),
    ],
)
def test_a_mapped_network_is_the_one_inside(written: str, kept: str) -> None:
    assert str(network_of(written)) == kept


def test_an_address_with_a_zone_is_no_network_and_one_that_is_stored_can_be_read(cast: Cast) -> None:
    with pytest.raises(ValueError, match="fe80"):
        network_of("fe80::1%eth0")
    made = cast.access.keys_of(cast.alices).create(KeySpec("k"))
    with cast.access.database.engine.begin() as connection:
        connection.execute(keys.update().values(networks="::ffff:192.0.2.0/120,fe80::1%eth0/128"))
    assert cast.access.gate.authenticate(made.text.reveal(), "192.0.2.9").key_id == made.id


def test_a_key_belongs_to_a_person_of_its_account_or_to_nobody(cast: Cast) -> None:
    mine = cast.access.keys_of(cast.alices)
    made = mine.create(KeySpec("k", owner_id=cast.bob.id))
    assert cast.access.gate.authenticate(made.text.reveal()).owner_id == cast.bob.id
    for stranger in (cast.charlie.id, "usr_none"):
        with pytest.raises(Refused) as refusal:
            mine.create(KeySpec("k", owner_id=stranger))
        assert refusal.value.field == "owner_id"
        with pytest.raises(Refused):
            mine.edit(made.id, KeySpec("k", owner_id=stranger))


@pytest.mark.parametrize(
    "spec",
    [
        KeySpec("k", tags=frozenset({"a,b"})),
        KeySpec("k", tags=frozenset({"x" * 201})),
        KeySpec("k", tags=frozenset({"a\x07b"})),
        KeySpec("k", routes=frozenset(map(str, range(201)))),
        KeySpec("k", remind_days=0),
        KeySpec("k", remind_days=366),
    ],
)
def test_what_cannot_be_stored_is_refused(cast: Cast, spec: KeySpec) -> None:
    with pytest.raises(Refused):
        cast.access.keys_of(cast.alices).create(spec)


def test_a_reminder_begins_so_many_days_before_the_end_and_stops_there(cast: Cast) -> None:
    access, mine = cast.access, cast.access.keys_of(cast.alices)
    end = access.clock.now() + timedelta(days=30)
    made = mine.create(KeySpec("k", expires_at=end, remind_days=7))
    key = mine.get(made.id)
    assert key is not None
    moments = [end - timedelta(days=7, seconds=1), end - timedelta(days=7), end - timedelta(seconds=1), end]
    assert [key.reminds(moment) for moment in moments] == [False, True, True, False]
    for spec in (replace(key.spec, remind_days=None), replace(key.spec, expires_at=None)):
        assert not replace(key, spec=spec).reminds(end - timedelta(days=1))
