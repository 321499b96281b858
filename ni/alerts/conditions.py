"""Alerts of the instance: deployments that fail, anchors that are behind, prices that are out of date, drift."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from ni.alerts.receivers import OPERATOR
from ni.domain.alerts import Alert, AlertKind
from ni.domain.route import Drift

FAILURES = 5
"""So many requests in a row without an answer are an alert."""
MOST_DEPLOYMENTS = 1000
BEHIND_S = 3600.0
PRICES_DAYS = 180


class FailureRuns:
    """Counts, per deployment, how many of its newest requests in this process had no answer."""

    def __init__(self) -> None:
        self._runs: dict[str, int] = {}

    def note(self, deployment_id: str, failed: bool) -> None:
        """A request ended."""
        if not failed:
            self._runs.pop(deployment_id, None)
        elif deployment_id in self._runs or len(self._runs) < MOST_DEPLOYMENTS:
            self._runs[deployment_id] = self._runs.get(deployment_id, 0) + 1

    def alerts(self, now: datetime) -> Sequence[Alert]:
        """One for each deployment that fails, once a day."""
        return [
            _of_operator(AlertKind.DEPLOYMENT, name, _day(now), deployment=name, count=count)
            for name, count in self._runs.items()
            if count >= FAILURES
        ]


def anchors_behind(ages_s: Iterable[tuple[str, float]], now: datetime) -> Sequence[Alert]:
    """One for each anchor that is behind and has taken nothing for an hour, once a day.

    `ages_s` are the anchors that lack leaves, with the seconds since they took a checkpoint.
    """
    return [
        _of_operator(AlertKind.ANCHOR, name, _day(now), anchor=name, hours=int(age_s // 3600))
        for name, age_s in ages_s
        if age_s >= BEHIND_S
    ]


def prices_old(newest: date | None, now: datetime) -> Sequence[Alert]:
    """One a month while no price of the catalog is newer than half a year."""
    if newest is None or now.date() - newest <= timedelta(days=PRICES_DAYS):
        return []
    return [_of_operator(AlertKind.PRICES, "", _day(now)[:7], since=newest.isoformat())]


def drifted(events: Iterable[tuple[Drift, int]], now: datetime) -> Sequence[Alert]:
    """One for each place in which a deployment was found, once a day; `events` come with their counts."""
    return [_of_drift(drift, count, now) for drift, count in events]


def _of_drift(drift: Drift, count: int, now: datetime) -> Alert:
    event = {
        "provider": drift.provider,
        "deployment": drift.deployment,
        "route": drift.route,
        "rule": drift.rule,
        "expected": drift.expected,
        "found": drift.found,
        "refused": drift.refused,
    }
    subject = "/".join((drift.deployment, drift.rule, drift.expected, drift.found, str(drift.refused)))
    return _of_operator(AlertKind.DRIFT, subject, _day(now), **event, events=[{**event, "count": count}])


def _of_operator(kind: AlertKind, subject: str, window: str, **details: object) -> Alert:
    return Alert(kind, OPERATOR, subject, window, details)


def _day(now: datetime) -> str:
    return now.date().isoformat()
