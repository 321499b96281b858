"""Fetching lists through the egress: of the vendors in use, once a day, and never in place of a better one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ni.outbound.client import Request
from ni.outbound.http1 import Response
from ni.residency.ip_ranges import AWS, AZURE, Vendor
from ni.residency.range_store import RangeStore
from ni.residency.refresh import AFTER_FAILURE_S, Intake, Refresher
from tests.fakes.doors import HandClock, make_door, shut_doors
from tests.fakes.raw_server import RawServer
from tests.residency.world import LISTS, listed

FILE = (LISTS / "ip-ranges.json").read_bytes()
TAGS = "ServiceTags_Public_20261026.json"


@pytest.fixture(autouse=True)
def _doors() -> Iterator[None]:
    yield
    shut_doors()


def answer(content: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def refresher(folder: Path, *vendors: Vendor, clock: HandClock | None = None) -> Refresher:
    clock = clock or HandClock()
    return Refresher(make_door(clock=clock), Intake(RangeStore(folder), clock), vendors)


def aws_at(server: RawServer) -> Vendor:
    return replace(AWS, source=f"http://aws.test:{server.port}/ip-ranges.json")


def test_a_list_is_fetched_and_holds_as_of_now_with_its_source_and_hash(tmp_path: Path) -> None:
    with RawServer([answer(FILE)]) as server:
        (gained,) = refresher(tmp_path, aws_at(server)).refresh(["aws"])
    stored = RangeStore(tmp_path).find(AWS)
    assert stored == gained.stored
    assert stored is not None
    assert (stored.source, stored.as_of) == (
        f"http://aws.test:{server.port}/ip-ranges.json",
        HandClock().now(),
    )
    assert stored.sha256 == listed("aws").sha256


def test_the_list_whose_address_changes_is_found_through_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (
        b'<a href="https://download.microsoft.com/download/7/1/d/71d8-5b63/' + TAGS.encode() + b'">here</a>'
    )
    asked: list[str] = []
    with RawServer([answer(page), answer((LISTS / TAGS).read_bytes())]) as server:
        vendor = replace(AZURE, source=f"http://azure.test:{server.port}/details")
        fetching = refresher(tmp_path, vendor)
        send = fetching.egress.send

        def sent(request: Request) -> Response:
            asked.append(request.url)
            return send(replace(request, url=f"http://azure.test:{server.port}/file"))

        monkeypatch.setattr(fetching.egress, "send", sent)
        (gained,) = fetching.refresh(["azure"])
    assert asked[1] == f"https://download.microsoft.com/download/7/1/d/71d8-5b63/{TAGS}"
    assert gained.stored is not None
    assert gained.stored.source == asked[1]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (answer(b"no", "503 Service Unavailable"), "status 503"),
        (answer(b"", "302 Found\r\nLocation: https://elsewhere.test/"), "status 302"),
        (answer(b"<html>"), "not an address list"),
        (answer((LISTS / "goog.json").read_bytes()), "what came was the list google"),
        (answer(FILE[:500]), "not an address list"),
    ],
)
def test_what_cannot_be_had_leaves_the_list_before_in_place(tmp_path: Path, told: bytes, why: str) -> None:
    before = listed("aws", HandClock().now() - timedelta(days=3))
    RangeStore(tmp_path).store(before)
    with RawServer([told]) as server:
        (gained,) = refresher(tmp_path, aws_at(server)).refresh(["aws"])
    assert why in (gained.fault or "")
    assert RangeStore(tmp_path).find(AWS) == before


def test_a_list_is_asked_for_once_a_day_and_after_a_failure_once_an_hour(tmp_path: Path) -> None:
    clock = HandClock()
    failure = answer(b"", "500 No")
    with RawServer([failure, failure, answer(FILE)]) as server:
        fetching = refresher(tmp_path, aws_at(server), clock=clock)
        asked = []
        for ahead_s in (
            0.0,
            60.0,
            AFTER_FAILURE_S,
            AFTER_FAILURE_S + 60,
            2 * AFTER_FAILURE_S,
            3 * AFTER_FAILURE_S,
        ):
            clock.ahead_s = ahead_s
            fetching.refresh_due(["aws"], RangeStore(tmp_path).load())
            asked.append(len(server.seen))
        assert asked == [1, 1, 2, 2, 3, 3]
        fetching.refresh_due(["google"], {})
        assert len(server.seen) == 3


def test_a_list_of_yesterday_is_due(tmp_path: Path) -> None:
    with RawServer([answer(FILE)]) as server:
        fetching = refresher(tmp_path, aws_at(server))
        young, old = (listed("aws", HandClock().now() - timedelta(hours=hours)) for hours in (19, 25))
        assert fetching.refresh_due(["aws"], {"aws": young}) == []
        assert [one.name for one in fetching.refresh_due(["aws"], {"aws": old})] == ["aws"]
