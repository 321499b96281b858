"""Accounts, for the operator: all teams of the instance; one of them with its credit and its people."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import Field, Form, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from ni.access.accounts import Account, Role
from ni.access.refusals import Refused
from ni.domain.money import parse_signed_amount
from ni.web.i18n import money
from ni.web.portal.balance import statement_file, statement_page
from ni.web.portal.context import portal, services
from ni.web.portal.forms import AmountField, PageForm, blame, entered, name_field, printable
from ni.web.portal.second_factor import clear, confirm_clearing
from ni.web.portal.team import invitation
from ni.web.security import AccessRule, authorised

bp = Blueprint("accounts", __name__, url_prefix="/portal/accounts")


class NewAccountForm(PageForm):
    """A team that the operator lets in."""

    name = name_field(lazy_gettext("Name of the account"))


def signed_amount(form: Form, field: Field) -> None:
    """Accept an amount of money that is not zero, with or without a minus."""
    try:
        nanos = parse_signed_amount(entered(field))
    except ValueError as fault:
        raise ValidationError(
            gettext("Write an amount such as 25.00, or -5.00 to take some back.")
        ) from fault
    if not nanos:
        raise ValidationError(gettext("Write an amount other than zero."))


class GrantForm(PageForm):
    """Credit for an account; `once` comes with the question whether it is meant, and makes it happen once."""

    amount = AmountField(
        lazy_gettext("Amount"),
        [InputRequired(), Length(max=20), signed_amount],
        description=lazy_gettext("For example 25.00. With a minus, credit is taken back."),
    )
    note = StringField(
        lazy_gettext("Note"),
        [Optional(), Length(max=200), printable],
        description=lazy_gettext("Stands in the statement: an invoice number, a reason."),
    )
    once = HiddenField(validators=[Optional(), Length(max=64)])


def _list_page(form: NewAccountForm, problem: str = "") -> str:
    accounts, balances = services().access.accounts, services().balances.all()
    return render_template(
        "portal/accounts.html",
        accounts=accounts.list(),
        people=accounts.people(),
        balances={account_id: balance.nanos for account_id, balance in balances.items()},
        form=form,
        problem=problem,
    )


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """All accounts by name."""
    return _list_page(NewAccountForm())


@bp.post("")
@authorised(AccessRule.OPERATOR)
def create() -> ResponseReturnValue:
    """Make an account and show the link with which its first owner joins, the only time it is seen."""
    form = NewAccountForm(request.form)
    if not form.validate():
        return _list_page(form), 400
    try:
        account = services().access.accounts.create(entered(form.name))
    except Refused as refusal:
        return _list_page(form, blame(form, refusal)), 400
    address = invitation(account.id, Role.OWNER)
    return render_template("portal/invited.html", address=address, back="accounts.show")


def _account_page(account: Account, form: GrantForm) -> str:
    return render_template(
        "portal/account.html",
        account=account,
        form=form,
        balance=services().balances.of(account.id),
        statement=statement_page(account.id),
        members=services().access.members_of(account.id).list(),
    )


@bp.get("/<account_id>")
@authorised(AccessRule.OPERATOR)
def show_one(account_id: str) -> ResponseReturnValue:
    """One account: balance, statement, people."""
    return _account_page(_find(account_id), GrantForm())


@bp.get("/<account_id>/statement.csv")
@authorised(AccessRule.OPERATOR)
def as_csv(account_id: str) -> ResponseReturnValue:
    """The statement as CSV."""
    return statement_file(_find(account_id).id)


@bp.post("/<account_id>/credit")
@authorised(AccessRule.OPERATOR)
def give(account_id: str) -> ResponseReturnValue:
    """Ask whether it is meant, with an id that makes the grant happen once; with that id, grant it."""
    account, form = _find(account_id), GrantForm(request.form)
    if not form.validate():
        return _account_page(account, form), 400
    nanos, note, once = (
        parse_signed_amount(entered(form.amount)),
        entered(form.note).strip(),
        entered(form.once),
    )
    balances = services().balances
    if not once:
        after = balances.of(account.id).nanos + nanos
        return render_template(
            "portal/credit_confirm.html",
            account=account, amount=nanos, note=note, after=after, once=balances.fresh_id(),
        )  # fmt: skip
    balance = balances.grant(account.id, account.time_zone, nanos, note, once)
    left = money(balance.nanos, portal().options.currency)
    flash(
        gettext("Granted. The balance of %(account)s is %(left)s.", account=account.name, left=left),
        "success",
    )
    return redirect(url_for("accounts.show_one", account_id=account.id), 303)


@bp.get("/<account_id>/people/<user_id>/second-factor")
@authorised(AccessRule.OPERATOR)
def confirm_factor(account_id: str, user_id: str) -> ResponseReturnValue:
    """Ask before a person's second factor is cleared."""
    back = url_for("accounts.show_one", account_id=account_id)
    return confirm_clearing(_find(account_id).id, user_id, back)


@bp.post("/<account_id>/people/<user_id>/second-factor")
@authorised(AccessRule.OPERATOR)
def clear_factor(account_id: str, user_id: str) -> ResponseReturnValue:
    """Clear a person's second factor and return to the account."""
    back = url_for("accounts.show_one", account_id=account_id)
    return clear(_find(account_id).id, user_id, back, by_operator=True)


def _find(account_id: str) -> Account:
    return services().access.accounts.get(account_id) or abort(404)
