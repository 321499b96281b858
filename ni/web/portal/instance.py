"""Instance, for the operator: version, health, what is configured, and who runs it.

Everything is read when the page is asked for. The checks are those of `/readyz`; what is wrong says where to look.
"""

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import EmailField
from wtforms.validators import InputRequired, Length

import ni
from ni.access.refusals import Refused
from ni.access.users import User
from ni.custody.publisher import AnchorLag
from ni.domain.errors import StoreUnavailable
from ni.metering.processes import Heartbeat
from ni.web.i18n import LANGUAGES
from ni.web.portal.context import person, services
from ni.web.portal.deployments import DeploymentStatus, deployment_statuses
from ni.web.portal.forms import PageForm, blame, entered
from ni.web.security import AccessRule, authorised

log = logging.getLogger(__name__)
bp = Blueprint("instance", __name__, url_prefix="/portal/instance")

MIB = 1 << 20


class OperatorForm(PageForm):
    """Who else is to run the instance."""

    email = EmailField(lazy_gettext("E-mail address"), [InputRequired(), Length(max=254)])


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A check of `/readyz` in words, and what to look at where it fails."""

    name: str
    ok: bool
    advice: str


@dataclass(frozen=True, slots=True)
class ListAge:
    """A cloud's address list: as of when it is valid, and whether that is too long ago."""

    name: str
    as_of: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Disk:
    """Free and whole space of the disk under `NI_HOME`, in MiB."""

    free: int
    total: int

    @property
    def percent(self) -> int:
        """The free share, rounded down."""
        return 100 * self.free // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class DeploymentCounts:
    """How many deployments are ready, wait for a credential, or are refused."""

    ready: int
    missing: int
    refused: int


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The state of the instance."""
    return _page(OperatorForm())


def _page(form: OperatorForm, problem: str = "") -> str:
    return render_template(
        "portal/instance.html",
        version=ni.__version__,
        health=list(_health()),
        disk=_disk(),
        priced_at=_priced_at(),
        processes=_from_store(services().instance.processes.heartbeats),
        anchors=_from_store(services().custody.lag),
        lists=_lists(),
        counts=_counts(deployment_statuses()),
        settings=services().instance.settings,
        languages=LANGUAGES,
        operators=[user for user in services().access.users.list() if user.operator],
        form=form,
        problem=problem,
    )


def _health() -> Iterator[HealthCheck]:
    words = {
        "database": (
            gettext("Database"),
            gettext("Is it reachable, and is its schema current? See ni doctor."),
        ),
        "journal": (gettext("Writer"), gettext("Writes are stuck: look at the log of the process.")),
        "disk": (gettext("Disk"), gettext("Free some space under NI_HOME.")),
        "custody": (
            gettext("Custody log"),
            gettext("The log is frozen or its key was rotated: see ni custody fsck."),
        ),
        "names": (
            gettext("Name recognition"),
            gettext("Its workers are not ready: calls that need masking wait."),
        ),
    }
    for name, check in services().instance.checks.items():
        label, advice = words.get(name, (name, ""))
        yield HealthCheck(label, check(), advice)


def _disk() -> Disk:
    usage = shutil.disk_usage(services().instance.home)
    return Disk(usage.free // MIB, usage.total // MIB)


def _priced_at() -> str:
    """The day of the newest price in force, ISO; empty where the catalog has none."""
    return max((route.price.since for route in services().catalog.routes() if route.price), default="")


def _from_store(
    read: Callable[[], Sequence[Heartbeat]] | Callable[[], Sequence[AnchorLag]],
) -> Sequence[object]:
    """What the database says; nothing where it is away, which the health above tells."""
    try:
        return read()
    except StoreUnavailable:
        return ()


def _lists() -> list[ListAge]:
    index = services().monitor.range_index
    return [ListAge(one.name, one.as_of, index.is_stale(one)) for one in index.lists.values()]


def _counts(statuses: Sequence[DeploymentStatus]) -> DeploymentCounts:
    refused = sum(status.refused for status in statuses)
    missing = sum(bool(status.missing) and not status.refused for status in statuses)
    return DeploymentCounts(len(statuses) - refused - missing, missing, refused)


@bp.post("/operators")
@authorised(AccessRule.OPERATOR)
def promote() -> ResponseReturnValue:
    """Let a person who has a sign-in run the instance as well."""
    form = OperatorForm(request.form)
    if not form.validate():
        return _page(form), 400
    users = services().access.users
    user = users.by_email(entered(form.email))
    if user is None:
        refusal = Refused(
            "email", "Nobody with this address has joined yet. Invite them into an account first."
        )
        return _page(form, blame(form, refusal)), 400
    users.promote(user.id)
    log.warning("user %s made user %s an operator", person().user_id, user.id)
    flash(
        gettext("%(email)s runs the instance now, and signs in again to do so.", email=user.email), "success"
    )
    return redirect(url_for("instance.show"), 303)


@bp.get("/operators/<user_id>/demote")
@authorised(AccessRule.OPERATOR)
def confirm(user_id: str) -> ResponseReturnValue:
    """Ask before somebody runs the instance no more."""
    return render_template("portal/operator_demote.html", user=_operator(user_id))


@bp.post("/operators/<user_id>/demote")
@authorised(AccessRule.OPERATOR)
def demote(user_id: str) -> ResponseReturnValue:
    """End a person's part in running the instance; the last operator stays."""
    user = _operator(user_id)
    try:
        services().access.users.demote(user.id)
    except Refused as refusal:
        return _page(OperatorForm(), blame(OperatorForm(), refusal)), 400
    log.warning("user %s ended the operatorship of user %s", person().user_id, user.id)
    flash(gettext("%(email)s no longer runs the instance.", email=user.email), "success")
    return redirect(url_for("instance.show"), 303)


def _operator(user_id: str) -> User:
    user = services().access.users.get(user_id)
    return user if user is not None and user.operator else abort(404)
