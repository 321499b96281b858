"""A route with two deployments: the second answers exactly where the first could not and nothing was delivered."""

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from ni.access.accounts import DEFAULT
from ni.catalog import changes
from ni.catalog.health import REST_MS, TRIPS, BreakerState
from ni.catalog.sheet import Sheet
from ni.domain.clock import to_ms
from ni.domain.reply import Outcome
from ni.store.tables.metering import budgets, open_calls, usage
from tests.api.everywhere import ANTHROPIC, AZURE, CLAUDE, GEMINI, OPENAI, Everywhere, everywhere
from tests.api.speakers import SPEAKERS, Speaker
from tests.cast import tell
from tests.fakes.openai_server import Script
from tests.fakes.wire_server import FakeWire

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
ROUTES = (AZURE, OPENAI, CLAUDE, GEMINI, ANTHROPIC)
CLIENTS = [speaker for speaker in SPEAKERS if speaker.name in ("chat", "responses", "messages")]
LOST = (Script(no_answer=True, keep_alive=False),) * 2  # a pooled connection is tried anew
MOVES: dict[str, tuple[Script, ...]] = {
    "no answer": LOST,
    "credential refused": (Script(status=401, body=b"{}"),),
    "throttled": (Script(status=429, body=b"{}", headers={"Retry-After": "1"}),),
    "model missing": (Script(status=404, body=b"{}"),),
    "broken": (Script(status=500, body=b"{}"),),
    "overloaded": (Script(status=503, body=b"{}"),),
    "cut after the headers": (Script(cut_at=0),),
}
NUMBERS = itertools.count()


@dataclass
class Pair:
    """The gateway, and the fakes of the first and of the second deployments by provider."""

    gateway: Everywhere
    second: dict[str, FakeWire]

    def ask(self, speaker: Speaker, route: str, *, stream: bool, text: str = "") -> TestResponse:
        """The response to words that nobody said before."""
        body = speaker.body(("user", text or f"words {next(NUMBERS)}"), model=route, stream=stream)
        return self.gateway.post(speaker.path, body)

    def said(self, speaker: Speaker, response: TestResponse, *, stream: bool) -> str:
        """The words of an answer."""
        return speaker.streamed(response) if stream else speaker.text(response)

    def forget(self) -> None:
        """Close all breakers, and forget scripts and what was seen."""
        gateway = self.gateway.assembled.gateway
        for name in list(gateway.breakers.states()):
            gateway.breakers.succeeded(name, to_ms(gateway.clock.now()) + 1)
        for fake in (*self.gateway.fakes.values(), *self.second.values()):
            fake.seen.clear()
            fake.scripts.clear()

    def row(self, response: TestResponse) -> Any:
        """The one usage row of a call, which left nothing open or held."""
        with self.gateway.assembled.gateway.database.read() as connection:
            wanted = usage.c.request_id == response.headers["X-NI-Request-ID"]
            (row,) = connection.execute(sa.select(usage).where(wanted)).all()
            assert connection.scalar(sa.select(sa.func.count()).select_from(open_calls)) == 0
            assert not connection.scalar(sa.select(sa.func.sum(budgets.c.held_nanos)))
        return row

    def closed(self, response: TestResponse) -> dict[str, Any]:
        """The fields of the call's closing record."""
        records = self.gateway.assembled.gateway.records
        entries = records.entries(DEFAULT, response.headers["X-NI-Request-ID"])
        assert [entry.kind.value for entry in entries] == ["open", "close"]
        return dict(entries[-1].fields)


def first_of(route: str, pair: Pair) -> FakeWire:
    return pair.gateway.fakes[route.partition("/")[0]]


def second_of(route: str, pair: Pair) -> FakeWire:
    return pair.second[route.partition("/")[0]]


def doubled(sheet: Sheet, routes: tuple[str, ...], urls: dict[str, str]) -> Sheet:
    """The catalog with a second deployment behind each of the routes."""
    deployments = {row.id: row for row in sheet.deployments}
    added, rows = [], []
    for row in sheet.routes:
        if row.id in routes:
            url = urls[row.provider]
            name = f"second-{row.provider}"
            added.append(replace(deployments[row.deployment], id=name, endpoint=url, endpoint_setting=""))
            rows.append(replace(row, further_deployments=(name,)))
    return Sheet((*sheet.deployments, *added), tuple(rows))


@pytest.fixture(scope="module")
def pair_of_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        gateway = stack.enter_context(everywhere(tmp_path_factory.mktemp("home")))
        names = {route.partition("/")[0] for route in ROUTES}
        second = {name: stack.enter_context(FakeWire(gateway.fakes[name].wire)) for name in names}
        inner = gateway.assembled.gateway
        urls = {name: fake.url + ("/v1" if name == "openai" else "") for name, fake in second.items()}
        changes.store(
            doubled(changes.read(inner.database), ROUTES, urls), inner.database, inner.journal, tell
        )
        inner.catalog.refresh()
        yield Pair(gateway, second)


@pytest.fixture
def pair(pair_of_file: Pair) -> Pair:
    pair_of_file.forget()
    return pair_of_file


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
@pytest.mark.parametrize("failure", MOVES)
@pytest.mark.parametrize("route", ROUTES)
def test_the_second_deployment_answers_for_the_first(
    pair: Pair, route: str, failure: str, client: Speaker, *, stream: bool
) -> None:
    first_of(route, pair).scripts.extend(MOVES[failure])
    response = pair.ask(client, route, stream=stream)
    assert "words" in pair.said(client, response, stream=stream)
    provider = route.partition("/")[0]
    assert response.headers["X-NI-Deployment"] == f"second-{provider}"
    assert response.headers["X-NI-Attempts"] == "2"
    assert len(second_of(route, pair).seen) == 1
    row = pair.row(response)
    assert (row.outcome, row.attempts, row.deployment) == (Outcome.COMPLETED, 2, f"second-{provider}")
    assert row.ni_charge_nanos > 0
    tried = pair.closed(response)["attempts"]
    assert [one[0] for one in tried][1:] == [f"second-{provider}"]
    assert tried[0][3] not in ("", "ok")
    assert tried[1][3] == "ok"


def first_piece(route: str, pair: Pair, client: Speaker) -> int:
    """A place in the body of a stream after its first piece."""
    fake = first_of(route, pair)
    pair.said(client, pair.ask(client, route, stream=True), stream=True)
    body = fake.wire.answer(fake.seen[-1]).body
    return len(body) * 3 // 4


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
@pytest.mark.parametrize("route", ROUTES)
def test_after_a_delivered_piece_no_other_deployment_is_asked(
    pair: Pair, route: str, client: Speaker
) -> None:
    first_of(route, pair).scripts.extend([Script(), Script(cut_at=first_piece(route, pair, client))])
    first_of(route, pair).scripts.popleft()
    response = pair.ask(client, route, stream=True)
    assert b"error" in response.data
    assert not second_of(route, pair).seen
    row = pair.row(response)
    assert (row.outcome, row.attempts) == (Outcome.UPSTREAM_CUT, 1)
    assert "attempts" not in pair.closed(response)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
@pytest.mark.parametrize("route", ROUTES)
def test_a_whole_answer_that_is_cut_is_asked_for_elsewhere(pair: Pair, route: str, client: Speaker) -> None:
    """Nothing of it was delivered."""
    first_of(route, pair).scripts.append(Script(cut_at=20))
    response = pair.ask(client, route, stream=False)
    assert "words" in pair.said(client, response, stream=False)
    assert pair.row(response).attempts == 2


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_model_that_no_deployment_serves_any_more_names_its_successor(pair: Pair, *, stream: bool) -> None:
    gateway = pair.gateway.assembled.gateway
    known = {row.id: row for row in changes.read(gateway.database).routes}[OPENAI]
    changes.store(
        Sheet((), (replace(known, successor="openai/gpt-9-us"),)), gateway.database, gateway.journal, tell
    )
    gateway.catalog.refresh()
    try:
        for fake in (first_of(OPENAI, pair), second_of(OPENAI, pair)):
            fake.scripts.append(Script(status=404, body=b"{}"))
        told = json.loads(pair.ask(CLIENTS[0], OPENAI, stream=stream).data)["error"]
        assert told["code"] == "upstream_model_missing"
        assert "`openai/gpt-9-us` as its successor" in told["message"]
    finally:
        changes.store(Sheet((), (known,)), gateway.database, gateway.journal, tell)
        gateway.catalog.refresh()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_request_that_was_refused_for_what_it_is_goes_nowhere_else(
    pair: Pair, route: str, *, stream: bool
) -> None:
    first_of(route, pair).scripts.append(Script(status=400, body=b"{}"))
    response = pair.ask(CLIENTS[0], route, stream=stream)
    assert response.status_code == 400
    assert not second_of(route, pair).seen
    assert pair.row(response).attempts == 1


@pytest.mark.parametrize("route", ROUTES)
def test_where_both_fail_the_last_failure_is_told_and_nothing_is_charged(pair: Pair, route: str) -> None:
    first_of(route, pair).scripts.append(Script(status=500, body=b"{}"))
    second_of(route, pair).scripts.append(Script(status=503, body=b"{}"))
    response = pair.ask(CLIENTS[0], route, stream=False)
    assert response.status_code == 503
    row = pair.row(response)
    assert (row.outcome, row.attempts, row.ni_charge_nanos) == (Outcome.UPSTREAM_ERROR, 2, 0)
    assert [one[3] for one in pair.closed(response)["attempts"]] == ["upstream_error", "upstream_error"]


def test_a_breaker_opens_within_five_failures_and_closes_by_itself(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, gateway = first_of(OPENAI, pair), pair.gateway.assembled.gateway
    first.scripts.extend([Script(status=500, body=b"{}")] * (TRIPS + 3))
    tried = [pair.ask(CLIENTS[0], OPENAI, stream=False).headers["X-NI-Attempts"] for _ in range(TRIPS + 3)]
    assert tried == ["2"] * TRIPS + ["1"] * 3
    assert gateway.breakers.state("openai") is BreakerState.OPEN
    first.scripts.clear()
    clock = gateway.breakers._clock
    later = clock.now().timestamp() + REST_MS / 1000 + 1
    monkeypatch.setattr(gateway.breakers, "_clock", Later(clock, later))
    assert gateway.breakers.state("openai") is BreakerState.HALF_OPEN
    pair.ask(CLIENTS[0], OPENAI, stream=False)
    assert first.seen[-1].raw.count(b"words") == 1
    response = pair.ask(CLIENTS[0], OPENAI, stream=False)
    assert response.headers["X-NI-Deployment"] == "openai"


class Later:
    """A clock that is ahead."""

    def __init__(self, clock: Any, at_s: float) -> None:
        self._ahead_s = at_s - clock.now().timestamp()
        self._clock = clock

    def now(self) -> Any:
        from datetime import timedelta

        return self._clock.now() + timedelta(seconds=self._ahead_s)

    def monotonic(self) -> float:
        ahead_s: float = self._clock.monotonic() + self._ahead_s
        return ahead_s


def test_one_call_tries_a_half_open_deployment(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    breakers = pair.gateway.assembled.gateway.breakers
    for _ in range(TRIPS):
        breakers.failed("openai")
    assert not breakers.admits("openai")
    later = breakers._clock.now().timestamp() + REST_MS / 1000 + 1
    monkeypatch.setattr(breakers, "_clock", Later(breakers._clock, later))
    assert [breakers.admits("openai") for _ in range(3)] == [True, False, False]


def test_a_deployment_rests_for_as_long_as_it_asks(pair: Pair) -> None:
    first_of(OPENAI, pair).scripts.append(Script(status=429, body=b"{}", headers={"Retry-After": "60"}))
    tried = [pair.ask(CLIENTS[0], OPENAI, stream=False).headers["X-NI-Attempts"] for _ in range(3)]
    assert tried == ["2", "1", "1"]
    assert len(first_of(OPENAI, pair).seen) == 1


def test_a_conversation_stays_where_it_was_moved_to(pair: Pair) -> None:
    first_of(OPENAI, pair).scripts.append(Script(status=500, body=b"{}"))
    answers = [pair.ask(CLIENTS[0], OPENAI, stream=False, text="the same words") for _ in range(3)]
    assert {answer.headers["X-NI-Deployment"] for answer in answers} == {"second-openai"}
    another = pair.ask(CLIENTS[0], OPENAI, stream=False)
    assert another.headers["X-NI-Deployment"] == "openai"


def test_a_deployment_without_credential_is_passed_over(pair: Pair) -> None:
    """What is not set up is no candidate, and a call asks one deployment."""
    inner = pair.gateway.assembled.gateway
    sheet = changes.read(inner.database)
    bare = replace(
        next(row for row in sheet.deployments if row.id == "second-openai"),
        id="bare-openai",
        credential_setting="NOT_SET_HERE",
    )
    (row,) = (row for row in sheet.routes if row.id == OPENAI)
    with_bare = Sheet(
        (*sheet.deployments, bare), (replace(row, further_deployments=("bare-openai", "second-openai")),)
    )
    changes.store(with_bare, inner.database, inner.journal, tell)
    inner.catalog.refresh()
    first_of(OPENAI, pair).scripts.append(Script(status=500, body=b"{}"))
    response = pair.ask(CLIENTS[0], OPENAI, stream=False)
    assert response.headers["X-NI-Deployment"] == "second-openai"
    assert response.headers["X-NI-Attempts"] == "2"


def test_a_slow_deployment_is_left_for_a_quick_one(tmp_path: Path, pair: Pair) -> None:
    pipeline = pair.gateway.assembled.gateway.pipeline
    patience_s, pipeline._sender._patience_s = pipeline._sender._patience_s, 0.3
    try:
        for script in (Script(delay_s=1.0), Script(stall_at=0)):
            first_of(OPENAI, pair).scripts.append(script)
            response = pair.ask(CLIENTS[0], OPENAI, stream=True)
            assert "words" in pair.said(CLIENTS[0], response, stream=True)
            assert response.headers["X-NI-Deployment"] == "second-openai"
    finally:
        pipeline._sender._patience_s = patience_s


def test_the_phases_of_a_call_add_up_to_its_latency(pair: Pair) -> None:
    response = pair.ask(CLIENTS[0], OPENAI, stream=True)
    assert response.data
    row = pair.row(response)
    phases = [value for name, value in row._mapping.items() if name.endswith("_us")]
    assert None not in phases
    assert abs(sum(phases) / 1000 - row.latency_ms) <= 5


def test_server_timing_is_there_where_a_key_allows_it(pair: Pair) -> None:
    headers = pair.gateway.assembled.headers(server_timing=True)
    body = CLIENTS[0].body(("user", "time"), model=OPENAI, stream=True)
    response = pair.gateway.client.post(CLIENTS[0].path, data=json.dumps(body), headers=headers)
    names = [entry.partition(";")[0] for entry in response.headers["Server-Timing"].split(", ")]
    assert names == ["queue", "masking", "admission", "connect", "first_byte"]
    assert "Server-Timing" not in pair.ask(CLIENTS[0], OPENAI, stream=True).headers
