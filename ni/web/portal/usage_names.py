"""The names of what rows of usage hold as ids and digests: keys, their owners, tags of budgets and keys."""

from collections.abc import Mapping, Sequence

from flask import g

from ni.access.keys import Key
from ni.metering.account_budgets import BudgetScope
from ni.web.portal.context import services


def key_names(account_id: str) -> Mapping[str, str]:
    """The names of an account's keys by their ids."""
    return {key.id: key.spec.name for key in account_keys(account_id)}


def account_keys(account_id: str) -> Sequence[Key]:
    """The keys of an account, revoked ones included, read once for a page."""
    known: dict[str, Sequence[Key]] = g.setdefault("account_keys", {})
    if account_id not in known:
        known[account_id] = services().access.keys_of(account_id).list()
    return known[account_id]


def people_names(account_id: str) -> Mapping[str, str]:
    """The names of an account's people by their ids."""
    return {user.user_id: user.name for user in services().access.members_of(account_id).list()}


def tag_names(account_id: str) -> Mapping[str, str]:
    """The tags that budgets and keys of an account name, by the form in which requests store them."""
    budgets = services().budgets_of(account_id, "UTC", "").list()
    keys = account_keys(account_id)
    stored = services().label_policy.filter_label
    named = {stored(account_id, tag): tag for key in keys for tag in key.spec.tags}
    return named | {
        one.spec.subject: one.spec.title
        for one in budgets
        if one.spec.scope is BudgetScope.TAG and one.spec.title
    }
