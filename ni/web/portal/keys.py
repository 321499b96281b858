"""Keys: list, create (the text is shown in that one response and never again), change, revoke after a question."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from ni.access.key_spec import KeySpec
from ni.access.keys import AccountKeys, Key, KeyStatus, NewKey
from ni.access.refusals import MadeAlready, Refused
from ni.domain.errors import RotatedMeanwhile
from ni.domain.route import Route
from ni.metering.budget import Spending
from ni.metering.days import day_of
from ni.web.i18n import rounded, translated_message
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import PageForm, blame
from ni.web.portal.key_form import cell, columns, decided, heading, key_form, sections, spec_entered
from ni.web.portal.models import callable_routes, example_of
from ni.web.portal.usage_choices import Dimension, Measure, UsageFilter
from ni.web.portal.usage_views import account_day, usage_summary
from ni.web.security import AccessRule, authorised

bp = Blueprint("keys", __name__, url_prefix="/portal/keys")


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key in the list."""

    key: Key
    status: KeyStatus
    spent_today_nanos: int

    @property
    def percent_of_cap(self) -> int:
        """How much of its cap the key has spent today, rounded down; 0 without a cap."""
        cap = self.key.spec.cap_nanos
        return 100 * self.spent_today_nanos // cap if cap else 0


def _keys() -> AccountKeys:
    return services().access.keys_of(person().account_id)


def live_keys() -> Sequence[Key]:
    """The account's keys that let requests in, newest first."""
    now = services().clock.now()
    return [key for key in _keys().list() if key.status(now) is KeyStatus.LIVE]


def listed_keys() -> Sequence[ListedKey]:
    """All keys of the account, newest first, those that let nobody in last."""
    listed, now = _keys().list(), services().clock.now()
    today = day_of(now, person().time_zone)
    spent = services().reports.spending([key.id for key in listed], today)
    rows = [ListedKey(key, key.status(now), spent.get(key.id, Spending()).spent_nanos) for key in listed]
    return sorted(rows, key=lambda row: row.status is not KeyStatus.LIVE)


class Order(StrEnum):
    """How the list of keys can be sorted."""

    NEWEST = "newest"
    NAME = "name"
    SPENT = "spent"
    USED = "used"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address of the list asks for: words of the name or the last characters, a status, an order."""

    text: str
    status: str
    order: Order

    def picked(self, rows: Sequence[ListedKey]) -> Sequence[ListedKey]:
        """The rows that fit, in the order that was asked for; keys that let nobody in come last."""
        words = self.text.casefold().split()
        fitting = [
            row
            for row in rows
            if self.status in ("", row.status)
            and all(word in f"{row.key.spec.name} {row.key.last4}".casefold() for word in words)
        ]
        return sorted(fitting, key=lambda row: (row.status is not KeyStatus.LIVE, self._place(row)))

    def _place(self, row: ListedKey) -> tuple[float, str]:
        used, name = row.key.last_used_at, row.key.spec.name.casefold()
        match self.order:
            case Order.NAME:
                return 0, name
            case Order.SPENT:
                return -row.spent_today_nanos, name
            case Order.USED:
                return -used.timestamp() if used else 0, name
        return -row.key.created_at.timestamp(), name


def _list_query() -> ListQuery:
    text, status, order = (request.args.get(name, "")[:100] for name in ("q", "status", "order"))
    return ListQuery(
        text,
        status if status in set(KeyStatus) else "",
        Order(order) if order in set(Order) else Order.NEWEST,
    )


@bp.get("")
@authorised(AccessRule.MEMBER)
def show() -> ResponseReturnValue:
    """The keys of the account that fit the search."""
    shown, rows, asked = columns(), listed_keys(), _list_query()
    return render_template(
        "portal/keys.html",
        rows=asked.picked(rows),
        count=len(rows),
        asked=asked,
        columns=shown,
        headings=[heading(field) for field in shown],
        cell=cell,
        now=services().clock.now(),
    )


@bp.get("/new")
@authorised(AccessRule.OWNER)
def ask() -> ResponseReturnValue:
    """The form for a new key; its `once` makes sure that sending it twice makes one key."""
    form = key_form(None, KeySpec(""), person().time_zone)
    return _form_page("portal/key_new.html", form, once=secrets.token_hex(16))


@bp.post("/new")
@authorised(AccessRule.OWNER)
def create() -> ResponseReturnValue:
    """Make the key and show it in this response: a redirect would have to keep its text somewhere."""
    zone, once = person().time_zone, request.form.get("once", "")[:64]
    form = key_form(request.form, KeySpec(""), zone)
    if not form.validate():
        return _form_page("portal/key_new.html", form, once=once), 400
    try:
        spec = spec_entered(form, zone)
        created = _keys().create(spec, person().user_id, once)
    except Refused as refusal:
        return _form_page("portal/key_new.html", form, problem=blame(form, refusal), once=once), 400
    except MadeAlready:
        flash(
            gettext("This key was made already, and its text is shown once only. It is in the list."),
            "warning",
        )
        return redirect(url_for("keys.show"), 303)
    return _created_page(created, spec)


def _created_page(created: NewKey, spec: KeySpec) -> str:
    """The page that shows the text of a key, once."""
    if sum(key.spec.name == spec.name for key in live_keys()) > 1:
        flash(gettext("Another active key has the name “%(name)s” too.", name=spec.name), "warning")
    example = example_of(_callable_with(spec))
    return render_template("portal/key_created.html", key=created, spec=spec, example=example)


def _callable_with(spec: KeySpec) -> Sequence[Route]:
    """The routes that a key of this specification can call."""
    available = callable_routes(person().account_id)
    return [
        route
        for route in available.routes
        if route.is_within(spec.tiers, spec.routes) and (spec.byok or route.id not in available.own)
    ]


@bp.get("/<key_id>")
@authorised(AccessRule.OWNER)
def edit(key_id: str) -> ResponseReturnValue:
    """The form with what was decided before; what was decided, to read, of a key that is revoked."""
    key = _keys().get(key_id) or abort(404)
    if key.revoked_at is None:
        return _edit_page(key, key_form(None, key.spec, person().time_zone))
    return render_template("portal/key_ended.html", decided=decided(key.spec, _people()), **_facts(key))


def _people() -> Mapping[str, str]:
    """The names of the account's people by their ids."""
    return {user.user_id: user.name for user in services().access.members_of(person().account_id).list()}


def _edit_page(key: Key, form: PageForm, problem: str = "") -> str:
    """The form, below what the key did."""
    return _form_page(
        "portal/key_edit.html", form, problem=problem, former_until=_former_until(key), **_facts(key)
    )


def _facts(key: Key) -> dict[str, Any]:
    """What a key did: today against its cap, and 30 days by route; who made it."""
    account_id = person().account_id
    today = account_day(account_id)
    used = UsageFilter(key_id=key.id, since=today - timedelta(days=29), until=today)
    return {
        "key": key,
        "listed": next(row for row in listed_keys() if row.key.id == key.id),
        "summary": usage_summary(account_id, used, Measure.SPEND, Dimension.ROUTE),
        "shown": partial(rounded, currency=portal().options.currency),
        "maker": _people().get(key.created_by, ""),
    }


def _former_until(key: Key) -> datetime | None:
    """Until when the text of before the last rotation is let in; None if it is not."""
    until = key.former_until
    return until if until is not None and until > services().clock.now() else None


@bp.post("/<key_id>")
@authorised(AccessRule.OWNER)
def change(key_id: str) -> ResponseReturnValue:
    """Store what was decided now."""
    key, zone = _find(key_id), person().time_zone
    form = key_form(request.form, KeySpec(""), zone)
    if not form.validate():
        return _edit_page(key, form), 400
    try:
        spec = spec_entered(form, zone)
        _keys().edit(key_id, spec)
    except Refused as refusal:
        return _edit_page(key, form, blame(form, refusal)), 400
    flash(gettext("The key “%(name)s” is changed.", name=spec.name), "success")
    return redirect(url_for("keys.show"), 303)


class RotateForm(PageForm):
    """How long the text of before is let in beside the new one."""

    overlap = SelectField(
        lazy_gettext("The former text works for"),
        coerce=int,
        choices=[
            SelectChoice(24, lazy_gettext("24 hours more")),
            SelectChoice(1, lazy_gettext("one hour more")),
            SelectChoice(7 * 24, lazy_gettext("7 days more")),
            SelectChoice(0, lazy_gettext("no longer")),
        ],
        description=lazy_gettext("Time to bring the new text to everything that uses the key."),
    )


@bp.get("/<key_id>/rotate")
@authorised(AccessRule.OWNER)
def ask_to_rotate(key_id: str) -> ResponseReturnValue:
    """Ask how long the text of before is needed."""
    return render_template("portal/key_rotate.html", key=_find(key_id), form=RotateForm(), problem="")


@bp.post("/<key_id>/rotate")
@authorised(AccessRule.OWNER)
def rotate(key_id: str) -> ResponseReturnValue:
    """Give the key a new text and show it in this response alone."""
    key, form = _find(key_id), RotateForm(request.form)
    if not form.validate():
        return render_template("portal/key_rotate.html", key=key, form=form, problem=""), 400
    try:
        created = _keys().rotate(key_id, timedelta(hours=form.overlap.data))
    except RotatedMeanwhile as fault:
        problem = translated_message(fault)
        return render_template("portal/key_rotate.html", key=key, form=form, problem=problem), fault.status
    if created is None:
        abort(404)
    return _created_page(created, key.spec)


@bp.get("/<key_id>/revoke")
@authorised(AccessRule.OWNER)
def confirm(key_id: str) -> ResponseReturnValue:
    """Ask before refusing the key for good."""
    return render_template("portal/key_revoke.html", key=_find(key_id))


@bp.post("/<key_id>/revoke")
@authorised(AccessRule.OWNER)
def revoke(key_id: str) -> ResponseReturnValue:
    """Refuse the key from now on."""
    key = _find(key_id)
    _keys().revoke(key_id)
    flash(gettext("The key “%(name)s” is revoked.", name=key.spec.name), "success")
    return redirect(url_for("keys.show"), 303)


@bp.get("/revoke")
@authorised(AccessRule.OWNER)
def confirm_several() -> ResponseReturnValue:
    """Ask before refusing the keys that the address names."""
    chosen = _chosen(request.args.getlist("key"))
    if not chosen:
        flash(gettext("Select the keys to revoke first."), "warning")
        return redirect(url_for("keys.show"), 303)
    return render_template("portal/keys_revoke.html", keys=chosen)


@bp.post("/revoke")
@authorised(AccessRule.OWNER)
def revoke_several() -> ResponseReturnValue:
    """Refuse the keys of the form from now on; those that are refused already are left as they are."""
    chosen = _chosen(request.form.getlist("key"))
    for key in chosen:
        _keys().revoke(key.id)
    flash(ngettext("%(num)s key is revoked.", "%(num)s keys are revoked.", len(chosen)), "success")
    return redirect(url_for("keys.show"), 303)


def _chosen(key_ids: Sequence[str]) -> Sequence[Key]:
    """The account's keys of these ids that were not revoked."""
    return [key for key in _keys().list() if key.id in set(key_ids) and key.revoked_at is None]


def _form_page(template: str, form: PageForm, **more: object) -> str:
    return render_template(template, form=form, sections=list(sections(form)), **more)


def _find(key_id: str) -> Key:
    """A key of the account that was not revoked."""
    key = _keys().get(key_id)
    return abort(404) if key is None or key.revoked_at is not None else key
