"""Activity: who changed what in the account, from its records in the custody log, with a receipt for each.

For owners and auditors; the operator sees all accounts, and what was done to the instance itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from ni.custody.activity import ActivityEntry, ActivityFilter, within
from ni.domain.activity import OPERATOR, ActivityKind, Way
from ni.web.exports import activity_csv
from ni.web.portal.activity_words import field_words, subject_words, value_words
from ni.web.portal.budgets import subject_names
from ni.web.portal.context import person, services
from ni.web.portal.custody import receipt_file
from ni.web.security import AccessRule, authorised

bp = Blueprint("activity", __name__, url_prefix="/portal/activity")

LONGEST_TEXT = 200
EVERYWHERE = "all"
"""What the operator's choice of accounts calls all of them."""

KIND_WORDS: Mapping[ActivityKind, str] = {
    ActivityKind.ACCOUNT_CREATED: lazy_gettext("Account created"),
    ActivityKind.ACCOUNT_CHANGED: lazy_gettext("Account settings changed"),
    ActivityKind.ACCOUNT_DELETED: lazy_gettext("Account deleted"),
    ActivityKind.CREDIT_GRANTED: lazy_gettext("Credit granted"),
    ActivityKind.PERSON_CREATED: lazy_gettext("Person added"),
    ActivityKind.PERSON_CHANGED: lazy_gettext("Person renamed"),
    ActivityKind.PERSON_JOINED: lazy_gettext("Person joined"),
    ActivityKind.PERSON_REMOVED: lazy_gettext("Person removed"),
    ActivityKind.ROLE_CHANGED: lazy_gettext("Role changed"),
    ActivityKind.OPERATOR_CHANGED: lazy_gettext("Operator changed"),
    ActivityKind.LINK_ISSUED: lazy_gettext("Link created"),
    ActivityKind.LINK_WITHDRAWN: lazy_gettext("Invitation withdrawn"),
    ActivityKind.PASSWORD_CHANGED: lazy_gettext("Password changed"),
    ActivityKind.FACTOR_CHANGED: lazy_gettext("Two-factor authentication changed"),
    ActivityKind.SIGNED_IN: lazy_gettext("Signed in"),
    ActivityKind.SIGN_IN_FAILED: lazy_gettext("Sign-in failed"),
    ActivityKind.SESSION_MOVED: lazy_gettext("Switched account"),
    ActivityKind.SESSION_ENDED: lazy_gettext("Sign-in ended"),
    ActivityKind.KEY_CREATED: lazy_gettext("Key created"),
    ActivityKind.KEY_CHANGED: lazy_gettext("Key changed"),
    ActivityKind.KEY_ROTATED: lazy_gettext("Key rotated"),
    ActivityKind.KEY_REVOKED: lazy_gettext("Key revoked"),
    ActivityKind.TOKEN_CREATED: lazy_gettext("API token created"),
    ActivityKind.TOKEN_REVOKED: lazy_gettext("API token revoked"),
    ActivityKind.CREDENTIAL_STORED: lazy_gettext("Provider credential stored"),
    ActivityKind.CREDENTIAL_REMOVED: lazy_gettext("Provider credential removed"),
    ActivityKind.MAPPING_MADE: lazy_gettext("Model alias created"),
    ActivityKind.MAPPING_UNDONE: lazy_gettext("Model alias deleted"),
    ActivityKind.CATALOG_CHANGED: lazy_gettext("Models or prices changed"),
    ActivityKind.BUDGET_SET: lazy_gettext("Budget set"),
    ActivityKind.BUDGET_REMOVED: lazy_gettext("Budget removed"),
    ActivityKind.RECEIVER_ADDED: lazy_gettext("Receiver of alerts added"),
    ActivityKind.RECEIVER_REMOVED: lazy_gettext("Receiver of alerts removed"),
    ActivityKind.GROUP_ALLOWED: lazy_gettext("Group given access"),
    ActivityKind.GROUP_REMOVED: lazy_gettext("Group’s access removed"),
    ActivityKind.RECORD_ERASED: lazy_gettext("Records erased"),
    ActivityKind.LOG_KEY_SHOWN: lazy_gettext("Account’s log key shown"),
    ActivityKind.LOG_CHANGED: lazy_gettext("Custody log changed"),
}
WAY_WORDS: Mapping[Way, str] = {
    Way.PORTAL: lazy_gettext("in the portal"),
    Way.COMMAND: lazy_gettext("at the command line"),
    Way.API: lazy_gettext("through the API"),
    Way.SSO: lazy_gettext("through single sign-on"),
    Way.CHAT: lazy_gettext("in a chat"),
    Way.GATEWAY: lazy_gettext("automatically"),
}


@dataclass(frozen=True, slots=True)
class KindGroup:
    """Kinds that belong together, by the names that the filter takes; `together` are further choices of several."""

    label: str
    names: tuple[str, ...]
    together: tuple[tuple[str, str], ...] = ()

    def holds(self, kind: ActivityKind) -> bool:
        """Whether a kind is one of them."""
        return any(within(kind, name) for name in self.names)

    def choices(self) -> list[tuple[str, str]]:
        """What the filter offers, as (value, words): all of them, several of them, each of them."""
        everything = ",".join(self.names), gettext("%(group)s: everything", group=self.label)
        together = [(value, str(words)) for value, words in self.together]
        each = [(kind.value, kind_words(kind)) for kind in ActivityKind if self.holds(kind)]
        return [everything, *together, *each]


KIND_GROUPS = (
    KindGroup(
        lazy_gettext("Keys"),
        ("key",),
        (
            (
                f"{ActivityKind.KEY_CREATED},{ActivityKind.KEY_REVOKED}",
                lazy_gettext("Keys: created or revoked"),
            ),
        ),
    ),
    KindGroup(lazy_gettext("API tokens"), ("token",)),
    KindGroup(lazy_gettext("Provider credentials"), ("credential",)),
    KindGroup(lazy_gettext("People"), ("person", "role", "operator", "link", "group")),
    KindGroup(lazy_gettext("Sign-ins"), ("sign_in", "session", "password", "second_factor")),
    KindGroup(lazy_gettext("Accounts"), ("account",)),
    KindGroup(lazy_gettext("Budgets and credit"), ("budget", "credit")),
    KindGroup(lazy_gettext("Alerts"), ("receiver",)),
    KindGroup(lazy_gettext("Models"), ("mapping", "catalog")),
    KindGroup(lazy_gettext("Audit trail"), ("record", "log_key", "log")),
)


@dataclass(slots=True)
class ActivityQuery:
    """What the address asks for, and what of it could not be understood, by field."""

    wanted: ActivityFilter
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> Mapping[str, str]:
        """The address's own parameters without the cursor and without empty ones, for links."""
        names = ("account", "kind", "text", "since", "until")
        return {name: request.args[name] for name in names if request.args.get(name)}


def kind_words(kind: ActivityKind) -> str:
    """An act in words."""
    return str(KIND_WORDS[kind])


def way_words(way: Way) -> str:
    """The way by which somebody acted, in words."""
    return str(WAY_WORDS[way])


def _scope() -> str | None:
    """The account whose log is shown; None for all of them. Only the operator may choose another than their own."""
    asked = request.args.get("account", "")
    if not asked or not person().operator:
        return person().account_id
    return None if asked == EVERYWHERE else asked


def _scopes() -> list[tuple[str, str]]:
    """What the operator may choose from."""
    accounts = [(account.id, account.name) for account in services().access.accounts.list()]
    return [*accounts, (OPERATOR, gettext("This instance")), (EVERYWHERE, gettext("All accounts"))]


def _query() -> ActivityQuery:
    problems: dict[str, str] = {}
    names = request.args.get("kind", "")[:LONGEST_TEXT].split(",")
    since, until = _start_of("since", 0, problems), _start_of("until", 1, problems)
    text = request.args.get("text", "")[:LONGEST_TEXT].strip()
    known = ",".join(name for name in names if any(within(kind, name) for kind in ActivityKind))
    return ActivityQuery(ActivityFilter(known, text, since, until), problems)


def _start_of(name: str, days: int, problems: dict[str, str]) -> datetime | None:
    """The instant at which a day of the address begins in the account's time zone, or `days` later."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        begun = datetime.combine(day, time(), ZoneInfo(person().time_zone))
        begun.timestamp()
    except (ValueError, OverflowError):
        problems[name] = gettext("This is no date: write it as YYYY-MM-DD.")
        return None
    return begun


@bp.get("")
@authorised(AccessRule.AUDIT)
def show() -> ResponseReturnValue:
    """The newest acts that fit."""
    asked, cursor, scope = _query(), request.args.get("cursor", ""), _scope()
    before = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 19 else 0
    return render_template(
        "portal/activity.html",
        asked=asked,
        wanted=asked.wanted,
        page=services().activity.page(scope, asked.wanted, before),
        cursor=cursor,
        scopes=_scopes() if person().operator else [],
        chosen_scope=EVERYWHERE if scope is None else scope,
        kinds=[(group.label, group.choices()) for group in KIND_GROUPS],
        kind_words=kind_words,
        way_words=way_words,
        subject_words=partial(subject_words, names=subject_names()),
    )


@bp.get("/export.csv")
@authorised(AccessRule.AUDIT)
def as_csv() -> ResponseReturnValue:
    """All acts that fit, as CSV."""
    entries = services().activity.entries(_scope(), _query().wanted)
    return Response(
        stream_with_context(activity_csv(entries)),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="activity.csv"'},
    )


@bp.get("/<rid>")
@authorised(AccessRule.AUDIT)
def record(rid: str) -> ResponseReturnValue:
    """One act with what was before and after it, and what the verifier says of its receipt."""
    entry, custody = _find(rid), services().custody
    octets, names = custody.receipts.receipt(entry.account_id, rid), subject_names()
    return render_template(
        "portal/activity_record.html",
        entry=entry,
        checked=custody.checker.check(octets) if octets is not None else None,
        checked_at=services().clock.now(),
        kind_words=kind_words,
        way_words=way_words,
        subject_words=partial(subject_words, names=names),
        field_words=field_words,
        value_words=partial(value_words, names=names),
        back=url_for("activity.show"),
    )


@bp.get("/<rid>/receipt")
@authorised(AccessRule.AUDIT)
def receipt(rid: str) -> ResponseReturnValue:
    """The receipt as the file that the offline verifier reads."""
    return receipt_file(_find(rid).account_id, rid)


def _find(rid: str) -> ActivityEntry:
    """An act of the account, for the operator of any; 404 if there is none of this id."""
    scope = None if person().operator else person().account_id
    return services().activity.find(scope, rid) or abort(404)
