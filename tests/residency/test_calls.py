"""Whole calls: what a client gets, what is recorded and what reaches the provider, wherever an endpoint is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.speakers import SPEAKERS, Speaker
from tests.residency.world import FRESH, OLD, ROUTES, SPKI, World, world

DIALECTS = tuple(one for one in SPEAKERS if one.name in ("chat", "responses", "messages"))
CLOUDS = ("bedrock", "vertex_ai", "azure")


@dataclass(frozen=True)
class Place:
    """Where an endpoint is, and the expected result: a grade, or the rule that refuses."""

    addresses: tuple[str, ...]
    outcome: str
    lists: datetime | None = FRESH


AMERICAN = "44.192.0.5"
PLACES: dict[str, dict[str, Place]] = {
    "in range": {
        "bedrock": Place(("3.96.0.10",), "A"),
        "vertex_ai": Place(("142.250.1.1",), "B"),
        "azure": Place(("4.229.0.5",), "C"),
    },
    "in range, IPv6": {
        "bedrock": Place(("2600:1f11::5",), "A"),
        "vertex_ai": Place(("2607:f8b0::5",), "B"),
        "azure": Place(("2603:1030:1000::5",), "C"),
    },
    "out of range": {name: Place((AMERICAN,), "address") for name in CLOUDS},
    "out of range, IPv6": {name: Place(("2600:1f18::5",), "address") for name in CLOUDS},
    "mixed": {
        "bedrock": Place(("3.96.0.10", AMERICAN), "address"),
        "vertex_ai": Place(("142.250.1.1", AMERICAN), "address"),
        "azure": Place(("4.229.0.5", AMERICAN), "address"),
    },
    "in no list": {name: Place(("9.9.9.9",), "address") for name in CLOUDS},
    "an edge that is everywhere": {"bedrock": Place(("13.224.0.5",), "address")},
    "private link": {name: Place(("10.1.2.3",), "C") for name in CLOUDS},
    "private and public": {
        "bedrock": Place(("10.1.2.3", "3.96.0.10"), "C"),
        "vertex_ai": Place(("10.1.2.3", "142.250.1.1"), "C"),
        "azure": Place(("10.1.2.3", "4.229.0.5"), "C"),
    },
    "lists too old": {
        "bedrock": Place(("3.96.0.10",), "stale_ranges", OLD),
        "vertex_ai": Place(("142.250.1.1",), "stale_ranges", OLD),
        "azure": Place(("4.229.0.5",), "C", OLD),
    },
    "no lists yet": {
        "bedrock": Place(("3.96.0.10",), "B", None),
        "vertex_ai": Place(("142.250.1.1",), "B", None),
        "azure": Place(("4.229.0.5",), "C", None),
    },
}
ROWS = [(what, provider) for what, places in PLACES.items() for provider in places]


@pytest.fixture(scope="module", params=["enforce", "monitor"])
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        environ = {"NI_RESIDENCY_MODE": request.param, "NI_PRIVATE_NETWORKS": "10.0.0.0/8"}
        with world(home, patch, **environ) as made:
            yield made


@pytest.fixture(scope="module")
def key(there: World) -> dict[str, str]:
    return there.instance.headers(pii=False)


def ask(there: World, key: dict[str, str], speaker: Speaker, provider: str, *, stream: bool) -> TestResponse:
    body = speaker.body(("user", "Bonjour"), model=ROUTES[provider], stream=stream)
    response = there.instance.client.post(speaker.path, json=body, headers=key)
    response.get_data()
    return response


def record(there: World, key: dict[str, str], response: TestResponse) -> dict[str, Any]:
    path = f"/api/usage/custody/{response.headers['X-NI-Request-ID']}"
    found: dict[str, Any] = there.instance.client.get(path, headers=key).get_json()
    return found


@pytest.mark.parametrize(("what", "provider"), ROWS)
def test_each_place_is_graded_or_refused_in_every_dialect_streamed_and_not(
    there: World, key: dict[str, str], what: str, provider: str
) -> None:
    place = PLACES[what][provider]
    if there.instance.gateway.monitor.range_index.lists.get("aws") is None or place.lists != FRESH:
        there.lists(place.lists)
    enforced = there.instance.gateway.settings.residency_mode == "enforce"
    for speaker in DIALECTS:
        for stream in (False, True):
            there.place(provider, *place.addresses)
            before = there.seen()
            response = ask(there, key, speaker, provider, stream=stream)
            if len(place.outcome) == 1:
                went(there, key, response, (place, before))
            elif enforced:
                refused(there, key, response, (place, before))
            else:
                watched(there, key, response, (place, before))
    there.lists(FRESH)


def went(there: World, key: dict[str, str], response: TestResponse, case: tuple[Place, int]) -> None:
    place, before = case
    told = record(there, key, response)
    assert (response.status_code, there.seen()) == (200, before + 1)
    assert response.headers["X-NI-Residency-Evidence"] == place.outcome
    assert response.headers["X-NI-Resolved-Jurisdiction"] == "CA"
    assert (told["residency_evidence"], told["resolved_jurisdiction"]) == (place.outcome, "CA")
    assert told["resolved_region"] == response.headers["X-NI-Resolved-Region"] != "unknown"
    assert told["hops"][-1]["evidence"] == place.outcome
    assert there.noted() == []
    assert there.dialled == [place.addresses[0]]


def refused(there: World, key: dict[str, str], response: TestResponse, case: tuple[Place, int]) -> None:
    place, before = case
    told = record(there, key, response)
    assert (response.status_code, there.seen(), there.dialled) == (403, before, [])
    assert "Residency of" in response.text
    assert "Known-good alternative" in response.text
    assert "X-NI-Residency-Evidence" not in response.headers
    assert response.headers["X-NI-Custody-Path"] == "NI-CA"
    assert (told["outcome"], [hop["entity"] for hop in told["hops"]]) == ("denied", ["NI"])
    assert [(rule, stopped) for rule, _, stopped in there.noted()] == [(place.outcome, True)]


def watched(there: World, key: dict[str, str], response: TestResponse, case: tuple[Place, int]) -> None:
    place, before = case
    told = record(there, key, response)
    assert (response.status_code, there.seen()) == (200, before + 1)
    assert response.headers["X-NI-Residency-Evidence"] == "X"
    assert response.headers["X-NI-Resolved-Jurisdiction"] == "GLOBAL"
    assert response.headers["X-NI-Resolved-Region"] == "unknown"
    assert (told["residency_evidence"], told["resolved_jurisdiction"]) == ("X", "GLOBAL")
    assert [(rule, stopped) for rule, _, stopped in there.noted()] == [(place.outcome, False)]


def test_the_record_names_the_peer_its_certificate_and_the_list_it_was_found_in(
    there: World, key: dict[str, str]
) -> None:
    there.lists(FRESH)
    there.place("bedrock", "3.96.0.10")
    response = ask(there, key, DIALECTS[0], "bedrock", stream=False)
    entries = there.instance.gateway.records.entries("default", response.headers["X-NI-Request-ID"])
    closed = entries[-1].fields
    assert (closed["peer_ip"], closed["tls_spki"]) == ("3.96.0.10", SPKI)
    assert closed["ranges"] == there.instance.gateway.monitor.range_index.lists["aws"].mark


def test_the_usage_row_says_no_more_than_the_addresses_showed(there: World, key: dict[str, str]) -> None:
    there.lists(FRESH)
    for addresses, places in (("3.96.0.10", ("CA", "CA")), (AMERICAN, ("CA", "GLOBAL"))):
        there.place("bedrock", addresses)
        response = ask(there, key, DIALECTS[0], "bedrock", stream=True)
        (row,) = there.instance.client.get("/api/usage?limit=1", headers=key).get_json()["data"]
        enforced = there.instance.gateway.settings.residency_mode == "enforce"
        assert row["request_id"] == response.headers["X-NI-Request-ID"]
        assert row["jurisdiction"] == places[not enforced]  # a refused call went no further than the gateway
        assert row["outcome"] == ("denied" if response.status_code == 403 else "completed")


def test_a_rebound_name_is_refused_on_its_next_connection_and_a_pooled_one_goes_on(
    there: World, key: dict[str, str]
) -> None:
    there.lists(FRESH)
    there.place("bedrock", "3.96.0.10")
    first = ask(there, key, DIALECTS[0], "bedrock", stream=False)
    there.resolved["bedrock-runtime.ca-central-1.amazonaws.com"] = (AMERICAN,)
    pooled = ask(there, key, DIALECTS[0], "bedrock", stream=False)
    there.instance.gateway.egress.forget()
    rebound = ask(there, key, DIALECTS[0], "bedrock", stream=False)
    enforced = there.instance.gateway.settings.residency_mode == "enforce"
    assert [one.headers.get("X-NI-Residency-Evidence") for one in (first, pooled)] == ["A", "A"]
    assert rebound.status_code == (403 if enforced else 200)
    assert rebound.headers.get("X-NI-Residency-Evidence") == (None if enforced else "X")


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(
    ("addresses", "evidence"),
    [
        (("9.9.9.9",), "B"),
        (("2001:4860::5",), "B"),
        (("3.96.0.10",), "B"),
        (("9.9.9.9", "3.96.0.10"), "B"),
        (("10.1.2.3",), "C"),
    ],
)
def test_a_provider_that_publishes_no_addresses_is_american_by_its_terms(
    there: World, key: dict[str, str], provider: str, addresses: tuple[str, ...], evidence: str
) -> None:
    for speaker in DIALECTS:
        for stream in (False, True):
            there.place(provider, *addresses)
            response = ask(there, key, speaker, provider, stream=stream)
            told = record(there, key, response)
            shown = (
                response.headers["X-NI-Resolved-Jurisdiction"],
                response.headers["X-NI-Residency-Evidence"],
            )
            assert (response.status_code, shown) == (200, ("US", evidence))
            assert (told["resolved_jurisdiction"], told["residency_evidence"]) == ("US", evidence)
            assert there.noted() == []


def test_a_global_profile_at_a_canadian_address_is_global(there: World, key: dict[str, str]) -> None:
    there.lists(FRESH)
    there.place("bedrock", "3.96.0.10")
    body = DIALECTS[0].body(("user", "Bonjour"), model="bedrock/global.anthropic.claude-sonnet-4-6-global")
    response = there.instance.client.post(DIALECTS[0].path, json=body, headers=key)
    shown = (response.headers["X-NI-Resolved-Jurisdiction"], response.headers["X-NI-Residency-Evidence"])
    assert (response.status_code, shown) == (200, ("GLOBAL", "X"))
    assert response.headers["X-NI-Custody-Path"] == "NI-CA -> Bedrock-GLOBAL"


@pytest.mark.parametrize("stream", [False, True])
def test_a_record_commits_to_what_was_sent_only_where_something_was(
    there: World, key: dict[str, str], *, stream: bool
) -> None:
    there.lists(FRESH)
    for address in ("3.96.0.10", AMERICAN):
        there.place("bedrock", address)
        before = there.seen()
        response = ask(there, key, DIALECTS[0], "bedrock", stream=stream)
        entries = there.instance.gateway.records.entries("default", response.headers["X-NI-Request-ID"])
        assert ("sent_c" in entries[-1].fields) is (there.seen() == before + 1)
