"""`sent_c` of a receipt commits to the bytes that the provider received: every provider, dialect and way of sending."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from werkzeug.test import TestResponse

import ni_verify
from ni.custody.record import read_fields
from ni.domain.route import Route
from ni.residency.monitor import ResidencyMonitor
from ni.residency.rules import Decision, Fault, Refusal, ResidencyRule
from tests.api.everywhere import (
    ANTHROPIC,
    AZURE,
    CHAT,
    CLAUDE,
    GEMINI,
    IMAGE,
    LLAMA,
    MESSAGES,
    MISTRAL,
    OPENAI,
    OWN,
    RESPONSES,
    Everywhere,
    everywhere,
)
from tests.fakes.openai_server import Script

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
TEXT = 'Écris à marie.tremblay@example.ca: 0.10 $, 😀, \u2028, "quoted" and \\ back.'
BODIES: dict[str, dict[str, Any]] = {
    CHAT: {"messages": [{"role": "user", "content": TEXT}], "temperature": 0.7},
    RESPONSES: {"input": TEXT},
    MESSAGES: {"messages": [{"role": "user", "content": TEXT}], "max_tokens": 4096},
}
ROUTES = (OPENAI, AZURE, CLAUDE, MISTRAL, LLAMA, GEMINI, ANTHROPIC, OWN)
SEE = (OPENAI, AZURE, CLAUDE, GEMINI, ANTHROPIC)
VECTORS = {
    "openai/text-embedding-3-small-us": 1,
    "azure/text-embedding-3-small-ca": 1,
    "vertex_ai/gemini-embedding-001-ca": 3,
    "bedrock/amazon.titan-embed-text-v2:0-ca": 3,
    "bedrock/cohere.embed-multilingual-v3-ca": 1,
    OWN: 1,
}
"""Routes and the number of requests that three texts take."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everywhere]:
    with everywhere(tmp_path_factory.mktemp("sent-bytes")) as started:
        started.assembled.gateway.log_service.start("gw.example/custody/2026")
        yield started


@pytest.fixture(autouse=True)
def _forget(place: Everywhere) -> None:
    place.forget()


def receipt_of(place: Everywhere, response: TestResponse) -> bytes:
    """The receipt of a call, whose body was read to its end."""
    assert response.data
    path = f"/api/usage/custody/{response.headers['X-NI-Request-ID']}/receipt"
    receipt = place.client.get(path, headers=place.headers)
    assert receipt.status_code == 200, receipt.data
    content: bytes = receipt.data
    return content


def committed(receipt: bytes) -> Any:
    """The value of `sent_c`; None where there is none."""
    records = json.loads(receipt)["records"]
    return read_fields(json.dumps(records[-1]["disclosures"])).get("sent_c")


def received(place: Everywhere, route: str) -> list[bytes]:
    """The bodies that the route's provider received, and no other provider any."""
    fakes = {name: [seen.raw for seen in fake.seen] for name, fake in place.fakes.items()}
    bodies = fakes.pop(route.partition("/")[0])
    assert not any(fakes.values())
    return bodies


def check(place: Everywhere, receipt: bytes, bodies: list[bytes]) -> None:
    """Each body is committed to, by the verifier that customers run, and nothing beside it."""
    known = place.client.get("/.well-known/ni-custody.json").get_json()
    keys = dict(ni_verify.parse_vkey(each["vkey"]) for each in known["vkeys"])
    for body in bodies:
        said = ni_verify.body(body, receipt, keys, ni_verify.Memory())
        assert "what sent_c of its close record commits to" in said
        with pytest.raises(ni_verify.Refused, match="no such file"):
            ni_verify.body(body[:-1], receipt, keys, ni_verify.Memory())
    value, distinct = committed(receipt), len(set(bodies))
    assert (len(value) if isinstance(value, list) else 1) == distinct
    assert isinstance(value, list) == (distinct > 1)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("route", ROUTES)
def test_what_a_provider_received_is_what_the_receipt_commits_to(
    place: Everywhere, route: str, path: str, stream: bool
) -> None:
    response = place.post(path, {"model": route, "stream": stream, **BODIES[path]})
    assert response.status_code == 200, response.data
    receipt = receipt_of(place, response)
    bodies = received(place, route)
    assert len(bodies) == 1
    assert b"marie.tremblay" not in bodies[0]
    check(place, receipt, bodies)
    # A log that keeps the request as JSON gives the bytes back, written compactly (`docs/custody.md`).
    logged = json.loads(bodies[0])
    assert json.dumps(logged, ensure_ascii=False, separators=(",", ":")).encode() == bodies[0]


@pytest.mark.parametrize("route", SEE)
def test_images_are_committed_to_as_they_were_sent(place: Everywhere, route: str) -> None:
    content = [{"type": "text", "text": "look"}, IMAGE]
    response = place.post(CHAT, {"model": route, "messages": [{"role": "user", "content": content}]})
    assert response.status_code == 200, response.data
    check(place, receipt_of(place, response), received(place, route))


@pytest.mark.parametrize("route", VECTORS)
def test_each_request_of_a_call_for_vectors_is_committed_to(place: Everywhere, route: str) -> None:
    response = place.post("/v1/embeddings", {"model": route, "input": ["one", "two", "three"]})
    assert response.status_code == 200, response.data
    receipt, bodies = receipt_of(place, response), received(place, route)
    assert len(bodies) == VECTORS[route]
    check(place, receipt, bodies)


@pytest.mark.parametrize("route", [OPENAI, CLAUDE, GEMINI, ANTHROPIC])
def test_a_body_that_is_sent_again_is_committed_to_once(place: Everywhere, route: str) -> None:
    place.fakes[route.partition("/")[0]].scripts.append(Script(status=503))
    response = place.post(CHAT, {"model": route, **BODIES[CHAT]})
    assert response.status_code == 200, response.data
    receipt, bodies = receipt_of(place, response), received(place, route)
    assert len(bodies) == 2
    assert len(set(bodies)) == 1
    check(place, receipt, bodies)


def test_a_body_that_was_changed_for_a_second_attempt_is_committed_to_in_both_forms(
    place: Everywhere,
) -> None:
    # Bedrock refuses `defer_loading` without the beta for it; the call is then made once more without.
    tool = {"name": "read", "input_schema": {"type": "object"}, "defer_loading": True}
    response = place.post(MESSAGES, {"model": CLAUDE, "tools": [tool], **BODIES[MESSAGES]})
    assert response.status_code == 200, response.data
    receipt, bodies = receipt_of(place, response), received(place, CLAUDE)
    assert len(set(bodies)) == 2
    check(place, receipt, bodies)


@pytest.mark.parametrize("route", ROUTES)
def test_what_the_provider_refused_was_sent_all_the_same(place: Everywhere, route: str) -> None:
    place.fakes[route.partition("/")[0]].scripts.append(Script(status=500))
    response = place.post(CHAT, {"model": route, **BODIES[CHAT]})
    assert response.status_code == 502, response.data
    check(place, receipt_of(place, response), received(place, route))


def test_a_limit_of_ours_is_part_of_what_is_committed_to(place: Everywhere) -> None:
    short = place.assembled.headers(cap_nanos=50_000_000)
    response = place.client.post(CHAT, json={"model": OPENAI, **BODIES[CHAT]}, headers=short)
    assert response.status_code == 200, response.data
    bodies = received(place, OPENAI)
    assert json.loads(bodies[0]).keys() & {"max_tokens", "max_completion_tokens"}
    check(place, receipt_of(place, response), bodies)


@pytest.mark.parametrize("model", ["sandbox/echo-local", "ni-no-such-model", OPENAI])
def test_without_a_request_on_the_wire_nothing_is_committed_to(place: Everywhere, model: str) -> None:
    refusing = place.assembled.headers(min_evidence="A")  # OpenAI's address proves less
    headers = refusing if model == OPENAI else place.headers
    response = place.client.post(CHAT, json={"model": model, **BODIES[CHAT]}, headers=headers)
    assert response.status_code == (403 if model == OPENAI else 200), response.data
    receipt = receipt_of(place, response)
    assert committed(receipt) is None
    assert "sent_c" not in receipt.decode()
    assert not any(fake.seen for fake in place.fakes.values())


def test_what_left_before_an_address_was_refused_stays_on_record(
    place: Everywhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    vet, asked = ResidencyMonitor.vet, list[Decision]()

    def once(monitor: ResidencyMonitor, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        refusal = Refusal(Fault(ResidencyRule.ADDRESS, "ca-central-1", "us-east-1"))
        asked.append(refusal if asked else vet(monitor, route, least, addresses))
        return asked[-1]

    monkeypatch.setattr(ResidencyMonitor, "vet", once)
    route = "bedrock/amazon.titan-embed-text-v2:0-ca"
    response = place.post("/v1/embeddings", {"model": route, "input": ["one", "two", "three"]})
    assert (response.status_code, len(asked)) == (403, 2)
    assert response.headers["X-NI-Custody-Path"] == "NI-CA -> Bedrock-CA"
    receipt, bodies = receipt_of(place, response), received(place, route)
    assert len(bodies) == 1
    check(place, receipt, bodies)
    fields = read_fields(json.dumps(json.loads(receipt)["records"][-1]["disclosures"]))
    assert (fields["outcome"], fields["err"]) == ("upstream_error", "residency_unverified")
    assert [hop[:2] for hop in fields["hops"]] == [["NI", "CA"], ["Bedrock", "CA"]]  # type: ignore[union-attr, index]
