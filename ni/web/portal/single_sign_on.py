"""Single sign-on: to the provider and back, its word that a session is over, and the operator's table of groups."""

import logging
from dataclasses import asdict

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from ni.access.accounts import Role
from ni.access.identity import AuthorizationRequest, IdentityProvider, ProviderAway, SignOnRefused
from ni.access.refusals import Refused
from ni.access.single_sign_on import GroupRole, SingleSignOn
from ni.web.portal.context import portal, services
from ni.web.portal.forms import PageForm, SignInForm, blame, entered, printable
from ni.web.portal.labels import role_name
from ni.web.portal.preferences import local_path
from ni.web.portal.sessions import begin, former_session, user_agent
from ni.web.security import AccessRule, authorised

log = logging.getLogger(__name__)

bp = Blueprint("sso", __name__, url_prefix="/portal/sso")

TRIP = "sso"
"""Where the signed cookie keeps what the provider's answer is compared with."""

REASONS = {
    "no account": lazy_gettext(
        "The provider knows you, and none of your groups leads into an account here. Ask your operator."
    ),
    "no email": lazy_gettext("The provider gave no e-mail address for you. Ask your operator."),
    "unverified email": lazy_gettext(
        "There is a user with your address already, and the provider has not verified that it is yours. "
        "Ask your operator."
    ),
    "access_denied": lazy_gettext("The provider did not let you in, or you turned back."),
    "too many groups": lazy_gettext(
        "You are in more groups than the provider lists. Ask your operator to let roles decide instead."
    ),
    "state": lazy_gettext("That sign-in was begun in another window or too long ago. Begin again."),
}


class GroupForm(PageForm):
    """A group of the provider, and what its people are here."""

    group = StringField(
        lazy_gettext("Group"),
        [InputRequired(), Length(max=200), printable],
        description=lazy_gettext("As the provider writes it; * is everybody whom it signs in."),
    )
    account = SelectField(lazy_gettext("Account"))
    role = SelectField(lazy_gettext("Role"))


def _provider() -> IdentityProvider:
    """The provider; these pages are absent where none is set up."""
    return services().access.provider or abort(404)


def _single_sign_on() -> SingleSignOn:
    _provider()
    return services().access.single_sign_on


@bp.get("")
@authorised(AccessRule.ANONYMOUS)
def leave() -> ResponseReturnValue:
    """Send the browser to the provider."""
    try:
        asked = _provider().begin()
    except ProviderAway as fault:
        return _away(fault)
    session[TRIP] = {**asdict(asked), "url": "", "next": request.args.get("next", "")}
    return redirect(asked.url, 303)


@bp.get("/callback")
@authorised(AccessRule.ANONYMOUS)
def come_back() -> ResponseReturnValue:
    """Sign in whom the provider sends back, or say why not."""
    trip = dict(session.pop(TRIP, {}))
    onward = local_path(str(trip.pop("next", "")))
    asked = AuthorizationRequest(**trip) if trip else AuthorizationRequest("", "", "", "")
    try:
        opened = _single_sign_on().finish(asked, request.args.to_dict(), user_agent(), former_session())
    except ProviderAway as fault:
        return _away(fault)
    except SignOnRefused as refusal:
        log.warning("single sign-on refused: %s", _printable(str(refusal)))
        sentence = REASONS.get(str(refusal)) or gettext(
            "The provider's answer was refused. Try again; if it happens again, tell your operator."
        )
        return _sign_in_page(str(sentence), 403)
    except Refused as refusal:
        return _sign_in_page(gettext(refusal.template, **refusal.values), 403)
    begin(opened)
    return redirect(onward, 303)


@bp.post("/logout")
@authorised(AccessRule.KEY)
def end() -> ResponseReturnValue:
    """End the sessions that the provider names (OpenID Connect Back-Channel Logout 1.0); its signature is the key."""
    uncached = {"Cache-Control": "no-store"}
    try:
        _single_sign_on().log_out(request.form.get("logout_token", ""))
    except SignOnRefused:
        return {"error": "invalid_request"}, 400, uncached
    except ProviderAway:
        return {"error": "temporarily_unavailable"}, 503, uncached
    return "", 200, uncached


def _away(fault: Exception) -> ResponseReturnValue:
    log.warning("the provider of single sign-on is away: %s", _printable(str(fault)))
    return _sign_in_page(
        gettext(
            "The sign-in provider does not answer. Try again in a minute; an operator can use a password."
        ),
        503,
    )


def _sign_in_page(problem: str, status: int) -> ResponseReturnValue:
    return render_template("portal/sign_in.html", form=SignInForm(), problem=problem), status


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)[:300]


# ------------------------------------------------------------------------------------------------------ the operator's


def _group_form() -> GroupForm:
    form = GroupForm(request.form)
    form.account.choices = [(one.id, one.name) for one in services().access.accounts.list()]
    form.role.choices = [(role.value, role_name(role)) for role in Role]
    return form


def _groups_page(form: GroupForm, problem: str = "") -> str:
    return render_template(
        "portal/single_sign_on.html",
        form=form,
        problem=problem,
        registration=_provider().registration,
        logout_address=portal().options.public_url + url_for("sso.end"),
        groups=_single_sign_on().groups.list(),
        operators_only=portal().options.operators_only,
    )


@bp.get("/groups")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The registration, and which groups lead into which accounts."""
    return _groups_page(_group_form())


@bp.post("/groups")
@authorised(AccessRule.OPERATOR)
def add() -> ResponseReturnValue:
    """Let a group into an account."""
    form = _group_form()
    if not form.validate():
        return _groups_page(form), 400
    line = GroupRole(entered(form.group).strip(), entered(form.account), Role(entered(form.role)))
    try:
        _single_sign_on().groups.add(line)
    except Refused as refusal:
        return _groups_page(form, blame(form, refusal)), 400
    flash(gettext("Saved. It counts when the group's people sign in next."), "success")
    return redirect(url_for("sso.show"), 303)


@bp.post("/groups/remove")
@authorised(AccessRule.OPERATOR)
def remove() -> ResponseReturnValue:
    """Let a group in no longer; its people are out within a minute."""
    group, account = request.form.get("group", ""), request.form.get("account", "")
    if not _single_sign_on().groups.remove(group, account):
        abort(404)
    flash(gettext("Removed. People who are in through this group alone are out within a minute."), "success")
    return redirect(url_for("sso.show"), 303)
