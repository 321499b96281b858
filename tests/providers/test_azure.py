"""Azure's provider: both addresses, both credentials, the verdicts of its filters, models of other makers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ni.domain import errors
from ni.domain.route import Route
from ni.domain.secret import Secret
from ni.providers.azure import Azure
from ni.providers.base import SettingLookup
from tests.fakes.azure_wire import KEY, TOKEN, AzureWire
from tests.fakes.doors import HandClock, make_door
from tests.fakes.openai_server import Script
from tests.fakes.orders import order, route, settings
from tests.fakes.raw_server import RawServer
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tests.providers.table import HELLO

UPSTREAM = UPSTREAMS["azure"]
Json = dict[str, Any]
V1 = settings(AZURE_OPENAI_API_KEY=KEY)


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(AzureWire()) as server:
        yield server


def to(wire: FakeWire, model: str = "gpt-4.1-mini", **options: str) -> Route:
    made = UPSTREAM.route(wire, model)
    return replace(made, deployment=replace(made.deployment, options=options))


def ask(wire: FakeWire, there: Route, lookup: SettingLookup | None = None, **fields: Any) -> Json:
    """Send, and give the body that was sent."""
    reply = Azure(make_door(), lookup or UPSTREAM.lookup()).send(order(there, HELLO, **fields)).reply()
    assert reply["choices"][0]["finish_reason"] == "stop"
    return wire.seen[-1].body


def test_an_api_version_leads_to_the_deployments_address(wire: FakeWire) -> None:
    ask(wire, to(wire))
    ask(wire, to(wire, api_version="2025-04-01-preview"), V1)
    ask(wire, to(wire), V1)
    assert [seen.path for seen in wire.seen] == [
        "/openai/deployments/gpt-4.1-mini/chat/completions?api-version=2024-10-21",
        "/openai/deployments/gpt-4.1-mini/chat/completions?api-version=2025-04-01-preview",
        "/openai/v1/chat/completions",
    ]


@pytest.mark.parametrize(
    ("own", "path"),
    [
        (
            "2025-04-01-preview",
            "/openai/deployments/gpt-4.1-mini/chat/completions?api-version=2025-04-01-preview",
        ),
        ("v1", "/openai/v1/chat/completions"),
    ],
)
def test_an_accounts_own_api_version_comes_before_the_operators(wire: FakeWire, own: str, path: str) -> None:
    given = order(to(wire, api_version="2024-10-21"), HELLO)
    byok = {"api_key": Secret(KEY), "api_version": Secret(own), "endpoint": Secret("https://127.0.0.1")}
    Azure(make_door(), UPSTREAM.lookup()).send(replace(given, byok=byok)).reply()
    assert wire.seen[-1].path == path


def test_a_deployment_may_have_another_name_than_its_model(wire: FakeWire) -> None:
    options = {"deployment:gpt-4.1-mini": "renamed"}
    assert ask(wire, to(wire, **options), V1)["model"] == "renamed"
    ask(wire, to(wire, **options))
    assert "/deployments/renamed/" in wire.seen[-1].path


def test_a_reasoning_model_gets_its_own_output_limit(wire: FakeWire) -> None:
    body = ask(wire, to(wire, "gpt-5-mini"), max_tokens=9, temperature=0.2)
    assert body["max_completion_tokens"] == 9
    assert "temperature" not in body


def test_another_makers_model_gets_the_common_fields_only(wire: FakeWire) -> None:
    tagged: Json = {"max_completion_tokens": 9, "store": True, "prompt_cache_key": "x", "temperature": 0.2}
    body = ask(wire, to(wire, "DeepSeek-V3.2"), **tagged)
    assert (body["max_tokens"], body["temperature"]) == (9, 0.2)


@pytest.mark.parametrize(("lookup", "name"), [(V1, "prompt_cache_key"), (None, "user")])
def test_accounts_on_our_credential_have_prompt_caches_of_their_own(
    wire: FakeWire, lookup: SettingLookup | None, name: str
) -> None:
    given = replace(order(to(wire), HELLO), cache_tag="acct7:")
    Azure(make_door(), lookup or UPSTREAM.lookup()).send(given).reply()
    assert wire.seen[-1].body[name] == "acct7:"


def test_the_verdict_on_the_prompt_comes_with_the_first_chunk_that_says_something(wire: FakeWire) -> None:
    chunks = list(Azure(make_door(), UPSTREAM.lookup()).send(order(to(wire), HELLO, stream=True)).chunks())
    assert chunks[0]["choices"]
    assert chunks[0]["prompt_filter_results"][0]["content_filter_results"]["hate"]["severity"] == "safe"
    assert chunks[0]["id"] == "chatcmpl-azure"
    assert chunks[-2]["choices"][0]["content_filter_results"]["hate"]["filtered"] is False


def test_a_filtered_prompt_is_told(wire: FakeWire) -> None:
    with pytest.raises(errors.ContentFiltered):
        Azure(make_door(), UPSTREAM.lookup()).send(order(to(wire), {"role": "user", "content": "BLOCKED"}))


def test_a_static_token_of_entra_goes_as_bearer(wire: FakeWire) -> None:
    ask(wire, to(wire), settings(AZURE_OPENAI_AD_TOKEN=TOKEN))
    assert wire.seen[-1].headers["authorization"] == f"Bearer {TOKEN}"
    assert "api-key" not in wire.seen[-1].headers


ENTRA = settings(AZURE_TENANT_ID="t", AZURE_CLIENT_ID="c", AZURE_CLIENT_SECRET="s")


def granted(body: Any, status: int = 200) -> bytes:
    wire = json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(wire), wire)


def test_a_token_is_fetched_kept_and_renewed_before_it_expires(wire: FakeWire) -> None:
    clock = HandClock()
    with RawServer([granted({"access_token": TOKEN, "expires_in": 3600})] * 2) as authority:
        there = to(wire, authority=f"http://127.0.0.1:{authority.port}")
        azure = Azure(make_door(clock=clock), ENTRA)
        for ahead_s in (0, 3200, 3310):
            clock.ahead_s = ahead_s
            azure.send(order(there, HELLO)).reply()
    assert len(authority.seen) == 2
    assert authority.seen[0].startswith(b"POST /t/oauth2/v2.0/token ")
    assert b"client_secret=s" in authority.seen[0]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (granted({"error": "invalid_client"}, 401), errors.UpstreamAuth),
        (granted({"error": "x"}, 503), errors.UpstreamBusy),
        (granted({"token": "x"}), errors.UpstreamError),
        (granted([]), errors.UpstreamError),
    ],
)
def test_a_token_that_cannot_be_had_is_told(
    wire: FakeWire, answer: bytes, problem: type[errors.Problem]
) -> None:
    with RawServer([answer]) as authority:
        there = to(wire, authority=f"http://127.0.0.1:{authority.port}")
        with pytest.raises(problem):
            Azure(make_door(), ENTRA).send(order(there, HELLO))


def own_address(jurisdiction: str, endpoint: str) -> str:
    """Where a call with an account's own credential goes."""
    made = route("azure", "gpt-4.1-mini", "https://ours.openai.azure.com")
    there = replace(made, deployment=replace(made.deployment, jurisdiction=jurisdiction))
    own = {"api_key": Secret("k"), "endpoint": Secret(endpoint)}
    return Azure(make_door(), V1)._endpoint_for(replace(order(there), byok=own))


def test_an_accounts_own_resource_is_called_where_no_place_was_promised() -> None:
    assert own_address("GLOBAL", "https://mine.openai.azure.com") == "https://mine.openai.azure.com"


@pytest.mark.parametrize("jurisdiction", ["CA", "US", "GLOBAL"])
def test_an_account_may_bring_its_own_key_of_the_operators_resource(jurisdiction: str) -> None:
    assert own_address(jurisdiction, "https://ours.openai.azure.com/") == "https://ours.openai.azure.com"


@pytest.mark.parametrize("jurisdiction", ["CA", "US"])
def test_an_accounts_own_key_is_not_sent_to_the_operators_resource(jurisdiction: str) -> None:
    with pytest.raises(errors.ResidencyUnverified):
        own_address(jurisdiction, "https://mine.openai.azure.com")


@pytest.mark.parametrize("jurisdiction", ["CA", "GLOBAL"])
@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://mine.openai.azure.com",
        "https://evil.example",
        "https://openai.azure.com.evil.example",
        "https://mine.openai.azure.com@evil.example",
    ],
)
def test_an_accounts_own_key_goes_nowhere_but_to_azure(jurisdiction: str, endpoint: str) -> None:
    with pytest.raises(errors.CredentialRefused):
        own_address(jurisdiction, endpoint)


def test_it_says_what_is_missing() -> None:
    bare = route("azure").deployment
    assert "AZURE_OPENAI_ENDPOINT" in str(Azure(make_door(), settings()).missing(bare))
    there = settings(AZURE_OPENAI_ENDPOINT="https://x.openai.azure.com")
    assert "AZURE_OPENAI_API_KEY" in str(Azure(make_door(), there).missing(bare))
    assert (
        Azure(
            make_door(), settings(AZURE_OPENAI_ENDPOINT="https://x/openai/v1/", AZURE_OPENAI_API_KEY="k")
        ).missing(bare)
        is None
    )


def test_a_late_note_of_the_filter_after_the_end_is_harmless(wire: FakeWire) -> None:
    azure, given = Azure(make_door(), UPSTREAM.lookup()), order(to(wire), HELLO, stream=True)
    expected = list(azure.send(given).chunks())
    good = wire.wire.answer(wire.seen[-1]).body
    note = b'data: {"choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{"check_offset":3}}]}\n\n'
    wire.scripts.append(
        Script(
            body=good.replace(b"data: [DONE]", note + b"data: [DONE]"),
            headers={"Content-Type": "text/event-stream"},
        )
    )
    assert list(azure.send(given).chunks()) == expected


@pytest.mark.parametrize(("lookup", "name"), [(V1, "prompt_cache_key"), (None, "user")])
@pytest.mark.parametrize("own", ["", "session-1", "s" * 80])
def test_what_a_client_calls_its_prompt_cache_stands_behind_the_tag_of_its_account(
    wire: FakeWire, lookup: SettingLookup | None, name: str, own: str
) -> None:
    sent = []
    for tag in ("acct7:", "acct8:"):
        options: Json = {name: own} if own else {}
        asked = order(to(wire), HELLO, **options)
        Azure(make_door(), lookup or UPSTREAM.lookup()).send(replace(asked, cache_tag=tag)).reply()
        sent.append(wire.seen[-1].body[name])
    assert sent == [f"acct7:{own}"[:64], f"acct8:{own}"[:64]]
