"""The names of what rows of usage hold as ids and digests: keys, and the tags that a budget or a key names."""

from collections.abc import Mapping

from flask import g

from ni.metering.account_budgets import BudgetScope
from ni.web.portal.context import services


def key_names(account_id: str) -> Mapping[str, str]:
    """The names of an account's keys by their ids, read once for a page."""
    known: dict[str, Mapping[str, str]] = g.setdefault("key_names", {})
    if account_id not in known:
        known[account_id] = {key.id: key.spec.name for key in services().access.keys_of(account_id).list()}
    return known[account_id]


def tag_names(account_id: str) -> Mapping[str, str]:
    """The tags that budgets and keys of an account name, by the form in which requests store them."""
    budgets = services().budgets_of(account_id, "UTC", "").list()
    keys = services().access.keys_of(account_id).list()
    stored = services().label_policy.filter_label
    named = {stored(account_id, tag): tag for key in keys for tag in key.spec.tags}
    return named | {
        one.spec.subject: one.spec.title
        for one in budgets
        if one.spec.scope is BudgetScope.TAG and one.spec.title
    }
