"""Money over HTTP: our column equals the provider's own log, own credentials cost the fee alone, clamps are told."""

import json
import os
import urllib.request
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.access.base import Base
from ni.access.credentials import Credentials
from ni.custody.record_writer import custody_writers
from ni.domain.clock import SystemClock
from ni.domain.secret import Secret
from ni.factory.services import credential_keys
from ni.settings.secret_files import Secrets
from ni.store.journal import DirectJournal
from ni.store.tables.custody import custody_records
from ni.store.tables.metering import usage
from ni.store.writer import Writer
from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import ROUTE, Fleet, one_process
from tools.reconcile import differences, entry_of

OWN = "sk-own-credential-of-the-account"


@pytest.fixture(scope="module")
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream(pause_s=0.001) as served:
        yield served


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, upstream: PacedUpstream) -> Iterator[Fleet]:
    home: Path = tmp_path_factory.mktemp("money")
    with one_process(home, upstream, "") as made:
        yield made.start()


def ask(fleet: Fleet, key: str, **more: Any) -> tuple[Any, Any]:
    body = {"model": ROUTE, "messages": [{"role": "user", "content": "go"}], **more}
    request = urllib.request.Request(
        f"{fleet.first.url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers, json.load(response)


def rows(fleet: Fleet) -> list[Any]:
    with fleet.database.read() as connection:
        return list(connection.execute(sa.select(usage).order_by(usage.c.at)).mappings())


def bring_own_credential(fleet: Fleet) -> None:
    writer = Writer(fleet.database, custody_writers(fleet.database, os.urandom))
    base = Base(fleet.database, DirectJournal(writer), SystemClock(), lambda size: bytes(range(size)))
    stored = Credentials(base, credential_keys(Secrets.load(fleet.first.home)))
    stored.store("default", "openai", {"api_key": Secret(OWN)})
    writer.close()


def test_our_column_equals_the_providers_own_log_to_the_nano_dollar(
    fleet: Fleet, upstream: PacedUpstream
) -> None:
    upstream.log.clear()
    Crowd(fleet.port, fleet.first.key(), 40).begin().join()
    fleet.wait_until_settled()
    theirs = [entry_of(row) for row in upstream.log]
    ours = [
        (row["request_id"], row["provider_cost_usd_nanos"]) for row in rows(fleet) if row["route"] == ROUTE
    ]
    assert len(theirs) == len(ours) == 40
    assert differences(theirs, ours, {"input": "0.001", "output": "100"}) == []


def test_an_output_limit_of_ours_is_what_the_provider_was_sent(fleet: Fleet, upstream: PacedUpstream) -> None:
    headers, _ = ask(fleet, fleet.first.key("--max-spend-per-day", "0.2"))
    limit = upstream.bodies[-1]["max_tokens"]
    assert 256 <= limit < 32_768
    assert Fraction(limit * 100 * 14, 10 * 10**6) <= Fraction("0.2")
    assert f'"max_out",{limit}' in closing_record(fleet, headers["X-NI-Request-ID"])


def test_with_enough_money_the_request_is_left_alone(fleet: Fleet, upstream: PacedUpstream) -> None:
    ask(fleet, fleet.first.key())
    assert "max_tokens" not in upstream.bodies[-1]


def test_an_own_credential_is_used_charged_the_fee_alone_and_named(
    fleet: Fleet, upstream: PacedUpstream
) -> None:
    bring_own_credential(fleet)
    headers, _ = ask(fleet, fleet.first.key("--byok"), max_tokens=8)
    assert headers["X-NI-Credential-Source"] == "byok"
    assert upstream.keys[-1] == f"Bearer {OWN}"
    row = rows(fleet)[-1]
    assert (row["credential_source"], row["provider_cost_nanos"]) == ("byok", 0)
    assert row["ni_charge_nanos"] == 56_000  # 5 % of 8 output tokens at 100 USD per million, at 1.40
    headers, _ = ask(fleet, fleet.first.key(), max_tokens=8)
    assert headers["X-NI-Credential-Source"] == "platform"
    assert upstream.keys[-1] == "Bearer sk-fake-platform"


def closing_record(fleet: Fleet, request_id: str) -> str:
    query = sa.select(custody_records.c.disclosures).where(
        custody_records.c.request_id == request_id, custody_records.c.kind == "close"
    )
    with fleet.database.read() as connection:
        return str(connection.scalar(query)).replace('\\"', '"')
