"""One account, for the operator: its credit with the statement, its people, and what they may need mended."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.web.i18n import money
from ni.web.portal.context import portal, services
from ni.web.portal.forms_credit import GrantForm, grant
from ni.web.portal.lost_factor import asked_about, cleared
from ni.web.portal.services_instance import AccountView
from ni.web.portal.statements import as_file, page_of
from ni.web.security import AccessRule, authorised

bp = Blueprint("account", __name__, url_prefix="/portal/accounts/<account_id>")


def _page(account: AccountView, form: GrantForm) -> str:
    credit = services().credit
    return render_template(
        "portal/account.html",
        account=account,
        form=form,
        balance=credit.balance(account.id),
        statement=page_of(credit.statement(account.id)),
        members=services().team.members(account.id),
    )


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show(account_id: str) -> ResponseReturnValue:
    """The page."""
    return _page(_find(account_id), GrantForm())


@bp.get("/statement.csv")
@authorised(AccessRule.OPERATOR)
def as_csv(account_id: str) -> ResponseReturnValue:
    """The statement as CSV."""
    return as_file(services().credit.statement(_find(account_id).id))


@bp.post("/credit")
@authorised(AccessRule.OPERATOR)
def give(account_id: str) -> ResponseReturnValue:
    """Ask whether it is meant, with an id that makes the grant happen once; with that id, grant it."""
    account, form, credit = _find(account_id), GrantForm(request.form), services().credit
    if not form.validate():
        return _page(account, form), 400
    wish = grant(form)
    if not wish.once:
        after = credit.balance(account.id).nanos + wish.amount_nanos
        once = credit.fresh_id()
        return render_template(
            "portal/credit_confirm.html", account=account, wish=wish, after=after, once=once
        )
    balance = credit.grant(account.id, wish)
    left = money(balance.nanos, portal().options.currency)
    flash(
        gettext("Granted. The balance of %(account)s is %(left)s.", account=account.name, left=left),
        "success",
    )
    return redirect(url_for("account.show", account_id=account.id), 303)


@bp.get("/people/<user_id>/second-factor")
@authorised(AccessRule.OPERATOR)
def confirm_factor(account_id: str, user_id: str) -> ResponseReturnValue:
    """Ask before a person's second factor is cleared."""
    back = url_for("account.show", account_id=account_id)
    return asked_about(_find(account_id).id, user_id, back)


@bp.post("/people/<user_id>/second-factor")
@authorised(AccessRule.OPERATOR)
def clear_factor(account_id: str, user_id: str) -> ResponseReturnValue:
    """Clear it."""
    back = url_for("account.show", account_id=account_id)
    return cleared(_find(account_id).id, user_id, back, by_operator=True)


def _find(account_id: str) -> AccountView:
    return services().operator.account(account_id) or abort(404)
