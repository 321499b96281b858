"""What owners do on the Settings page: the account's own settings, roles, removals, invitations by link."""

import logging
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.refusals import Refused
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import blame, entered
from ni.web.portal.forms_team import AccountForm, InviteForm
from ni.web.portal.lost_factor import asked_about, cleared
from ni.web.portal.services_team import AccountTerms, MemberView, Role
from ni.web.portal.settings import page
from ni.web.security import AccessRule, authorised

log = logging.getLogger(__name__)
bp = Blueprint("team", __name__, url_prefix="/portal/settings")


@bp.post("/account")
@authorised(AccessRule.OWNER)
def change() -> ResponseReturnValue:
    """Decide about the account; keys follow at once."""
    form = AccountForm(request.form)
    if not form.validate():
        return page(account=form), 400
    terms = AccountTerms(
        entered(form.account_name),
        entered(form.time_zone),
        bool(form.commands.data),
        entered(form.min_evidence),
        bool(form.shares_mappings.data),
        frozenset(form.block_labels.data or []),
    )
    account_id = person().account_id
    before = services().team.terms(account_id).min_evidence
    try:
        services().team.change(account_id, terms)
    except Refused as refusal:
        return page(account=form, problem=blame(form, refusal, {"name": "account_name"})), 400
    if terms.min_evidence != before:
        told = (account_id, terms.min_evidence or "any", before or "any", person().user_id)
        log.warning("account %s demands evidence %s and no more %s, by user %s", *told)
    flash(gettext("The account’s settings are stored."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.post("/invite")
@authorised(AccessRule.OWNER)
def invite() -> ResponseReturnValue:
    """Make a link and show it in this answer, the only time it is seen."""
    form = InviteForm(request.form)
    if not form.validate():
        return page(invite=form), 400
    token = services().team.invite(person().account_id, Role(entered(form.role)))
    return render_template("portal/invited.html", address=invitation(token.reveal()), back="settings.show")


def invitation(token: str) -> str:
    """The absolute address behind which somebody joins."""
    return portal().options.public_url + url_for("links.ask_person", token=token)


@bp.post("/members/<user_id>/role")
@authorised(AccessRule.OWNER)
def set_role(user_id: str) -> ResponseReturnValue:
    """Make a member owner, or an owner member."""
    member, wish = _find(user_id), request.form.get("role", "")
    if wish not in set(Role):
        abort(400)
    return _told(lambda: services().team.set_role(person().account_id, user_id, Role(wish)), member)


@bp.get("/members/<user_id>/remove")
@authorised(AccessRule.OWNER)
def confirm(user_id: str) -> ResponseReturnValue:
    """Ask before a person loses the account."""
    return render_template("portal/member_remove.html", member=_find(user_id))


@bp.post("/members/<user_id>/remove")
@authorised(AccessRule.OWNER)
def remove(user_id: str) -> ResponseReturnValue:
    """Remove a person; their sign-ins end."""
    member = _find(user_id)
    return _told(lambda: services().team.remove(person().account_id, user_id), member)


@bp.get("/members/<user_id>/second-factor")
@authorised(AccessRule.OWNER)
def confirm_factor(user_id: str) -> ResponseReturnValue:
    """Ask before a person's second factor is cleared."""
    return asked_about(person().account_id, user_id, url_for("settings.show"))


@bp.post("/members/<user_id>/second-factor")
@authorised(AccessRule.OWNER)
def clear_factor(user_id: str) -> ResponseReturnValue:
    """Clear it."""
    back = url_for("settings.show")
    return cleared(person().account_id, user_id, back, by_operator=person().operator)


def _told(change: Callable[[], bool], member: MemberView) -> ResponseReturnValue:
    try:
        if not change():
            abort(404)
    except Refused as refusal:
        flash(gettext(refusal.template, **refusal.values), "error")
    else:
        flash(gettext("%(name)s: stored. They sign in again to go on.", name=member.name), "success")
    return redirect(url_for("settings.show"), 303)


def _find(user_id: str) -> MemberView:
    people = services().team.members(person().account_id)
    found = [member for member in people if member.user_id == user_id]
    return found[0] if found else abort(404)
