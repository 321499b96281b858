"""The row of a call that was denied says under whose law it stood: the gateway's own, as nothing was sent on."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from ni.domain.pii_labels import Label
from ni.store.tables.metering import usage
from tests.assembled import assembled


@pytest.mark.parametrize("home", ["CA", "US"])
def test_a_denied_row_has_the_jurisdiction_of_the_gateway(tmp_path: Path, home: str) -> None:
    with assembled(tmp_path, NI_JURISDICTION=home) as instance:
        headers = instance.headers(strict=True)
        body = {"model": "no/such-route", "messages": [{"role": "user", "content": "hi"}]}
        assert instance.client.post("/v1/chat/completions", json=body, headers=headers).status_code == 404
        with instance.gateway.database.read() as connection:
            rows = connection.execute(sa.select(usage.c.outcome, usage.c.jurisdiction, usage.c.route)).all()
    assert [tuple(row) for row in rows] == [("denied", home, "")]


REFUSALS: dict[str, tuple[dict[str, object], str]] = {
    "a kind that is blocked": ({"block_labels": frozenset({Label.EMAIL})}, "pii_blocked"),
    "a cap": ({"cap_nanos": 1}, "insufficient_quota"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_call_of_a_route_elsewhere_that_was_refused_ran_at_home(tmp_path: Path, refusal: str) -> None:
    spec, code = REFUSALS[refusal]
    body = {"model": "openai/gpt-4.1-us", "messages": [{"role": "user", "content": "I am at jo@example.ca"}]}
    with assembled(tmp_path, OPENAI_API_KEY="sk-made-up") as instance:
        answer = instance.client.post("/v1/chat/completions", json=body, headers=instance.headers(**spec))
        with instance.gateway.database.read() as connection:
            rows = connection.execute(sa.select(usage.c.outcome, usage.c.jurisdiction, usage.c.route)).all()
    assert answer.get_json()["error"]["code"] == code
    assert answer.headers["X-NI-Resolved-Jurisdiction"] == "CA"
    assert [tuple(row) for row in rows] == [("denied", "CA", "openai/gpt-4.1-us")]
