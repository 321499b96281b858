"""Records that programs print, rows without a header, and user names, by structure alone."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames

NAMES = ("Odile Marchand", "Prakash Venkataraman", "Sorcha Gallagher")
PRINTED = (
    "&{{Name:{} Age:34}}",
    "{{ID:7 Owner:{} Balance:3.20}}",
    "DETAIL: Key (email, full_name)=(a@example.ca, {}) already exists.",
    'E11000 duplicate key error index: name_1 dup key: {{ name: "{}" }}',
    "Field error on field 'fullName': rejected value [{}]; codes",
    "X-User-Name: {}\nX-Request-Id: 5",
)
THINGS = (
    "{Name:default Kind:Pod Status:Running}",
    "Key (name)=(Acme Billing) already exists.",
    "&{Image:nginx Port:80}",
)
PLACES = (
    "user={} action=delete", "[10:02] {}: hi", "<{}> brb", "@{} can you look?", "login failed for {}",
    "/home/{}/clients.csv", '"updated_by": "{}"', "assignee: {}", "SamAccountName : {}", "reported by {} on Monday",
    "TODO({}): remove", "chown {}:www-data /srv",
)  # fmt: skip
USERS = ("paul.martin", "sarah_wilson", "ntremblay", "odile.marchand")
PROGRAMS = ("www-data", "read.only", "page_rank", "postgres", "max_length", "build.agent", "jenkins")
ROWS = (
    "{},{}", "7;{};{}", "(7, '{}', '{}')", '["{}","{}","F"]', "{}\t{}\tx",
)  # fmt: skip


def _values(text: str) -> list[str]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(("printed", "name"), list(product(PRINTED, NAMES)))
def test_a_name_in_a_printed_record_is_found(printed: str, name: str) -> None:
    assert name in _values(printed.format(name))


@pytest.mark.parametrize("printed", THINGS)
def test_a_printed_thing_is_nobody(printed: str) -> None:
    assert _values(printed) == []


@pytest.mark.parametrize(("place", "user"), list(product(PLACES, USERS)))
def test_a_user_name_made_of_names_is_found(place: str, user: str) -> None:
    assert _values(place.format(user)) == [user]


@pytest.mark.parametrize(("place", "program"), list(product(PLACES, PROGRAMS)))
def test_a_user_name_of_a_program_stays(place: str, program: str) -> None:
    assert _values(place.format(program)) == []


@pytest.mark.parametrize("row", ROWS)
def test_a_date_of_birth_and_a_sin_count_beside_another_value(row: str) -> None:
    text = row.format("a@example.ca", "1984-02-29") + ",130692544"
    assert (
        _values(text) == ["a@example.ca", "1984-02-29", "130692544"]
        or "\t" in row
        or "(" in row
        or "[" in row
    )
    assert "1984-02-29" in _values(text)
    assert _values(row.format("1984-02-29", "ok")) == []
    assert "2019-02-28" not in _values(row.format("a@example.ca", "2019-02-28"))
