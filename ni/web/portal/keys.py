"""Keys: list, create (the text is shown in that one response and never again), change, revoke after a question.

The form and the cells of the list are made from the fields that `ni.access.key_spec` describes.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup, escape
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Length, NumberRange, Optional

from ni.access.key_spec import FieldKind, KeyField, KeySpec, fields_of, last_day, spec_from
from ni.access.keys import AccountKeys, Key, KeyStatus
from ni.access.refusals import MadeAlready, Refused
from ni.domain.money import format_amount, parse_amount
from ni.domain.route import Route, Tier
from ni.metering.budget import Spending
from ni.metering.days import day_of
from ni.web import i18n
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import PageForm, amount, blame, evidence_field, labels_field, name_field
from ni.web.portal.labels import pii_name, tier_name
from ni.web.portal.models import callable_routes, example_of
from ni.web.security import AccessRule, authorised

Control = Callable[[KeyField], Any]
SECTIONS = {
    FieldKind.AMOUNT: "limits",
    FieldKind.COUNT: "limits",
    FieldKind.LAST_DAY: "limits",
    FieldKind.EVIDENCE: "limits",
    FieldKind.SWITCH: "switches",
    FieldKind.TIERS: "choices",
    FieldKind.LABELS: "choices",
}


def _label(field: KeyField) -> Any:
    return lazy_gettext(field.label)


def _hint(field: KeyField) -> Any:
    return lazy_gettext(field.hint) if field.hint else ""


def _require_one(form: PageForm, field: Field) -> None:
    """Refuse a key without tiers: it could call nothing."""
    if not field.data:
        raise ValidationError(gettext("Choose at least one tier."))


CONTROLS: Mapping[FieldKind, Control] = {
    FieldKind.TEXT: lambda field: name_field(_label(field)),
    FieldKind.TIERS: lambda field: SelectMultipleField(
        _label(field),
        [_require_one],
        coerce=Tier,
        choices=lambda: [SelectChoice(tier, tier_name(tier)) for tier in Tier],
    ),
    FieldKind.AMOUNT: lambda field: StringField(
        _label(field), [Optional(), Length(max=20), amount], description=_hint(field)
    ),
    FieldKind.COUNT: lambda field: IntegerField(
        _label(field), [Optional(), NumberRange(1, 100_000)], description=_hint(field)
    ),
    FieldKind.LAST_DAY: lambda field: DateField(_label(field), [Optional()], description=_hint(field)),
    FieldKind.EVIDENCE: lambda field: evidence_field(_hint(field), _label(field)),
    FieldKind.SWITCH: lambda field: BooleanField(_label(field)),
    FieldKind.LABELS: lambda field: labels_field(_label(field), _hint(field)),
}


def _form_class(spec_class: type[KeySpec]) -> type[PageForm]:
    controls = {field.form_name: CONTROLS[field.kind](field) for field in fields_of(spec_class)}
    return type("KeyForm", (PageForm,), controls)


def key_form(answers: Any, spec: KeySpec, time_zone: str) -> PageForm:
    """The form with a request's answers, or filled in from a specification."""
    shown = {
        field.form_name: _entered(field, getattr(spec, field.name), time_zone)
        for field in fields_of(type(spec))
    }
    return _form_class(type(spec))(answers, data=shown)


def _entered(field: KeyField, value: Any, time_zone: str) -> Any:
    """A value as its control shows it."""
    match field.kind:
        case FieldKind.AMOUNT:
            return "" if value is None else format_amount(value)
        case FieldKind.LAST_DAY:
            return last_day(value, time_zone)
        case FieldKind.TIERS | FieldKind.LABELS:
            return sorted(value)
    return value


def spec_entered(form: PageForm, time_zone: str, spec_class: type[KeySpec] = KeySpec) -> KeySpec:
    """The specification that a valid form asks for. Raises `Refused`."""
    answers = {field.name: _answer(field, form[field.form_name].data) for field in fields_of(spec_class)}
    return spec_from(answers, time_zone, spec_class)


def _answer(field: KeyField, entered: Any) -> Any:
    match field.kind:
        case FieldKind.AMOUNT:
            return parse_amount(entered.replace(",", ".")) if entered else None
        case FieldKind.TIERS | FieldKind.LABELS:
            return frozenset(entered or ())
        case FieldKind.TEXT | FieldKind.EVIDENCE:
            return str(entered or "")
    return entered


def sections(form: PageForm, spec_class: type[KeySpec] = KeySpec) -> Iterator[tuple[str, list[Field]]]:
    """The controls in order, those of a kind together: `text`, `choices`, `limits` or `switches`."""
    groups: dict[str, list[Field]] = {}
    for field in fields_of(spec_class):
        section = SECTIONS.get(field.kind, "text")
        place = field.name if section == "choices" else section
        groups.setdefault(place, []).append(form[field.form_name])
    for place, controls in groups.items():
        yield (place if place in ("text", "limits", "switches") else "choices"), controls


def columns(spec_class: type[KeySpec] = KeySpec) -> list[KeyField]:
    """The fields that have a column in the list of keys."""
    return [field for field in fields_of(spec_class) if field.heading]


def heading(field: KeyField) -> tuple[str, str]:
    """The heading of a field's column and its style."""
    number = field.kind in (FieldKind.AMOUNT, FieldKind.COUNT)
    return str(gettext(field.heading)), "number" if number else ""


def cell(field: KeyField, spec: KeySpec) -> Markup:
    """A field's cell in the list of keys."""
    value = getattr(spec, field.name)
    match field.kind:
        case FieldKind.AMOUNT:
            text = "–" if value is None else i18n.money(value, portal().options.currency)
            return Markup('<td class="number">{}</td>').format(text)
        case FieldKind.COUNT:
            return Markup('<td class="number">{}</td>').format("–" if value is None else i18n.number(value))
        case FieldKind.SWITCH:
            under = _refusals(spec) if field.name == "pii" else ""
            style = Markup(' class="several"') if field.name == "pii" else ""
            return Markup("<td{}>{}{}</td>").format(style, gettext("On") if value else gettext("Off"), under)
        case FieldKind.TIERS:
            every = len(value) == len(Tier)
            text = gettext("All") if every else ", ".join(tier_name(tier) for tier in sorted(value))
            return Markup('<td class="several">{}</td>').format(text)
    return Markup("<td>{}</td>").format(escape(value))


def _refusals(spec: KeySpec) -> Markup:
    if not spec.block_labels:
        return Markup("")
    kinds = ", ".join(pii_name(label) for label in sorted(spec.block_labels))
    return Markup('<span class="under">{}</span>').format(gettext("refuses %(kinds)s", kinds=kinds))


bp = Blueprint("keys", __name__, url_prefix="/portal/keys")


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key in the list."""

    key: Key
    status: KeyStatus
    spent_today_nanos: int


def _keys() -> AccountKeys:
    return services().access.keys_of(person().account_id)


def live_keys() -> Sequence[Key]:
    """The account's keys that let requests in, newest first."""
    now = services().clock.now()
    return [key for key in _keys().list() if key.status(now) is KeyStatus.LIVE]


def _rows() -> Sequence[ListedKey]:
    """All keys of the account, newest first, those that let nobody in last."""
    listed, now = _keys().list(), services().clock.now()
    today = day_of(now, person().time_zone)
    spent = services().reports.spending([key.id for key in listed], today)
    rows = [ListedKey(key, key.status(now), spent.get(key.id, Spending()).spent_nanos) for key in listed]
    return sorted(rows, key=lambda row: row.status is not KeyStatus.LIVE)


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """All keys of the account."""
    shown = columns()
    headings = [heading(field) for field in shown]
    return render_template("portal/keys.html", rows=_rows(), columns=shown, headings=headings, cell=cell)


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
    return render_template(
        "portal/key_created.html", key=created, spec=spec, example=example_of(_callable_with(spec))
    )


def _callable_with(spec: KeySpec) -> Sequence[Route]:
    """The routes that a key of this specification can call."""
    available = callable_routes(person().account_id)
    return [
        route
        for route in available.routes
        if route.tier in spec.tiers and (spec.byok or route.id not in available.own)
    ]


@bp.get("/<key_id>")
@authorised(AccessRule.OWNER)
def edit(key_id: str) -> ResponseReturnValue:
    """The form with what was decided before."""
    key = _find(key_id)
    return _form_page("portal/key_edit.html", key_form(None, key.spec, person().time_zone), key=key)


@bp.post("/<key_id>")
@authorised(AccessRule.OWNER)
def change(key_id: str) -> ResponseReturnValue:
    """Store what was decided now."""
    key, zone = _find(key_id), person().time_zone
    form = key_form(request.form, KeySpec(""), zone)
    if not form.validate():
        return _form_page("portal/key_edit.html", form, key=key), 400
    try:
        spec = spec_entered(form, zone)
        _keys().edit(key_id, spec)
    except Refused as refusal:
        return _form_page("portal/key_edit.html", form, key=key, problem=blame(form, refusal)), 400
    flash(gettext("The key “%(name)s” is changed.", name=spec.name), "success")
    return redirect(url_for("keys.show"), 303)


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


def _form_page(template: str, form: PageForm, **more: object) -> str:
    return render_template(template, form=form, sections=list(sections(form)), **more)


def _find(key_id: str) -> Key:
    """A key of the account that was not revoked."""
    key = _keys().get(key_id)
    return abort(404) if key is None or key.revoked_at is not None else key
