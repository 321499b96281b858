"""What an act on the page Activity says, in words: its subject, the fields that it changed, and their values.

The record keeps the names and the plain values of the packages, as CSV and API give them. Here they are worded as the
forms word them; a name or value that this page does not know is shown as it is.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask_babel import gettext, lazy_gettext

from ni.access.accounts import Role
from ni.access.onboarding import Purpose
from ni.catalog.price_parts import CLASSES, SINGLE
from ni.domain.activity import Activity, Plain
from ni.metering.account_budgets import BudgetScope, BudgetSpan
from ni.web import i18n
from ni.web.portal.budgets import SCOPES, SPANS
from ni.web.portal.context import portal
from ni.web.portal.key_form import KEY_FIELDS, value_shown
from ni.web.portal.labels import pii_name, provider_name, role_name
from ni.web.portal.price_form import component_label

Names = Mapping[str, str]
"""Names of keys and people by their ids."""
_SWITCHES = frozenset({"commands", "shares_mappings", "operator", "second_factor"})

_FIELDS: Mapping[str, Any] = {
    "address": lazy_gettext("Address"),
    "alerts": lazy_gettext("Alerts at (percent)"),
    "amount_nanos": lazy_gettext("Amount"),
    "basis": lazy_gettext("Reason"),
    "block_labels": lazy_gettext("Block requests that contain"),
    "commands": lazy_gettext("In-chat commands such as ni-models are answered here"),
    "declined": lazy_gettext("Declined offer"),
    "endpoint": lazy_gettext("Endpoint"),
    "fields": lazy_gettext("Fields"),
    "fingerprint": lazy_gettext("Fingerprint"),
    "last4": lazy_gettext("Last four characters"),
    "limit_nanos": lazy_gettext("Limit"),
    "locale": lazy_gettext("Language of errors and in-chat replies"),
    "min_evidence": lazy_gettext("Minimum residency evidence"),
    "name": lazy_gettext("Name"),
    "note": lazy_gettext("Note"),
    "operator": lazy_gettext("Operator"),
    "origin": lazy_gettext("Name of the log"),
    "provider": lazy_gettext("Provider"),
    "purpose": lazy_gettext("Purpose"),
    "reason": lazy_gettext("Reason"),
    "role": lazy_gettext("Role"),
    "route": lazy_gettext("Route"),
    "scopes": lazy_gettext("Scopes"),
    "second_factor": lazy_gettext("Two-factor authentication"),
    "shares_mappings": lazy_gettext("A model alias that one key makes in chat applies to every key"),
    "time_zone": lazy_gettext("Time zone"),
    "vkey": lazy_gettext("Public key"),
    "way": lazy_gettext("How"),
}
_CATALOG: Mapping[str, Any] = {
    "deployment": lazy_gettext("Deployment"),
    "price": lazy_gettext("Price"),
    "route": lazy_gettext("Route"),
}
_PURPOSES: Mapping[str, Any] = {
    Purpose.SET_UP: lazy_gettext("first user"),
    Purpose.RESET: lazy_gettext("new password"),
    Purpose.INVITE: lazy_gettext("invitation"),
    "link": lazy_gettext("by a link"),
}


def is_worded(name: str) -> bool:
    """Whether a changed field has words."""
    return name in _FIELDS or name in KEY_FIELDS or name.partition(" ")[0] in _CATALOG


def field_words(name: str) -> str:
    """The name of a changed field as its form says it; `price ROUTE DAY` of the catalog begins with a word."""
    first, _, rest = name.partition(" ")
    if rest and first in _CATALOG:
        return f"{_CATALOG[first]} {rest}"
    if name in _FIELDS:
        return str(_FIELDS[name])
    return str(gettext(KEY_FIELDS[name].label)) if name in KEY_FIELDS else name


def value_words(name: str, value: Plain, names: Names) -> str:
    """A value of a changed field."""
    if name in _VALUES and value not in (None, "", []):
        return str(_VALUES[name](value))
    if name in _SWITCHES and value is not None:
        return value_shown(None, bool(value), names)
    if name.startswith("price ") and value is not None:
        return _price(str(value))
    return value_shown(KEY_FIELDS.get(name), value, names)


def subject_words(act: Activity, names: Names) -> str:
    """What an act is about: by its name, or what its id stands for."""
    scope, _, rest = act.subject.id.partition(":")
    subject, _, span = rest.rpartition(":")
    if act.kind.startswith("budget.") and scope in set(BudgetScope) and span in set(BudgetSpan):
        whose = act.subject.name or names.get(subject, subject)
        words = str(SCOPES[BudgetScope(scope)]), whose, str(SPANS[BudgetSpan(span)])
        return ", ".join(filter(None, words))
    if act.subject.id.startswith("inv_"):
        return str(gettext("Invitation %(id)s", id=act.subject.id))
    if act.kind.startswith("credit."):
        return ""
    return act.subject.name or names.get(act.subject.id, act.subject.id)


def _price(line: str) -> str:
    """The parts of a price, which the catalog has in nanos of US dollars."""
    parts = orjson.loads(line)
    return "; ".join(
        f"{component_label(name)} {i18n.money(parts[name], 'USD')}"
        for name in (*CLASSES, *SINGLE)
        if isinstance(parts.get(name), int)
    )


def _money(nanos: int) -> str:
    return i18n.money(nanos, portal().options.currency)


_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "amount_nanos": _money,
    "limit_nanos": _money,
    "block_labels": lambda stored: ", ".join(
        map(pii_name, stored if isinstance(stored, list) else stored.split(","))
    ),
    "locale": lambda code: i18n.LANGUAGES.get(code, code),
    "provider": provider_name,
    "purpose": lambda purpose: _PURPOSES.get(purpose, purpose),
    "role": lambda role: role_name(Role(role)),
    "way": lambda way: _PURPOSES.get(way, way),
}
