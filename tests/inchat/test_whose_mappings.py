"""A key pins names for itself alone, unless an owner of its account allowed more."""

from dataclasses import replace

from ni.custody.activity import ActivityFilter, ActivityLog
from ni.domain.activity import ActivityKind, Way
from ni.inchat.answer import InChat
from ni.inchat.mappings import Mappings
from ni.store.database import Database
from tests.inchat.cast import ALICE, BOB, FLASH, GEMINI
from tests.inchat.conftest import Begin
from tests.slow_reads import reads_of_a_crowd

PINNED = "claude-sonnet"
NARROW, OTHER = replace(ALICE, shares_mappings=False), replace(BOB, shares_mappings=False)


def test_a_narrow_key_pins_for_itself_alone(begin: Begin, inchat: InChat) -> None:
    begin(NARROW, PINNED).hear(f"ni-map-model {FLASH}")
    assert inchat.resolve(NARROW, PINNED).pinned == FLASH
    assert inchat.resolve(OTHER, PINNED).pinned is None
    begin(OTHER, PINNED).hear(f"ni-map-model {GEMINI}")
    assert (inchat.resolve(NARROW, PINNED).pinned, inchat.resolve(OTHER, PINNED).pinned) == (FLASH, GEMINI)


def test_a_narrow_key_neither_changes_nor_undoes_what_holds_for_all(begin: Begin, inchat: InChat) -> None:
    begin(ALICE, PINNED).hear(f"ni-map-model {FLASH}")
    assert inchat.resolve(OTHER, PINNED).pinned == FLASH
    begin(OTHER, PINNED).hear("ni-unmap")
    assert inchat.resolve(ALICE, PINNED).pinned == FLASH
    begin(OTHER, PINNED).hear(f"ni-map-model {GEMINI}")
    assert (inchat.resolve(ALICE, PINNED).pinned, inchat.resolve(OTHER, PINNED).pinned) == (FLASH, GEMINI)
    begin(OTHER, PINNED).hear("ni-unmap")
    assert inchat.resolve(OTHER, PINNED).pinned == FLASH


def test_the_portal_undoes_a_name_for_everybody(begin: Begin, inchat: InChat, mappings: Mappings) -> None:
    for caller, route in ((ALICE, FLASH), (OTHER, GEMINI)):
        begin(caller, PINNED).hear(f"ni-map-model {route}")
    assert mappings.unpin_all(ALICE.account_id, PINNED)
    assert inchat.resolve(ALICE, PINNED).pinned is inchat.resolve(OTHER, PINNED).pinned is None
    assert not mappings.unpin_all(ALICE.account_id, PINNED)


def test_who_asks_for_the_status_sees_what_holds_for_the_key(begin: Begin) -> None:
    begin(OTHER, PINNED).hear(f"ni-map-model {GEMINI}")
    assert GEMINI in begin(OTHER, PINNED).hear("ni-status")
    assert GEMINI not in begin(NARROW, PINNED).hear("ni-status")


def test_what_a_key_pins_and_undoes_in_chat_is_on_record_as_the_keys(
    begin: Begin, database: Database
) -> None:
    begin(ALICE, PINNED).hear(f"ni-map-model {FLASH}")
    begin(ALICE, PINNED).hear("ni-unmap")
    undone, made = (
        entry.activity for entry in ActivityLog(database).entries(ALICE.account_id, ActivityFilter())
    )
    assert undone
    assert made
    assert (undone.kind, made.kind) == (ActivityKind.MAPPING_UNDONE, ActivityKind.MAPPING_MADE)
    assert (made.changes, undone.changes) == ((("route", None, FLASH),), (("route", FLASH, None),))
    assert {(act.actor.who, act.actor.way) for act in (undone, made)} == {(ALICE.key_id, Way.CHAT)}


def test_a_crowd_reads_mappings_that_are_out_of_date_once(database: Database, mappings: Mappings) -> None:
    asked = reads_of_a_crowd(database, lambda: mappings.route_of(ALICE.account_id, PINNED, "key_1"))
    assert asked == 1
