"""Limits come before masking, and the rate bounds what is written too."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.custody.record import NO_REQUEST
from ni.domain.route import Tier
from ni.privacy.masking import Substitution
from ni.store.tables.custody import custody_records
from ni.store.tables.metering import balances, usage
from tests.assembled import Assembled, assembled


def ask(instance: Assembled, headers: dict[str, str], model: str = "sandbox/echo-local", **more: Any) -> Any:
    body = {"model": model, "messages": [{"role": "user", "content": "Write to marie@hotmail.ca"}], **more}
    return instance.client.post("/v1/chat/completions", json=body, headers=headers)


def written(instance: Assembled) -> tuple[int, int]:
    """Usage rows, and records of requests."""
    of_requests = custody_records.c.kind.not_in(NO_REQUEST)
    with instance.gateway.database.read() as connection:
        rows = connection.scalar(sa.select(sa.func.count()).select_from(usage))
        records = connection.scalar(
            sa.select(sa.func.count()).select_from(custody_records).where(of_requests)
        )
    return int(rows or 0), int(records or 0)


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys whose calls were masked."""
    seen: list[str] = []
    substitute = Substitution.substitute

    def noting(shield: Substitution, caller: Any, leaving: Any) -> Any:
        seen.append(caller.key_id)
        return substitute(shield, caller, leaving)

    monkeypatch.setattr(Substitution, "substitute", noting)
    return seen


def test_a_key_over_its_rate_is_not_masked_and_leaves_nothing(tmp_path: Path, masked: list[str]) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers(rpm=1)
        assert ask(instance, headers).status_code == 200
        before = written(instance)
        for _ in range(5):
            refusal = ask(instance, headers)
            assert (refusal.status_code, refusal.json["error"]["code"]) == (429, "rate_limit_exceeded")
        assert len(masked) == 1
        assert written(instance) == before


@pytest.mark.parametrize("model", ["no-such-model", "ni-help"])
@pytest.mark.parametrize("stream", [False, True])
def test_answers_in_chat_count_for_the_rate_and_are_not_written_beyond_it(
    tmp_path: Path, model: str, stream: bool
) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers(rpm=2)
        answers = [ask(instance, headers, model, stream=stream) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 429, 429]
        assert written(instance) == (2, 2)


def test_refused_calls_count_for_the_rate_too(tmp_path: Path) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers(rpm=2, min_evidence="A")
        statuses = [ask(instance, headers).status_code for _ in range(4)]
        assert statuses == [403, 403, 429, 429]
        assert written(instance)[0] == 2


def test_a_slot_is_given_back_however_a_call_ends(tmp_path: Path) -> None:
    with assembled(tmp_path, NI_CALLS_AT_ONCE_PER_KEY="1") as instance:
        headers = instance.headers()
        strict = instance.headers(min_evidence="A")
        for model in ("sandbox/echo-local", "no-such-model", "ni-help") * 2:
            assert ask(instance, headers, model).status_code == 200
            assert ask(instance, strict).status_code == 403


def test_what_costs_nothing_is_never_refused_for_money(tmp_path: Path) -> None:
    with assembled(tmp_path, NI_PREPAID="on") as instance:
        assert ask(instance, instance.headers(cap_nanos=0)).status_code == 200


def test_a_refusal_for_the_balance_says_what_of_it_is_held(tmp_path: Path) -> None:
    with assembled(tmp_path, NI_PREPAID="on", OPENAI_API_KEY="sk-fake") as instance:
        instance.gateway.balances.grant("default", "UTC", 12_300_000)
        with instance.gateway.database.engine.begin() as connection:
            connection.execute(balances.update().values(held_nanos=12_299_000))
        refusal = ask(instance, instance.headers(), "openai/gpt-4.1-mini-us", max_tokens=300)
        assert (refusal.status_code, refusal.json["error"]["code"]) == (429, "insufficient_quota")
        assert "of 0.0123 CAD, 0.012299 are held for calls under way" in refusal.json["error"]["message"]


@pytest.mark.parametrize(
    ("spec", "environ", "code"),
    [
        ({"cap_nanos": 0}, {}, "insufficient_quota"),
        ({}, {"NI_PREPAID": "on"}, "insufficient_quota"),
        ({"min_evidence": "A"}, {}, "residency_unverified"),
    ],
)
def test_what_is_refused_anyway_is_refused_before_masking(
    tmp_path: Path, masked: list[str], spec: dict[str, Any], environ: dict[str, str], code: str
) -> None:
    with assembled(tmp_path, OPENAI_API_KEY="sk-fake", **environ) as instance:
        refusal = ask(instance, instance.headers(**spec), "openai/gpt-4.1-mini-us")
        assert refusal.json["error"]["code"] == code
        assert masked == []


RESOLVED = tuple(
    f"X-NI-Resolved-{name}" for name in ("Jurisdiction", "Tier", "Provider", "Region", "Litellm-Model")
)


def resolved(response: Any) -> dict[str, str]:
    """What the headers say of the route."""
    return {name: response.headers[name] for name in RESOLVED if name in response.headers}


def test_a_call_over_the_rate_says_the_route_that_its_name_stands_for(tmp_path: Path) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers(rpm=1)
        served, refused = (ask(instance, headers) for _ in range(2))
        assert (served.status_code, refused.status_code) == (200, 429)
        assert resolved(refused) == resolved(served)
        assert len(resolved(refused)) == len(RESOLVED)


@pytest.mark.parametrize("model", ["openai/gpt-4.1-mini-us", "no-such-model"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_name_that_the_key_may_not_call_is_resolved_to_nothing_whatever_refuses_the_call(
    tmp_path: Path, model: str, strict: bool
) -> None:
    tiers = frozenset({Tier.OWN_HARDWARE})
    with assembled(tmp_path, OPENAI_API_KEY="sk-fake") as instance:
        headers = instance.headers(rpm=1, tiers=tiers, strict=strict)
        first, over = (ask(instance, headers, model) for _ in range(2))
        assert (first.status_code, over.status_code) == (404 if strict else 200, 429)
        assert resolved(over) == resolved(first) == {"X-NI-Resolved-Jurisdiction": "CA"}
