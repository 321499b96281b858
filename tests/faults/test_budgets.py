"""Five hundred calls at once against budgets that overlap: on one process, on two, on two gateways."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ni.domain.money import format_amount, parse_amount
from ni.store.tables.access import keys
from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import CALL_NANOS, SETUPS, Fleet

EACH = 125
ANN, BEN = "user_ann", "user_ben"


@pytest.fixture(scope="module")
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream() as served:
        yield served


@pytest.fixture(params=list(SETUPS))
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: PacedUpstream
) -> Iterator[Fleet]:
    url = request.getfixturevalue("fresh_postgres") if request.param == "postgres" else ""
    home: Path = tmp_path_factory.mktemp("fleet")
    with SETUPS[request.param](home, upstream, url) as made:
        yield made.start()


@dataclass(frozen=True)
class Team:
    """Clients with one key and tag, and the budgets that their calls count for, as (scope, window)."""

    key: str
    tag: str
    budgets: tuple[tuple[str, str], ...]


def limit(calls: int) -> str:
    """A budget that holds so many calls, and half of another."""
    return format_amount(calls * CALL_NANOS + CALL_NANOS // 2)


def owned_key(fleet: Fleet, owner: str) -> tuple[str, str]:
    """Text and id of a new key of somebody's."""
    made: Mapping[str, Any] = fleet.first.ni("key", "create", "--name", "crowd", "--pii", "off")
    with fleet.database.engine.begin() as connection:
        connection.execute(keys.update().where(keys.c.id == made["id"]).values(created_by=owner))
    return made["key"], made["id"]


def teams(fleet: Fleet) -> list[Team]:
    """Four teams. Each meets another budget first, and all of them that of the account."""
    first, second, third = (owned_key(fleet, owner) for owner in (ANN, ANN, BEN))
    for owner in (ANN, BEN):
        fleet.first.ni("user", "create", f"{owner}@example.ca", "--name", owner)
    ni = fleet.first.ni
    whole, red = ("account", "month"), ("tag", "day")
    ni("budget", "set", limit(61), "--window", "month")
    ni("budget", "set", limit(70), "--window", "day")
    ni("budget", "set", limit(12), "--window", "day", "--key", first[1])
    ni("budget", "set", limit(15), "--window", "month", "--key", second[1])
    ni("budget", "set", limit(20), "--window", "day", "--tag", "red")
    return [
        Team(first[0], "red", (("key", "day"), red, whole)),
        Team(second[0], "", (("key", "month"), whole)),
        Team(third[0], "red", (red, whole)),
        Team(third[0], "blue", (whole,)),
    ]


def used(fleet: Fleet) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Spent and limit by scope, window and subject."""
    return {
        (row["scope"], row["window"], row["subject"]): (
            parse_amount(row["spent"]),
            parse_amount(row["limit"]),
        )
        for row in fleet.first.ni("budget", "list")
    }


def test_five_hundred_at_once_overshoot_no_budget_and_use_the_tightest(fleet: Fleet) -> None:
    made = teams(fleet)
    crowds = [Crowd(fleet.port, team.key, EACH, tag=team.tag) for team in made]
    for crowd in crowds:
        crowd.begin()
    for crowd in crowds:
        crowd.join()
    settled_s = fleet.wait_until_settled()
    standing = used(fleet)
    shares = {name[:2]: round(spent / most, 3) for name, (spent, most) in standing.items()}
    print(f"{[crowd.statuses for crowd in crowds]}, {shares}, nothing held after {settled_s:.2f} s")
    assert not any(crowd.broken for crowd in crowds)
    assert {code for crowd in crowds for _, code, _ in crowd.refusals} == {"insufficient_quota"}
    assert [name for name, (spent, most) in standing.items() if spent > most] == []
    for team in made:
        tightest = max(shares[name] for name in team.budgets)
        assert tightest >= 0.9, team
    fleet.check_sums()


def test_leavers_errors_and_kills_overshoot_nothing_and_hold_nothing(
    fleet: Fleet, upstream: PacedUpstream
) -> None:
    made, upstream.fail_every = teams(fleet), 3
    try:
        for team in made[:2]:
            crowd = Crowd(fleet.port, team.key, 40, leave=0.3, tag=team.tag).begin(go_on=True)
            fleet.kill()
            crowd.join()
            fleet.start()
    finally:
        upstream.fail_every = 0
    crowds = [Crowd(fleet.port, team.key, 40, tag=team.tag).begin() for team in made]
    for crowd in crowds:
        crowd.join()
    fleet.wait_until_settled(5)
    assert [name for name, (spent, most) in used(fleet).items() if spent > most] == []
    fleet.check_sums()
