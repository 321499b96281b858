"""Five hundred calls at once against budgets that overlap: on one process, on two, on two gateways."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ni.domain.money import format_amount, parse_amount
from ni.store.tables.access import keys
from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import CALL_NANOS, Fleet

EACH = 125


@dataclass(frozen=True)
class Team:
    """Clients with one key and tag, and the budgets that their calls count for, as (scope, window)."""

    key: str
    tag: str
    budgets: tuple[tuple[str, str], ...]


class Budgets:
    """Overlapping budgets of four teams. Each team meets another one first, and all of them that of the account."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        self._fleet = fleet
        self._ni = fleet.first.ni
        self._before = fleet.spent_and_held()[0]
        for row in self._ni("budget", "list"):
            self._ni("budget", "remove", row["id"])
        email = f"{name}@example.ca"
        person = str(self._ni("user", "create", email)["id"])
        first, second, third = (self._owned_key(owner) for owner in (person, person, ""))
        self._set(61, "month")
        self._set(70, "day")
        self._set(12, "day", "--key", first[1])
        self._set(15, "month", "--key", second[1])
        self._set(24, "month", "--person", email)
        self._set(20, "day", "--tag", name)
        whole, tagged, owned = ("account", "month"), ("tag", "day"), ("person", "month")
        self.teams = [
            Team(first[0], name, (("key", "day"), tagged, owned, whole)),
            Team(second[0], "", (("key", "month"), owned, whole)),
            Team(third[0], name, (tagged, whole)),
            Team(third[0], "blue", (whole,)),
        ]

    def _owned_key(self, owner: str) -> tuple[str, str]:
        """Text and id of a new key of somebody's."""
        made: Mapping[str, Any] = self._ni("key", "create", "--name", "crowd", "--pii", "off")
        with self._fleet.database.engine.begin() as connection:
            connection.execute(keys.update().where(keys.c.id == made["id"]).values(created_by=owner))
        return made["key"], made["id"]

    def _set(self, calls: int, window: str, *whose: str) -> None:
        """A budget that holds so many calls and half of another, besides what was spent before."""
        before = 0 if whose else self._before
        nanos = before + calls * CALL_NANOS + CALL_NANOS // 2
        self._ni("budget", "set", format_amount(nanos), "--window", window, *whose)

    def shares(self) -> dict[tuple[str, str], float]:
        """How much of each budget is spent, by scope and window; fails if one is overspent."""
        used = {}
        for row in self._ni("budget", "list"):
            before = self._before if row["scope"] == "account" else 0
            spent, limit = (parse_amount(row[name]) - before for name in ("spent", "limit"))
            assert spent <= limit, row
            used[row["scope"], row["window"]] = round(spent / limit, 3)
        return used


def test_five_hundred_at_once_overshoot_no_budget_and_use_the_tightest(fleet: Fleet) -> None:
    budgets = Budgets(fleet, "crowded")
    crowds = [Crowd(fleet.port, team.key, EACH, tag=team.tag) for team in budgets.teams]
    for crowd in crowds:
        crowd.begin()
    for crowd in crowds:
        crowd.join()
    settled_s = fleet.wait_until_settled()
    shares = budgets.shares()
    print(f"{[crowd.statuses for crowd in crowds]}, {shares}, nothing held after {settled_s:.2f} s")
    assert not any(crowd.broken for crowd in crowds)
    assert {200, 429} == {status for crowd in crowds for status in crowd.statuses}
    assert all({code for _, code, _ in crowd.refusals} == {"insufficient_quota"} for crowd in crowds)
    for team in budgets.teams:
        assert max(shares[name] for name in team.budgets) >= 0.9, team
    fleet.check_sums()


def test_leavers_errors_and_kills_overshoot_nothing_and_hold_nothing(
    fleet: Fleet, upstream: PacedUpstream
) -> None:
    budgets, upstream.fail_every = Budgets(fleet, "broken"), 3
    first, second = budgets.teams[:2]
    try:
        crowd = Crowd(fleet.port, first.key, 40, leave=0.3, tag=first.tag).begin(go_on=True)
        fleet.kill()
        crowd.join()
        fleet.start()
        Crowd(fleet.port, second.key, 40, leave=0.3).begin().join()
    finally:
        upstream.fail_every = 0
    crowds = [Crowd(fleet.port, team.key, 40, tag=team.tag).begin() for team in budgets.teams]
    for crowd in crowds:
        crowd.join()
    fleet.wait_until_settled(5)
    assert budgets.shares()
    fleet.check_sums()
