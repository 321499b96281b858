"""What owners do on the Settings page: the account's own settings, roles, removals, invitations by link."""

import logging
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.accounts import AccountSettings, Role
from ni.access.members import Member, Members
from ni.access.onboarding import Link, Purpose
from ni.access.refusals import Refused
from ni.web.portal.context import own_account, person, portal, services
from ni.web.portal.forms import blame, entered
from ni.web.portal.second_factor import clear, confirm_clearing
from ni.web.portal.settings import AccountForm, InviteForm, page
from ni.web.security import AccessRule, authorised

log = logging.getLogger(__name__)
bp = Blueprint("team", __name__, url_prefix="/portal/settings")


def _members() -> Members:
    return services().access.members_of(person().account_id)


@bp.post("/account")
@authorised(AccessRule.OWNER)
def change() -> ResponseReturnValue:
    """Store the account's settings; its keys follow at once."""
    form = AccountForm(request.form)
    if not form.validate():
        return page(account=form), 400
    settings = AccountSettings(
        entered(form.account_name),
        entered(form.time_zone),
        bool(form.commands.data),
        entered(form.min_evidence),
        bool(form.shares_mappings.data),
        frozenset(form.block_labels.data or []),
    )
    before = own_account()
    try:
        services().access.accounts.change(before.id, settings)
    except Refused as refusal:
        return page(account=form, problem=blame(form, refusal, {"name": "account_name"})), 400
    if settings.min_evidence != before.min_evidence:
        now, then = settings.min_evidence or "any", before.min_evidence or "any"
        log.warning(
            "account %s demands evidence %s and no more %s, by user %s",
            before.id,
            now,
            then,
            person().user_id,
        )
    flash(gettext("The account’s settings are saved."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.post("/invite")
@authorised(AccessRule.OWNER)
def invite() -> ResponseReturnValue:
    """Make a link and show it in this response, the only time it is seen."""
    form = InviteForm(request.form)
    if not form.validate():
        return page(invite=form), 400
    address = invitation(person().account_id, Role(entered(form.role)))
    return render_template("portal/invited.html", address=address, back="settings.show")


def invitation(account_id: str, role: Role) -> str:
    """The absolute address of a new invitation, with which one person joins an account."""
    token = services().access.links.issue(Link(Purpose.INVITE, account_id=account_id, role=role))
    return portal().options.public_url + url_for("links.ask_person", token=token.reveal())


@bp.post("/members/<user_id>/role")
@authorised(AccessRule.OWNER)
def set_role(user_id: str) -> ResponseReturnValue:
    """Make a member owner, or an owner member."""
    member, role = _find(user_id), request.form.get("role", "")
    if role not in set(Role):
        abort(400)
    return _changed(lambda: _members().set_role(user_id, Role(role)), member)


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
    return _changed(lambda: _members().remove(user_id), member)


@bp.get("/members/<user_id>/second-factor")
@authorised(AccessRule.OWNER)
def confirm_factor(user_id: str) -> ResponseReturnValue:
    """Ask before a person's second factor is cleared."""
    return confirm_clearing(person().account_id, user_id, url_for("settings.show"))


@bp.post("/members/<user_id>/second-factor")
@authorised(AccessRule.OWNER)
def clear_factor(user_id: str) -> ResponseReturnValue:
    """Clear a member's second factor and return to the settings."""
    back = url_for("settings.show")
    return clear(person().account_id, user_id, back, by_operator=person().operator)


def _changed(change: Callable[[], bool], member: Member) -> ResponseReturnValue:
    try:
        if not change():
            abort(404)
    except Refused as refusal:
        flash(gettext(refusal.template, **refusal.values), "error")
    else:
        flash(gettext("%(name)s: stored. They sign in again to go on.", name=member.name), "success")
    return redirect(url_for("settings.show"), 303)


def _find(user_id: str) -> Member:
    members = [member for member in _members().list() if member.user_id == user_id]
    return members[0] if members else abort(404)
