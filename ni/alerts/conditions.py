"""Alerts of the instance: deployments that fail, throttle or are slow, anchors that are behind, old prices, drift."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from ni.alerts.receivers import OPERATOR
from ni.domain.alerts import Alert, AlertKind
from ni.domain.route import Drift

MANY = 10
"""Fewer attempts in the last minutes tell nothing of a deployment."""
SLOW_MS, SLOWER = 5000, 3
BEHIND_S = 3600.0
PRICES_DAYS = 180


class Health(Protocol):
    """What calls met at a deployment in a span of time."""

    @property
    def throttled(self) -> int:
        """How often it refused the load."""

    @property
    def first_tokens(self) -> int:
        """How many answers began."""

    @property
    def attempts(self) -> int:
        """How often it was asked."""

    @property
    def mean_ms(self) -> int | None:
        """Milliseconds to the first token in the mean."""


def failing(runs: Mapping[str, int], now: datetime) -> Sequence[Alert]:
    """One for each deployment whose breaker opened, once a day; `runs` are its failures in a row."""
    return [_of_deployment(AlertKind.DEPLOYMENT, name, now, count=count) for name, count in runs.items()]


def throttled(recent: Mapping[str, Health], now: datetime) -> Sequence[Alert]:
    """One for each deployment that refused the load of half its recent attempts, once a day."""
    return [
        _of_deployment(AlertKind.THROTTLED, name, now, count=one.throttled, attempts=one.attempts)
        for name, one in recent.items()
        if one.attempts >= MANY and 2 * one.throttled >= one.attempts
    ]


def slow(recent: Mapping[str, Health], usual: Mapping[str, Health], now: datetime) -> Sequence[Alert]:
    """One for each deployment whose first token takes long, and much longer than usual, once a day."""
    found = []
    for name, one in recent.items():
        before_ms = usual[name].mean_ms if name in usual else None
        if one.mean_ms is None or before_ms is None or one.first_tokens < MANY:
            continue
        if one.mean_ms >= max(SLOW_MS, SLOWER * before_ms):
            seconds = {"seconds": round(one.mean_ms / 1000, 1), "usual": round(before_ms / 1000, 1)}
            found.append(_of_deployment(AlertKind.SLOW, name, now, **seconds))
    return found


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


def _of_deployment(kind: AlertKind, name: str, now: datetime, **details: object) -> Alert:
    return _of_operator(kind, name, _day(now), deployment=name, **details)


def _of_operator(kind: AlertKind, subject: str, window: str, **details: object) -> Alert:
    return Alert(kind, OPERATOR, subject, window, details)


def _day(now: datetime) -> str:
    return now.date().isoformat()
