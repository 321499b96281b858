"""Each provider's refusals, by the table: what a client is told, and for how long it is asked to wait."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from ni.domain import errors
from ni.domain.errors import Problem
from ni.domain.secret import Secret
from ni.outbound.errors import AddressRefused, ConnectFailed, NoDescriptor, OutboundFault, TooSlow
from ni.providers import anthropic, bedrock, openai_compatible, vertex
from ni.providers.base import ErrorMapper, ErrorResponse, ProviderRequest
from ni.providers.errors import (
    Upstream,
    problem_in_stream,
    problem_of_fault,
    problem_of_status,
    read_error_body,
)
from ni.providers.registry import BUILDERS
from tests.fakes.doors import make_door
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fakes.orders import order, route, settings
from tests.fakes.upstreams import WIRES
from tests.fakes.wire_server import FakeWire
from tests.providers.refusals import ROWS, TABLES, WAIT_S, Refusal

CASES = [
    pytest.param(name, row, refusal, id=f"{name}, {row} {at}")
    for name, table in TABLES.items()
    for row, refusals in table.items()
    for at, refusal in enumerate(refusals)
]


class Stage:
    """A fake of each provider, started when it is first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._fakes: dict[str, FakeOpenAI] = {}

    def told(self, name: str, refusal: Refusal, *, byok: bool) -> Problem:
        """The problem that comes of a refusal."""
        fake = self._fake(name)
        headers = {"Content-Type": "application/json", **refusal.headers}
        body = json.dumps(refusal.body).encode()
        fake.scripts.append(Script(status=refusal.status, headers=headers, body=body))
        lookup = WIRES[name].lookup() if name in WIRES else settings(OPENAI_API_KEY=KEY, NI_LOCAL_API_KEY=KEY)
        given = self._order(name, fake)
        if byok:
            own = WIRES[name].byok if name in WIRES else ("api_key",)
            given = replace(given, byok={field: Secret(KEY) for field in own})
        with pytest.raises(Problem) as raised:
            BUILDERS[name.partition(" ")[0]](make_door(), lookup).send(given).reply()
        fake.scripts.clear()
        return raised.value

    def _fake(self, name: str) -> FakeOpenAI:
        if name not in self._fakes:
            made = FakeWire(WIRES[name].wire()) if name in WIRES else FakeOpenAI()
            self._fakes[name] = self._stack.enter_context(made)
        return self._fakes[name]

    def _order(self, name: str, fake: FakeOpenAI) -> ProviderRequest:
        if isinstance(fake, FakeWire):
            return WIRES[name].greeting(fake)
        return order(route(name, "gpt-4o", fake.base_url))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(stack)


@pytest.mark.parametrize(("name", "row", "refusal"), CASES)
def test_a_refusal_is_the_documented_problem(stage: Stage, name: str, row: str, refusal: Refusal) -> None:
    problem = stage.told(name, refusal, byok=row == "own credential")
    assert type(problem) is ROWS[row]
    assert "Zoe" not in problem.message
    if refusal.waits:
        assert problem.retry_after_s == WAIT_S


ERROR_MAPPERS: dict[str, ErrorMapper] = {
    "anthropic": anthropic.map_error, "azure": openai_compatible.map_error, "bedrock": bedrock.map_error,
    "openai": openai_compatible.map_error,
    "vertex_ai": vertex.map_error,
}  # fmt: skip
QUOTA = [(name, refusal) for name in ERROR_MAPPERS for refusal in TABLES[name]["quota"]]


@pytest.mark.parametrize(("name", "refusal"), QUOTA)
@pytest.mark.parametrize("byok", [False, True])
def test_an_account_without_credit_is_told_as_that_to_whom_it_belongs(
    caplog: pytest.LogCaptureFixture, name: str, refusal: Refusal, byok: bool
) -> None:
    body = json.dumps(refusal.body).encode()
    upstream = Upstream("X", byok, "X_API_KEY")
    problem = ERROR_MAPPERS[name](
        ErrorResponse(refusal.status, refusal.headers, read_error_body(body), None, upstream, body)
    )
    assert type(problem) is (errors.CredentialQuota if byok else errors.UpstreamQuota)
    assert problem.should_retry is False
    assert ["X_API_KEY" in record.getMessage() for record in caplog.records] == ([] if byok else [True])


@pytest.mark.parametrize("words", ["insufficient funds", "your quota", "billing", "credits are low", "402"])
def test_words_of_a_prompt_are_not_taken_for_a_quota(words: str) -> None:
    """Upstreams quote what they refuse."""
    problem = problem_of_status(
        400, read_error_body({"error": {"message": f"invalid: {words}"}}), None, Upstream("X")
    )
    assert type(problem) is errors.UpstreamRefused


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_error", 402])
def test_an_account_may_run_dry_in_the_middle_of_a_stream(code: Any) -> None:
    assert type(problem_in_stream({"message": "no", "code": code}, Upstream("X"))) is errors.UpstreamQuota


@pytest.mark.parametrize("name", sorted(set(BUILDERS) - {"sandbox"}))
def test_each_table_covers_every_row(name: str) -> None:
    assert set(TABLES[name]) == set(ROWS)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (ConnectFailed("nobody there"), errors.UpstreamBusy),
        (NoDescriptor("ours"), errors.Overloaded),
        (TooSlow("first byte", 3.0), errors.UpstreamTimeout),
        (AddressRefused("not there"), errors.UpstreamError),
        (OutboundFault("cut"), errors.UpstreamError),
    ],
)
def test_a_connection_that_fails_is_the_documented_problem(
    fault: OutboundFault, problem: type[Problem]
) -> None:
    assert type(problem_of_fault(fault, Upstream("Bedrock"))) is problem
