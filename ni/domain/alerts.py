"""Alerts: what people are told of, and its sentence. They hold names and figures of a configuration, nothing of a call.

An alert belongs to an account, or to the operator (an empty account id), and is told once per `window`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ni.domain.money import format_amount, parse_amount


class AlertKind(StrEnum):
    """What an alert is about; the `type` of the JSON that receivers get."""

    BUDGET = "budget"
    KEY = "key_expiring"
    DRIFT = "residency_drift"
    DEPLOYMENT = "deployment_failing"
    THROTTLED = "deployment_throttled"
    SLOW = "deployment_slow"
    ANCHOR = "anchor_behind"
    PRICES = "prices_out_of_date"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Alert:
    """`subject` tells alerts of one kind apart, and `window` their repetitions; `details` are values of JSON."""

    kind: AlertKind
    account_id: str
    subject: str
    window: str
    details: Mapping[str, Any] = field(default_factory=dict)


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


SENTENCES: Mapping[AlertKind, str] = {
    AlertKind.BUDGET: _(
        "%(span)s, %(whose)s: %(reached)s%% is spent (%(spent)s of %(limit)s). The alert is set at %(percent)s%%; "
        "the budget starts again at %(reset_at)s."
    ),
    AlertKind.KEY: _(
        "The key “%(name)s” (…%(last4)s) expires on %(expires)s. Rotate it, or give it another day."
    ),
    AlertKind.DRIFT: _(
        "The deployment %(deployment)s failed a residency check (%(rule)s): expected %(expected)s, found %(found)s."
    ),
    AlertKind.DEPLOYMENT: _(
        "The deployment %(deployment)s fails: its last %(count)s requests had no answer. Look at the provider’s status "
        "and at the log."
    ),
    AlertKind.THROTTLED: _(
        "The deployment %(deployment)s refuses the load: %(count)s of its last %(attempts)s attempts were throttled. "
        "Ask the provider for more quota, or add a deployment to its routes."
    ),
    AlertKind.SLOW: _(
        "The deployment %(deployment)s is slow: its first token takes %(seconds)s s in the mean, and %(usual)s s over "
        "the last day. Look at the provider’s status."
    ),
    AlertKind.ANCHOR: _(
        "The anchor %(anchor)s of the custody log is behind: it has not taken the newest checkpoints for %(hours)s "
        "hours."
    ),
    AlertKind.PRICES: _(
        "The newest price of the catalog is of %(since)s. Compare prices with `ni catalog check --prices`."
    ),
    AlertKind.TEST: _("This is a test of alerts. Nothing is wrong."),
}
SPANS: Mapping[str, str] = {"day": _("Budget of the day"), "month": _("Budget of the month")}
WHOSE: Mapping[str, str] = {
    "key": _("key “%(name)s”"),
    "person": _("keys of %(name)s"),
    "tag": _("tag “%(name)s”"),
    "account": _("whole account"),
}
Translate = Callable[[str], str]
WriteMoney = Callable[[int, str], str]
"""Writes an amount of nanos in a currency, as a language does."""


def plain_money(nanos: int, currency: str) -> str:
    """An amount to the nano, with the code of its currency."""
    return f"{format_amount(nanos)} {currency}"


def sentence(alert: Alert, translate: Translate = str, money: WriteMoney = plain_money) -> str:
    """What happened, in the language into which `translate` turns our English and in which `money` writes amounts."""
    fields = dict(alert.details)
    if alert.kind is AlertKind.BUDGET:
        fields["span"] = translate(SPANS[fields["window"]])
        spent, limit = (parse_amount(fields[name]) for name in ("spent", "limit"))
        fields["reached"] = 100 * spent // limit if limit else 100
        fields["spent"], fields["limit"] = (money(nanos, fields["currency"]) for nanos in (spent, limit))
        fields["whose"] = translate(WHOSE[fields["scope"]]) % {"name": fields["name"]}
    return translate(SENTENCES[alert.kind]) % fields
