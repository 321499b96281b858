"""Budgets: what keys, people, tags and the account may spend in a day or a month, with what is spent and held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, Optional

from ni.domain.money import format_amount, parse_amount
from ni.metering.account_budgets import (
    ALERTS,
    AccountBudgets,
    BudgetRefused,
    BudgetScope,
    BudgetSpan,
    BudgetSpec,
    BudgetStanding,
)
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import AmountField, PageForm, amount, entered, printable
from ni.web.portal.keys import live_keys
from ni.web.portal.usage_names import key_names, people_names
from ni.web.security import AccessRule, authorised

bp = Blueprint("budgets", __name__, url_prefix="/portal/budgets")

NEAR_PERCENT = 80

SCOPES = {
    BudgetScope.KEY: lazy_gettext("Key"),
    BudgetScope.PERSON: lazy_gettext("Person"),
    BudgetScope.TAG: lazy_gettext("Tag"),
    BudgetScope.ACCOUNT: lazy_gettext("Whole account"),
}
SPANS = {BudgetSpan.DAY: lazy_gettext("Day"), BudgetSpan.MONTH: lazy_gettext("Month")}


@dataclass(frozen=True, slots=True)
class ListedBudget:
    """A budget in the list, with the name of what it limits."""

    standing: BudgetStanding
    name: str
    resets_at: datetime

    @property
    def scope(self) -> str:
        """Whose calls it counts, in words."""
        return str(SCOPES[self.standing.spec.scope])

    @property
    def span(self) -> str:
        """How long it lasts, in words."""
        return str(SPANS[self.standing.spec.span])

    @property
    def percent(self) -> int:
        """How much of it is spent, rounded down; all of a budget of nothing."""
        limit = self.standing.spec.limit_nanos
        return 100 * self.standing.spent_nanos // limit if limit else 100

    @property
    def tone(self) -> str:
        """How its state looks: a warning from the first percentage of which people are told, where that is below 80."""
        if self.percent >= 100:
            return "bad"
        return "warn" if self.percent >= min(NEAR_PERCENT, *self.standing.spec.alerts, 100) else "good"


def own_budgets() -> AccountBudgets:
    """The budgets of the account that the person is signed in to."""
    user = person()
    return services().budgets_of(user.account_id, user.time_zone, user.user_id)


def listed_budgets() -> Sequence[ListedBudget]:
    """The budgets of the account, in the order in which they refuse."""
    budgets, names = own_budgets(), subject_names()
    return [
        ListedBudget(standing, _name(standing, names), budgets.resets_at(standing))
        for standing in budgets.list()
    ]


def subject_names() -> Mapping[str, str]:
    """Names of the account's keys and people, by id."""
    account_id = person().account_id
    return {**key_names(account_id), **people_names(account_id)}


def _name(standing: BudgetStanding, names: Mapping[str, str]) -> str:
    spec = standing.spec
    return names.get(spec.subject, "") or spec.title or spec.subject


def _percentages(form: Form, field: Field) -> None:
    """Accept whole numbers with commas or spaces between."""
    if not all(part.isdecimal() and len(part) < 4 for part in _parts(field)):
        raise ValidationError(gettext("Write whole percentages such as 50, 80, 100."))


def _parts(field: Field) -> Sequence[str]:
    return entered(field).replace(",", " ").replace("%", " ").split()


class BudgetForm(PageForm):
    """A budget to set."""

    whose = SelectField(lazy_gettext("Counts the requests of"), [InputRequired()])
    tag = StringField(
        lazy_gettext("Tag"),
        [Optional(), Length(max=128), printable],
        description=lazy_gettext("As programs send it in the header X-NI-Tag; for a budget of a tag only."),
    )
    span = SelectField(
        lazy_gettext("Window"),
        [InputRequired()],
        choices=[SelectChoice(span.value, label) for span, label in SPANS.items()],
        description=lazy_gettext("Resets at midnight in the account’s time zone."),
    )
    limit = AmountField(lazy_gettext("Limit"), [InputRequired(), amount])
    alerts = StringField(
        lazy_gettext("Alerts at (percent)"),
        [Optional(), Length(max=80), _percentages],
        default=", ".join(map(str, ALERTS)),
        description=lazy_gettext("Each is sent once per window. Leave it empty for none."),
    )


def _form(given: MultiDict[str, str] | None = None) -> BudgetForm:
    form = BudgetForm(given)
    form.limit.description = gettext(
        "An amount in %(currency)s, such as 40.00.", currency=portal().options.currency
    )
    account_id = person().account_id
    people = services().access.members_of(account_id).list()
    form.whose.choices = [
        SelectChoice("account:", gettext("The whole account")),
        SelectChoice("tag:", gettext("A tag")),
        *(
            SelectChoice(f"key:{key.id}", gettext("Key “%(name)s”", name=key.spec.name))
            for key in live_keys()
        ),
        *(
            SelectChoice(f"person:{user.user_id}", gettext("All keys of %(name)s", name=user.name))
            for user in people
        ),
    ]
    return form


def _page(form: BudgetForm, problem: str = "") -> str:
    return render_template("portal/budgets.html", rows=listed_budgets(), form=form, problem=problem)


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """All budgets of the account; owners have the form below them, filled in with that which `edit` names."""
    asked = request.args.get("edit", "")[:64]
    standing = own_budgets().get(asked) if asked else None
    return _page(_form(MultiDict(_entered(standing.spec))) if standing else _form())


def _entered(spec: BudgetSpec) -> Mapping[str, str]:
    """What somebody would have entered to set a budget as it is."""
    return {
        "whose": f"{spec.scope.value}:" + ("" if spec.scope is BudgetScope.TAG else spec.subject),
        "tag": spec.title if spec.scope is BudgetScope.TAG else "",
        "span": spec.span.value,
        "limit": format_amount(spec.limit_nanos),
        "alerts": ", ".join(map(str, spec.alerts)),
    }


@bp.post("")
@authorised(AccessRule.OWNER)
def set_one() -> ResponseReturnValue:
    """Set a budget; if the same requests have one for the window already, it is changed."""
    form = _form(request.form)
    if not form.validate():
        return _page(form), 400
    scope, _, subject = entered(form.whose).partition(":")
    tag = entered(form.tag).strip()
    if scope == BudgetScope.TAG.value:
        if not tag:
            form.tag.errors = [*form.tag.errors, gettext("Write the tag.")]
            return _page(form), 400
        subject = services().label_policy.filter_label(person().account_id, tag)
    spec = BudgetSpec(
        BudgetScope(scope),
        subject,
        BudgetSpan(entered(form.span)),
        parse_amount(entered(form.limit)),
        tag if scope == BudgetScope.TAG.value else "",
        tuple(sorted({int(part) for part in _parts(form.alerts)})),
    )
    try:
        own_budgets().set(spec)
    except BudgetRefused as refusal:
        form[refusal.field].errors = [*form[refusal.field].errors, gettext(str(refusal))]
        return _page(form), 400
    flash(gettext("The budget is set."), "success")
    return redirect(url_for("budgets.show"), 303)


@bp.post("/remove")
@authorised(AccessRule.OWNER)
def remove() -> ResponseReturnValue:
    """Remove a budget; requests are held back by it no more."""
    if own_budgets().remove(request.form.get("budget", "")[:64]):
        flash(gettext("The budget is removed."), "success")
    else:
        flash(gettext("There is no such budget."), "warning")
    return redirect(url_for("budgets.show"), 303)
