"""A field of a key is described once: what is added there is in the form, the command line, the list and the row."""

import argparse
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from ni.access.key_spec import (
    KEY_FIELDS,
    FieldKind,
    KeySpec,
    columns_of,
    described,
    fields_of,
    last_day,
    plain,
    spec_from,
)
from ni.access.refusals import Refused
from ni.cli.keys import add_options, spec_asked
from ni.domain.caller import Caller, Priority
from ni.domain.pii_labels import Label
from ni.domain.route import Tier
from ni.store.tables.access import keys
from ni.web import i18n
from ni.web.portal.context import EXTENSION, Portal, PortalOptions
from ni.web.portal.key_form import cell, columns, heading, key_form, sections, spec_entered

ZONE = "America/Toronto"


@dataclass(frozen=True, slots=True)
class ToySpec(KeySpec):
    """A key with one field more."""

    burst: int | None = field(
        default=None,
        metadata=described(
            FieldKind.COUNT, "Burst", "Above the rate.", heading="Burst", help="calls at once"
        ),
    )


@pytest.fixture
def request_context() -> Iterator[None]:
    """An application that knows languages and a currency, and nothing else."""
    app = Flask("ni")
    i18n.install(app, lambda: "en", lambda: ZONE)
    portal: Any = Portal(None, PortalOptions("http://127.0.0.1:8000"), None, None, None)  # type: ignore[arg-type]
    app.extensions[EXTENSION] = portal
    with app.test_request_context("/"):
        yield


@pytest.mark.usefixtures("request_context")
def test_a_field_that_is_added_is_asked_for_by_the_form_with_its_words() -> None:
    form = key_form(MultiDict({"name": "k", "tiers": ["own_hardware"], "burst": "7"}), ToySpec("k"), ZONE)
    assert form.validate(), form.errors
    assert (str(form["burst"].label.text), str(form["burst"].description)) == ("Burst", "Above the rate.")
    assert form["burst"] in dict(sections(form, ToySpec))["limits"]
    spec = spec_entered(form, ZONE, ToySpec)
    assert isinstance(spec, ToySpec)
    assert spec.burst == 7


def test_a_field_that_is_added_is_an_option_of_the_command_line() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser, ToySpec)
    assert "calls at once" in parser.format_help()
    spec = spec_asked(parser.parse_args(["--name", "k", "--burst", "7"]), ZONE, ToySpec)
    assert isinstance(spec, ToySpec)
    assert spec.burst == 7


@pytest.mark.usefixtures("request_context")
def test_a_field_that_is_added_has_a_column_a_name_in_json_and_a_place_in_the_row() -> None:
    toy = ToySpec("k", burst=7)
    (burst,) = (one for one in columns(ToySpec) if one.name == "burst")
    assert heading(burst) == ("Burst", "number")
    assert cell(burst, toy) == '<td class="number">7</td>'
    assert (plain(toy)["burst"], columns_of(toy)["burst"]) == (7, 7)


def test_every_field_has_a_column_in_the_database_and_most_a_word_for_the_line() -> None:
    names = {one.name for one in KEY_FIELDS}
    assert names <= set(keys.c.keys())
    known = {one.name for one in dataclasses.fields(Caller)}
    # `key_name`, what only authentication heeds, and what only the portal does
    assert names - known == {"name", "expires_at", "remind_days"}


ANSWERS: Mapping[str, tuple[Any, list[str], Any]] = {
    "name": ("k", ["--name", "k"], "k"),
    "tiers": (["own_hardware"], ["--tier", "own_hardware"], frozenset({Tier.OWN_HARDWARE})),
    "cap_nanos": ("5,25", ["--max-spend-per-day", "5.25"], 5_250_000_000),
    "rpm": ("30", ["--rpm", "30"], 30),
    "byok": ("y", ["--byok"], True),
    "pii": ("", ["--pii", "off"], False),
    "pii_may_disable": ("y", ["--pii-may-disable"], True),
    "expires_at": ("2027-06-30", ["--expires", "2027-06-30"], datetime(2027, 7, 1, 4, tzinfo=UTC)),
    "min_evidence": ("B", ["--min-evidence", "B"], "B"),
    "strict": ("y", ["--strict"], True),
    "block_labels": (["SIN"], ["--block", "sin"], frozenset({Label.SIN})),
    "routes": ("a/b-ca, c/d-us", ["--route", "a/b-ca", "--route", "c/d-us"], frozenset({"a/b-ca", "c/d-us"})),
    "owner_id": ("usr_1", ["--owner", "usr_1"], "usr_1"),
    "tags": ("web site,night", ["--tag", "web site", "--tag", "night"], frozenset({"web site", "night"})),
    "networks": (
        "203.0.113.7/24, 2001:db8::1",
        ["--network", "203.0.113.0/24", "--network", "2001:db8::1"],
        frozenset(map(ip_network, ("203.0.113.0/24", "2001:db8::1/128"))),
    ),
    "remind_days": ("14", ["--remind-days", "14"], 14),
    "server_timing": ("y", ["--server-timing"], True),
    "priority": ("batch", ["--priority", "batch"], Priority.BATCH),
}


def test_the_table_below_has_every_field() -> None:
    assert set(ANSWERS) == {one.name for one in KEY_FIELDS}


@pytest.mark.usefixtures("request_context")
@pytest.mark.parametrize("name", ANSWERS)
def test_form_and_command_line_ask_for_the_same(name: str) -> None:
    answer, arguments, value = ANSWERS[name]
    (described_as,) = (one for one in KEY_FIELDS if one.name == name)
    entered: dict[str, Any] = {"name": "k", "tiers": [tier.value for tier in Tier], "pii": "y"}
    entered |= {described_as.form_name: answer}
    if not answer:
        del entered[described_as.form_name]
    form = key_form(MultiDict(entered), KeySpec(""), ZONE)
    assert form.validate(), form.errors
    parser = argparse.ArgumentParser()
    add_options(parser)
    given = parser.parse_args(arguments if name == "name" else ["--name", "k", *arguments])
    for spec in (spec_entered(form, ZONE), spec_asked(given, ZONE)):
        assert getattr(spec, name) == value
        assert spec == dataclasses.replace(KeySpec("k"), **{name: value})


@pytest.mark.usefixtures("request_context")
@pytest.mark.parametrize("name", ANSWERS)
def test_a_form_that_is_filled_in_from_a_key_asks_for_the_same_key(name: str) -> None:
    spec = dataclasses.replace(KeySpec("k"), **{name: ANSWERS[name][2]})
    assert spec_entered(key_form(None, spec, ZONE), ZONE) == spec


@pytest.mark.parametrize("zone", [ZONE, "UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo"])
def test_a_last_day_is_the_day_whose_end_it_became(zone: str) -> None:
    for day in (date(2027, 3, 14), date(2027, 11, 7), date(2027, 12, 31)):
        spec = spec_from({"name": "k", "expires_at": day}, zone)
        assert last_day(spec.expires_at, zone) == day


def test_a_day_that_has_no_end_is_refused_beside_its_field() -> None:
    with pytest.raises(Refused) as refusal:
        spec_from({"name": "k", "expires_at": date.max}, ZONE)
    assert refusal.value.field == "expires_on"


def test_fields_are_read_from_the_class_that_describes_them() -> None:
    assert [one.name for one in fields_of(ToySpec)] == [*(one.name for one in KEY_FIELDS), "burst"]
