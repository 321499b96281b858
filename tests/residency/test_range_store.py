"""Reading and keeping the clouds' address lists: their shapes, what is not believed, and what other processes see."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ni.outbound.addresses import parse_networks
from ni.residency.guard import Listing
from ni.residency.ip_ranges import AWS, AZURE, GOOGLE, GOOGLE_CLOUD, VENDORS, Unreadable, read_publication
from ni.residency.range_store import Delivery, RangeIndex, RangeStore, reason_to_doubt
from ni.residency.refresh import Intake, ListResult, files_in
from tests.fakes.doors import HandClock
from tests.residency.world import LISTS, listed, read, shelved

NOW = HandClock().now()
LIFE = timedelta(days=14)


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LISTS / name).read_bytes())
    return found


def taken(range_store: RangeStore, found: dict[str, Any], *, insist: bool = False) -> ListResult:
    delivery = Delivery(json.dumps(found).encode(), "file x.json", NOW)
    return Intake(range_store, HandClock(), insist).take(delivery, "x.json")


@pytest.mark.parametrize(
    ("file", "vendor", "address", "label"),
    [
        ("ip-ranges.json", AWS, "3.96.0.1", "ca-central-1"),
        ("ip-ranges.json", AWS, "2600:1f11::1", "ca-central-1"),
        ("ip-ranges.json", AWS, "13.224.0.1", "global"),
        ("ip-ranges.json", AWS, "9.9.9.9", None),
        ("ServiceTags_Public_20261026.json", AZURE, "4.229.0.1", "canadaeast"),
        ("ServiceTags_Public_20261026.json", AZURE, "2603:1030:f00::1", "canadacentral"),
        ("cloud.json", GOOGLE_CLOUD, "34.19.128.1", "northamerica-northeast1"),
        ("cloud.json", GOOGLE_CLOUD, "2600:1901::1", "global"),
        ("goog.json", GOOGLE, "142.250.1.1", ""),
    ],
)
def test_each_vendor_s_shape_is_told_and_read(
    file: str, vendor: object, address: str, label: str | None
) -> None:
    assert read(LISTS / file).vendor is vendor
    assert listed(read(LISTS / file).vendor.name).spans.find(address) == label


def test_fields_that_nobody_knows_yet_change_nothing_and_a_region_may_be_missing() -> None:
    found = document("ip-ranges.json")
    found["futures"] = [1]
    found["prefixes"][0] |= {"new": {}}
    del found["prefixes"][1]["region"]
    publication = read_publication(json.dumps(found).encode())
    assert publication.prefixes[1].label == ""
    assert len(publication.prefixes) == len(read(LISTS / "ip-ranges.json").prefixes)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"prefixes":1}',
        b'{"prefixes":[{}]}',
        b'{"values":[{"name":"AzureCloud"}]}',
    ],
)
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_publication(content)


def test_a_row_that_is_no_network_spoils_the_list(tmp_path: Path) -> None:
    found = document("goog.json")
    found["prefixes"][0]["ipv4Prefix"] = "8.8.8.1/24"
    assert "no network" in (taken(RangeStore(tmp_path), found).fault or "")


def test_the_time_of_a_list_is_read_from_the_file_or_its_name() -> None:
    expected = datetime(2026, 10, 26, tzinfo=UTC)
    assert {read(path).made_at for path in files_in(LISTS)} == {expected}


def test_a_list_from_a_file_is_as_old_as_the_file_and_never_from_the_future(tmp_path: Path) -> None:
    gained = Intake(RangeStore(tmp_path), HandClock()).take_files(files_in(LISTS))
    assert {one.stored.as_of for one in gained if one.stored} == {datetime(2026, 10, 26, tzinfo=UTC)}
    found = document("ip-ranges.json") | {"createDate": "2031-01-01-00-00-00"}
    made = (
        Intake(RangeStore(tmp_path), HandClock(), insist=True)
        .take(Delivery(json.dumps(found).encode(), "file"), "x")
        .stored
    )
    assert made is not None
    assert made.as_of == NOW


@pytest.mark.parametrize(
    ("rows", "why"), [(slice(None, 100), "shrank from"), (slice(None, 3), "fewer than a whole one can have")]
)
def test_a_list_that_shrank_is_not_taken_and_the_one_before_stays(
    tmp_path: Path, rows: slice, why: str
) -> None:
    range_store = RangeStore(tmp_path)
    whole = taken(range_store, document("ip-ranges.json"))
    found = document("ip-ranges.json")
    kept = found["prefixes"][rows]
    found |= {"prefixes": kept[:40] if why.startswith("shrank") else kept, "ipv6_prefixes": []}
    gained = taken(range_store, found)
    assert why in (gained.fault or "")
    assert range_store.find(AWS) == whole.stored
    assert taken(range_store, found, insist=True).fault is None


def test_a_list_without_the_regions_that_matter_is_not_taken(tmp_path: Path) -> None:
    found = document("ip-ranges.json")
    for rows in ("prefixes", "ipv6_prefixes"):
        found[rows] = [row for row in found[rows] if row["region"] != "ca-west-1"]
    assert taken(RangeStore(tmp_path), found).fault == "it lacks ca-west-1"


def test_an_older_list_does_not_take_the_place_of_a_newer_one() -> None:
    newer = listed("aws", NOW)
    assert "older" in (reason_to_doubt(AWS, replace(newer, as_of=NOW - timedelta(days=1)), newer) or "")
    assert reason_to_doubt(AWS, newer, newer) is None


def test_a_stored_list_reads_as_it_was_and_a_torn_file_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    range_store = shelved(tmp_path, NOW)
    assert range_store.load() == {vendor.name: listed(vendor.name, NOW) for vendor in VENDORS}
    (tmp_path / "aws.json").write_bytes(b'{"format":1,"na')
    assert range_store.load().keys() == {"azure", "google-cloud", "google"}
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


def test_another_process_takes_over_a_list_once_it_is_stored(tmp_path: Path) -> None:
    range_index = RangeIndex(RangeStore(tmp_path), (), HandClock(), LIFE)
    assert (range_index.renew(), range_index.lists, range_index.edition) == (False, {}, 0)
    RangeStore(tmp_path).store(listed("aws", NOW))
    assert (range_index.renew(), range_index.renew(), list(range_index.lists), range_index.edition) == (
        True,
        False,
        ["aws"],
        1,
    )


def test_addresses_are_seen_with_their_regions_and_the_standing_of_their_lists(tmp_path: Path) -> None:
    clock = HandClock()
    range_index = RangeIndex(shelved(tmp_path, NOW), parse_networks("10.0.0.0/8"), clock, LIFE)
    seen = range_index.seen("bedrock", ("3.96.0.1", "10.1.2.3", "9.9.9.9"))
    assert [(one.private, one.label) for one in seen.sightings] == [
        (False, "ca-central-1"),
        (True, None),
        (False, None),
    ]
    assert (seen.listing, seen.lists) == (Listing.ALL, range_index.lists["aws"].mark)
    assert range_index.seen("openai", ("9.9.9.9",)).listing is Listing.NONE
    (tmp_path / "google.json").unlink()
    range_index.renew()
    assert range_index.seen("vertex_ai", ("9.9.9.9",)).listing is Listing.SOME
    RangeStore(tmp_path).store(listed("aws", NOW - timedelta(days=15)))
    range_index.renew()
    assert range_index.seen("bedrock", ("3.96.0.1",)).listing is Listing.STALE


@pytest.mark.parametrize("stale", [(), ("google",), ("google-cloud",), ("google", "google-cloud")])
def test_lists_are_believed_only_while_all_that_are_asked_are_fresh(
    tmp_path: Path, stale: tuple[str, ...]
) -> None:
    range_store = shelved(tmp_path, NOW)
    for name in stale:
        range_store.store(listed(name, NOW - LIFE - timedelta(seconds=1)))
    range_index = RangeIndex(range_store, (), HandClock(), LIFE)
    assert range_index.seen("vertex_ai", ("142.250.1.1",)).listing is (
        Listing.STALE if stale else Listing.ALL
    )
