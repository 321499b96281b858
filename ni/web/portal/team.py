"""Settings of the account, and its people: roles, removals, invitations by link."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from zoneinfo import available_timezones

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from ni.access.accounts import Account, AccountSettings, Role
from ni.access.members import Member, Members
from ni.access.onboarding import Link, Purpose
from ni.access.refusals import Refused
from ni.domain.activity import Actor
from ni.web.i18n import LANGUAGES
from ni.web.portal.activity import way_words
from ni.web.portal.context import own_account, person, portal, services
from ni.web.portal.forms import PageForm, blame, entered, evidence_field, labels_field, name_field
from ni.web.portal.second_factor import clear, confirm_clearing
from ni.web.security import AccessRule, authorised

log = logging.getLogger(__name__)
OFFSETS = ("Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "posix/", "right/")
"""Names in the zone database that are offsets, or old names of places."""

CANADIAN_ZONES = frozenset(
    f"America/{city}"
    for city in (
        "St_Johns", "Goose_Bay", "Halifax", "Glace_Bay", "Moncton", "Blanc-Sablon", "Toronto", "Iqaluit", "Atikokan",
        "Rankin_Inlet", "Resolute", "Winnipeg", "Regina", "Swift_Current", "Edmonton", "Cambridge_Bay", "Inuvik",
        "Yellowknife", "Creston", "Dawson_Creek", "Fort_Nelson", "Vancouver", "Whitehorse", "Dawson",
    )
)  # fmt: skip
bp = Blueprint("team", __name__, url_prefix="/portal/settings")


def _zones() -> dict[str, list[SelectChoice]]:
    """The IANA zones of places: those of Canada first, and UTC."""
    canadian, others = _places()
    groups = {gettext("Canada"): canadian, gettext("Elsewhere"): others}
    return {label: [SelectChoice(zone) for zone in zones] for label, zones in groups.items()}


@cache
def _places() -> tuple[Sequence[str], Sequence[str]]:
    """The names of zones in Canada, and of all others."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(OFFSETS))
    canadian = [zone for zone in places if zone in CANADIAN_ZONES]
    return canadian, ["UTC", *(zone for zone in places if zone not in CANADIAN_ZONES)]


LANGUAGE_CHOICES = [SelectChoice(code, name) for code, name in LANGUAGES.items()]


class AccountForm(PageForm):
    """What owners decide about their account."""

    account_name = name_field(lazy_gettext("Name of the account"))
    time_zone = SelectField(
        lazy_gettext("Time zone"),
        choices=_zones,
        description=lazy_gettext("Daily caps reset at midnight of the account’s time zone."),
    )
    language = SelectField(
        lazy_gettext("Language of errors and in-chat replies"),
        default="",
        choices=[SelectChoice("", lazy_gettext("As the client asks")), *LANGUAGE_CHOICES],
    )
    min_evidence = evidence_field(
        lazy_gettext(
            "Requests whose residency rests on weaker evidence are refused, whatever their key. A key may demand more."
        )
    )
    block_labels = labels_field()
    commands = BooleanField(lazy_gettext("In-chat commands such as ni-models are answered here"))
    shares_mappings = BooleanField(
        lazy_gettext("A model alias that one key makes in chat applies to every key")
    )


class InviteForm(PageForm):
    """Which role an invitation offers."""

    role = SelectField(
        lazy_gettext("Role"),
        choices=[
            SelectChoice(Role.MEMBER, lazy_gettext("Member")),
            SelectChoice(Role.AUDITOR, lazy_gettext("Auditor")),
            SelectChoice(Role.OWNER, lazy_gettext("Owner")),
        ],
        description=lazy_gettext(
            "A member sees the account and changes nothing. An auditor sees usage, custody and activity, neither keys "
            "nor content. An owner decides about keys, people and settings."
        ),
    )


def _members() -> Members:
    return services().access.members_of(person().account_id)


@bp.get("/account")
@authorised(AccessRule.OWNER)
def account() -> ResponseReturnValue:
    """The account's settings as they are."""
    return _account_page(_account_form(own_account()))


def _account_form(account: Account) -> AccountForm:
    return AccountForm(
        account_name=account.name,
        time_zone=account.time_zone,
        language=account.locale,
        commands=account.commands,
        min_evidence=account.min_evidence,
        shares_mappings=account.shares_mappings,
        block_labels=sorted(account.block_labels),
    )


def _account_page(form: AccountForm, problem: str = "") -> str:
    return render_template("portal/settings_account.html", account=form, problem=problem)


@bp.post("/account")
@authorised(AccessRule.OWNER)
def change() -> ResponseReturnValue:
    """Store the account's settings; its keys follow at once."""
    form = AccountForm(request.form)
    if not form.validate():
        return _account_page(form), 400
    settings = AccountSettings(
        entered(form.account_name),
        entered(form.time_zone),
        bool(form.commands.data),
        entered(form.min_evidence),
        bool(form.shares_mappings.data),
        frozenset(form.block_labels.data or []),
        entered(form.language),
    )
    before = own_account()
    try:
        services().access.accounts.change(before.id, settings)
    except Refused as refusal:
        return _account_page(form, blame(form, refusal, {"name": "account_name"})), 400
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
    return redirect(url_for("team.account"), 303)


@bp.get("/people")
@authorised(AccessRule.SESSION)
def people() -> ResponseReturnValue:
    """Who belongs to the account, and for owners the form of an invitation."""
    return _people_page(InviteForm(role=Role.MEMBER))


@bp.get("/invite")
@authorised(AccessRule.OWNER)
def ask() -> ResponseReturnValue:
    """The same page, at the address that its form posts to."""
    return _people_page(InviteForm(role=Role.MEMBER))


def _people_page(form: InviteForm) -> str:
    account_id = person().account_id
    invitations = services().access.invitations_of(account_id).list() if person().owner else ()
    made: Mapping[str, Actor] = {}
    if invitations:
        since = min(each.created_at for each in invitations)
        made = services().activity.makers(account_id, [each.id for each in invitations], since)
    return render_template(
        "portal/settings_people.html",
        invite=form,
        members=_members().list(),
        invitations=invitations,
        made=made,
        way_words=way_words,
    )


@bp.post("/invite")
@authorised(AccessRule.OWNER)
def invite() -> ResponseReturnValue:
    """Make a link and show it in this response, the only time it is seen."""
    form = InviteForm(request.form)
    if not form.validate():
        return _people_page(form), 400
    address = invitation(person().account_id, Role(entered(form.role)))
    return render_template("portal/invited.html", address=address, back="team.people")


def invitation(account_id: str, role: Role) -> str:
    """The absolute address of a new invitation, with which one person joins an account."""
    token = services().access.links.issue(Link(Purpose.INVITE, account_id=account_id, role=role))
    return portal().options.public_url + url_for("links.ask_person", token=token.reveal())


@bp.post("/invitations/<invitation_id>/withdraw")
@authorised(AccessRule.OWNER)
def withdraw(invitation_id: str) -> ResponseReturnValue:
    """End an invitation that nobody has used: its link answers as a spent one from now on."""
    if not services().access.invitations_of(person().account_id).withdraw(invitation_id):
        abort(404)
    flash(gettext("The invitation is withdrawn: its link no longer works."), "success")
    return redirect(url_for("team.people"), 303)


@bp.post("/members/<user_id>/role")
@authorised(AccessRule.OWNER)
def set_role(user_id: str) -> ResponseReturnValue:
    """Give a person another role."""
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
    return confirm_clearing(person().account_id, user_id, url_for("team.people"))


@bp.post("/members/<user_id>/second-factor")
@authorised(AccessRule.OWNER)
def clear_factor(user_id: str) -> ResponseReturnValue:
    """Clear a member's second factor and return to the settings."""
    back = url_for("team.people")
    return clear(person().account_id, user_id, back, by_operator=person().operator)


def _changed(change: Callable[[], bool], member: Member) -> ResponseReturnValue:
    try:
        if not change():
            abort(404)
    except Refused as refusal:
        flash(gettext(refusal.template, **refusal.values), "error")
    else:
        flash(
            gettext("The change for %(name)s is saved. They sign in again to continue.", name=member.name),
            "success",
        )
    return redirect(url_for("team.people"), 303)


def _find(user_id: str) -> Member:
    members = [member for member in _members().list() if member.user_id == user_id]
    return members[0] if members else abort(404)
