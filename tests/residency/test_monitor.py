"""The monitor: a decision is made once, cached while nothing changed, and drift is reported where it is found."""

from datetime import timedelta
from pathlib import Path

import pytest

from ni.domain.route import Drift, Route
from ni.residency import monitor as module
from ni.residency.monitor import REMEMBERED_S, MonitorDependencies, ResidencyMonitor
from ni.residency.range_store import RangeIndex, RangeStore
from ni.residency.rules import Grade, Permit, Refusal
from tests.fakes.doors import HandClock
from tests.residency.test_guard import AWS_CA, route
from tests.residency.world import listed, shelved

HERE, THERE = ("3.96.0.1",), ("44.192.0.5",)


class Post:
    """A monitor over Bedrock's endpoint, what it told, and how often it had to think."""

    def __init__(self, folder: Path, *, enforce: bool = True, endpoint: str = AWS_CA) -> None:
        self.clock = HandClock()
        self.told: list[Drift] = []
        self.thought = 0
        self.endpoint = endpoint
        self.range_store = shelved(folder, self.clock.now())
        range_index = RangeIndex(self.range_store, (), self.clock, timedelta(days=14))
        self.monitor = ResidencyMonitor(
            range_index, MonitorDependencies(self._endpoint, enforce, self.told.append, self.clock)
        )

    def _endpoint(self, of: Route) -> str:
        self.thought += 1
        return self.endpoint


def test_a_warm_verdict_is_not_thought_about_again(tmp_path: Path) -> None:
    post, of = Post(tmp_path), route("bedrock")
    first = post.monitor.vet(of, "", HERE)
    thought = post.thought
    assert [post.monitor.vet(of, "", HERE) for _ in range(100)] == [first] * 100
    assert post.thought == thought


@pytest.mark.parametrize("change", ["route", "addresses", "list", "demand"])
def test_whatever_changes_it_is_thought_about_anew(tmp_path: Path, change: str) -> None:
    post, of = Post(tmp_path), route("bedrock")
    post.monitor.vet(of, "", HERE)
    thought = post.thought
    if change == "list":
        post.range_store.store(listed("aws", post.clock.now() - timedelta(days=20)))
        post.monitor.range_index.renew()
    again = route("bedrock") if change == "route" else of
    where = (*HERE, "3.96.0.2") if change == "addresses" else HERE
    post.monitor.vet(again, "A" if change == "demand" else "", where)
    assert post.thought > thought


def test_a_refusal_is_remembered_for_a_while_and_forgotten_when_lists_change(tmp_path: Path) -> None:
    post, of = Post(tmp_path), route("bedrock")
    assert isinstance(post.monitor.vet(of, "", THERE), Refusal)
    assert not post.monitor.permits(of)
    post.clock.ahead_s = REMEMBERED_S + 1
    assert post.monitor.permits(of)
    post.monitor.vet(of, "", THERE)
    assert not post.monitor.permits(of)
    RangeStore(tmp_path).store(listed("aws", post.clock.now() - timedelta(days=1)))
    post.monitor.range_index.renew()
    assert post.monitor.permits(of)


def test_a_demand_that_is_not_met_refuses_one_key_and_nobody_else(tmp_path: Path) -> None:
    post, of = Post(tmp_path, endpoint="https://r.openai.azure.com"), route("azure")
    assert isinstance(post.monitor.vet(of, "A", ("4.229.0.1",)), Refusal)
    assert post.monitor.permits(of)
    assert post.told == []


@pytest.mark.parametrize("enforce", [True, False])
def test_drift_is_told_once_a_call_whether_in_tags_or_addresses(tmp_path: Path, *, enforce: bool) -> None:
    tags = Post(tmp_path / "tags", enforce=enforce)
    wrong = route("bedrock", api_region="us-east-1")
    tags.monitor.decide(wrong)
    if not enforce:
        tags.monitor.vet(wrong, "", HERE)
    addresses = Post(tmp_path / "addresses", enforce=enforce)
    of = route("bedrock")
    addresses.monitor.decide(of)
    addresses.monitor.vet(of, "", THERE)
    assert [drift.rule for drift in tags.told] == ["region"]
    assert [(drift.rule, drift.refused) for drift in addresses.told] == [("address", enforce)]


def test_asking_for_lists_tells_nobody(tmp_path: Path) -> None:
    post = Post(tmp_path)
    assert not post.monitor.permits(route("bedrock", api_region="us-east-1"))
    assert post.told == []


def test_an_endpoint_written_as_a_number_is_judged_before_anything_is_prepared(tmp_path: Path) -> None:
    post = Post(tmp_path, endpoint="https://44.192.0.5")
    decision = post.monitor.decide(route("bedrock"))
    assert isinstance(decision, Refusal)
    assert [drift.rule for drift in post.told] == ["endpoint"]


def test_before_its_addresses_are_known_a_call_has_the_grade_of_its_terms(tmp_path: Path) -> None:
    decision = Post(tmp_path).monitor.decide(route("bedrock"))
    assert isinstance(decision, Permit)
    assert decision.grade is Grade.PROVIDER_CONTRACT


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 8)
    post, of = Post(tmp_path), route("bedrock")
    for number in range(50):
        post.monitor.vet(of, f"{number}", HERE)
    assert len(post.monitor._by_addresses) <= 8


@pytest.mark.parametrize("enforce", [True, False])
def test_a_survey_tells_what_it_finds_once_until_it_changes(tmp_path: Path, *, enforce: bool) -> None:
    post = Post(tmp_path, enforce=enforce)
    routes, tags = [route("bedrock")], [route("bedrock", api_region="us-east-1")]
    for where in (THERE, ("44.192.0.6",), HERE, THERE):
        post.monitor.survey(routes, lambda url, where=where: where)  # type: ignore[misc]
    assert [drift.rule for drift in post.told] == ["address", "address"]
    for _ in range(3):
        post.monitor.survey(tags, lambda url: HERE)
    assert [drift.rule for drift in post.told] == ["address", "address", "region"]


def test_names_that_do_not_resolve_are_nobody_s_drift(tmp_path: Path) -> None:
    post = Post(tmp_path)

    def nothing(url: str) -> tuple[str, ...]:
        raise OSError(url)

    post.monitor.survey([route("bedrock")], nothing)
    assert (post.told, post.monitor.permits(route("bedrock"))) == ([], True)
