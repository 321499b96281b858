"""The guard in an instance: what vanishes from lists, what is told in its place, what keys demand, what is noted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ni.domain.route import Tier
from tests.residency.world import FRESH, HOSTS, ROUTES, World, shelved, world

Open = Callable[..., World]
CHAT = "/v1/chat/completions"
AMERICAN = "44.192.0.5"
AWS_US = "https://bedrock-runtime.us-east-1.amazonaws.com"


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Open]:
    """An instance with settings of the test's."""
    opened: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:

        def start(**environ: str) -> World:
            opened.append(world(tmp_path / "home", patch, **environ))
            made: World = opened[-1].__enter__()
            return made

        yield start
        for one in opened:
            one.__exit__(None, None, None)


def ask(there: World, model: str, headers: dict[str, str]) -> TestResponse:
    body = {"model": model, "messages": [{"role": "user", "content": "Bonjour"}]}
    return there.instance.client.post(CHAT, json=body, headers=headers)


def listed(there: World, headers: dict[str, str]) -> list[str]:
    found = there.instance.client.get("/v1/models", headers=headers).get_json()
    return [one["id"] for one in found["data"]]


def test_a_deployment_whose_endpoint_is_elsewhere_vanishes_and_says_why_and_what_to_take(begin: Open) -> None:
    there = begin(AWS_ENDPOINT_URL_BEDROCK_RUNTIME=AWS_US)
    headers = there.instance.headers(pii=False)
    assert ROUTES["bedrock"] not in listed(there, headers)
    assert ROUTES["vertex_ai"] in listed(there, headers)
    told = ask(there, ROUTES["bedrock"], headers)
    error = told.get_json()["error"]
    assert (told.status_code, error["code"]) == (403, "residency_unverified")
    assert "expected ca-central-1, found bedrock-runtime.us-east-1.amazonaws.com" in error["message"]
    assert "`vertex_ai/gemini-2.5-pro-ca`" in error["message"]
    assert (there.seen(), there.dialled) == (0, [])


def test_the_alternative_is_one_that_the_key_can_call(begin: Open) -> None:
    there = begin(AWS_ENDPOINT_URL_BEDROCK_RUNTIME=AWS_US)
    narrow = there.instance.headers(pii=False, min_evidence="A", tiers=frozenset({Tier.CANADIAN_CLOUD}))
    message = ask(there, ROUTES["bedrock"], narrow).get_json()["error"]["message"]
    assert "none that this key can call" in message


def test_a_watching_instance_lists_and_serves_it_without_a_claim(begin: Open) -> None:
    there = begin(AWS_ENDPOINT_URL_BEDROCK_RUNTIME=AWS_US, NI_RESIDENCY_MODE="monitor")
    headers = there.instance.headers(pii=False)
    there.resolved["bedrock-runtime.us-east-1.amazonaws.com"] = (AMERICAN,)
    assert ROUTES["bedrock"] in listed(there, headers)
    told = ask(there, ROUTES["bedrock"], headers)
    assert (told.status_code, told.headers["X-NI-Resolved-Jurisdiction"]) == (200, "GLOBAL")
    assert [(rule, refused) for rule, _, refused in there.noted()] == [("host", False)]


def test_a_refusal_by_addresses_takes_the_route_off_the_lists_until_it_is_looked_at_again(
    begin: Open,
) -> None:
    there = begin()
    there.lists(FRESH)
    headers, gateway = there.instance.headers(pii=False), there.instance.gateway
    there.place("bedrock", AMERICAN)
    assert ROUTES["bedrock"] in listed(there, headers)
    assert ask(there, ROUTES["bedrock"], headers).status_code == 403
    assert ROUTES["bedrock"] not in listed(there, headers)
    there.resolved[HOSTS["bedrock"]] = ("3.96.0.1",)
    gateway.residency.look(gateway.monitor, gateway.catalog)
    assert ROUTES["bedrock"] in listed(there, headers)
    assert ask(there, ROUTES["bedrock"], headers).headers["X-NI-Residency-Evidence"] == "A"


def test_drift_is_found_without_a_call_and_told_once(begin: Open) -> None:
    there = begin(NI_RANGES_REFRESH="off")
    there.lists(FRESH)
    gateway = there.instance.gateway
    there.place("bedrock", AMERICAN)
    for _ in range(3):
        gateway.residency.look(gateway.monitor, gateway.catalog)
    gateway.residency.tell_of_drift()
    (event,) = gateway.residency.drifts.recent()
    assert (event.drift.rule, event.drift.found, event.met) == ("address", "44.192.0.5 in us-east-1", 1)
    assert ROUTES["bedrock"] not in listed(there, there.instance.headers())
    text = there.instance.client.get("/metrics").text
    assert 'ni_residency_drift_total{provider="bedrock",refused="yes",rule="address"} 1.0' in text


def test_a_key_gets_no_less_evidence_than_it_demands_and_sees_no_other_routes(begin: Open) -> None:
    there = begin()
    there.lists(FRESH)
    there.place("bedrock", "3.96.0.1")
    there.place("azure", "4.229.0.5")
    strict = there.instance.headers(pii=False, min_evidence="A")
    assert listed(there, strict) == [route for route in listed(there, strict) if route.startswith("bedrock/")]
    assert ask(there, ROUTES["bedrock"], strict).headers["X-NI-Residency-Evidence"] == "A"
    told = ask(there, ROUTES["azure"], strict)
    assert (told.status_code, told.get_json()["error"]["code"]) == (403, "residency_unverified")
    assert "grade A or better" in told.get_json()["error"]["message"]
    assert there.noted() == []


def test_an_account_s_demand_holds_for_all_its_keys(begin: Open) -> None:
    there = begin()
    headers = there.instance.headers(pii=False)
    there.instance.gateway.accounts.require("default", "B")
    told = ask(there, "sandbox/echo-local", headers)
    assert told.status_code == 403
    assert "grade B or better" in told.get_json()["error"]["message"]
    there.instance.gateway.accounts.require("default", "")
    there.instance.gateway.keys.forget()
    assert ask(there, "sandbox/echo-local", headers).status_code == 200


def test_an_endpoint_in_a_declared_network_is_canadian_by_declaration(begin: Open) -> None:
    there = begin(AWS_ENDPOINT_URL_BEDROCK_RUNTIME="http://models.internal", NI_PRIVATE_NETWORKS="10.0.0.0/8")
    headers = there.instance.headers(pii=False)
    assert ROUTES["bedrock"] in listed(there, headers)
    there.resolved["models.internal"] = ("10.1.2.3",)
    told = ask(there, ROUTES["bedrock"], headers)
    shown = (told.headers["X-NI-Resolved-Jurisdiction"], told.headers["X-NI-Residency-Evidence"])
    assert (told.status_code, shown) == (200, ("CA", "C"))
    assert there.dialled == ["10.1.2.3"]


def test_a_new_list_is_heeded_at_once_and_closes_connections_that_were_vetted_by_the_old_one(
    begin: Open,
) -> None:
    there = begin(NI_RANGES_REFRESH="off")
    headers, gateway = there.instance.headers(pii=False), there.instance.gateway
    there.place("bedrock", AMERICAN)
    assert ask(there, ROUTES["bedrock"], headers).headers["X-NI-Residency-Evidence"] == "B"
    assert len(gateway.egress._pool) == 1
    shelved(gateway.settings.home / "ranges")
    gateway.residency.look(gateway.monitor, gateway.catalog)
    assert len(gateway.egress._pool) == 0
    assert ask(there, ROUTES["bedrock"], headers).status_code == 403


def test_nobody_is_asked_for_lists_but_the_clouds_that_are_in_use(begin: Open) -> None:
    only = {
        "AWS_BEARER_TOKEN_BEDROCK": "",
        "AZURE_OPENAI_ENDPOINT": "",
        "NI_VERTEX_ENDPOINT": "https://10.0.0.9",
    }
    there = begin(NI_PRIVATE_NETWORKS="10.0.0.0/8", **only)
    gateway = there.instance.gateway
    gateway.residency.look(gateway.monitor, gateway.catalog)
    assert there.dialled == []
    assert gateway.residency.refresher._tried == {}
