"""Alerts: what the account was told of, who is told, a test for each receiver; for operators those of the instance."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from ni.alerts.book import AlertDelivery, RaisedAlert
from ni.alerts.receivers import OPERATOR, AlertReceivers, Channel, Receiver, ReceiverRefused
from ni.domain.alerts import sentence
from ni.web.i18n import rounded
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import PageForm, entered
from ni.web.security import AccessRule, authorised

bp = Blueprint("alerts", __name__, url_prefix="/portal/alerts")

CHANNELS = {Channel.WEBHOOK: lazy_gettext("Webhook"), Channel.MAIL: lazy_gettext("E-mail")}
INSTANCE = "instance"


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert with how far it is on its way."""

    raised: RaisedAlert
    deliveries: Sequence[AlertDelivery]

    @property
    def text(self) -> str:
        """What happened, in the page's language."""
        return sentence(self.raised.alert, gettext, rounded)

    @property
    def states(self) -> Sequence[tuple[str, str]]:
        """Words and tones for what became of its deliveries."""
        arrived = sum(each.delivered_at is not None for each in self.deliveries)
        waiting = sum(each.next_at is not None for each in self.deliveries)
        lost = len(self.deliveries) - arrived - waiting
        words = (
            (arrived, ngettext("%(num)s delivered", "%(num)s delivered", arrived), "good"),
            (waiting, ngettext("%(num)s waiting", "%(num)s waiting", waiting), "warn"),
            (lost, ngettext("%(num)s given up", "%(num)s given up", lost), "bad"),
        )
        return [(text, tone) for count, text, tone in words if count]

    @property
    def fault(self) -> str:
        """Why one of them has not arrived."""
        return next((each.fault for each in self.deliveries if each.fault and not each.delivered_at), "")


@dataclass(frozen=True, slots=True)
class ListedReceiver:
    """A receiver, with the secret of its signatures for those who may change it."""

    receiver: Receiver
    secret: str

    @property
    def channel(self) -> str:
        """How it is told, in words."""
        return str(CHANNELS[self.receiver.channel])


@dataclass(frozen=True, slots=True)
class AlertSection:
    """The alerts and receivers of the account, or of the instance; `of` is empty or says that."""

    of: str
    alerts: Sequence[ListedAlert]
    receivers: Sequence[ListedReceiver]
    changes: bool


class ReceiverForm(PageForm):
    """A receiver to add."""

    channel = SelectField(lazy_gettext("How"), [InputRequired()])
    address = StringField(
        lazy_gettext("Address"),
        [InputRequired(), Length(max=500)],
        filters=[lambda text: text.strip() if text else text],
        description=lazy_gettext("An https address that takes a POST of JSON, or an e-mail address."),
    )


def _form(given: MultiDict[str, str] | None = None) -> ReceiverForm:
    form = ReceiverForm(given)
    offered = CHANNELS if portal().options.sends_mail else {Channel.WEBHOOK: CHANNELS[Channel.WEBHOOK]}
    form.channel.choices = [SelectChoice(channel.value, label) for channel, label in offered.items()]
    return form


def _section(of: str) -> AlertSection:
    account_id = OPERATOR if of else person().account_id
    raised = services().alerts.recent(account_id)
    deliveries = services().alerts.deliveries([each.id for each in raised])
    changes = person().operator if of else person().owner
    return AlertSection(
        of,
        [ListedAlert(each, deliveries.get(each.id, ())) for each in raised],
        [_listed(each, changes) for each in services().receivers_of(account_id, person().user_id).list()],
        changes,
    )


def _listed(receiver: Receiver, changes: bool) -> ListedReceiver:
    signed = changes and receiver.channel is Channel.WEBHOOK
    return ListedReceiver(receiver, services().signing_secret(receiver).reveal() if signed else "")


def _page(form: ReceiverForm, of: str = "") -> str:
    sections = [_section(""), *([_section(INSTANCE)] if person().operator else [])]
    return render_template("portal/alerts.html", sections=sections, form=form, of=of)


def _receivers() -> tuple[AlertReceivers, str]:
    """The receivers that the form is about, and whose they are. Others' are refused."""
    of = INSTANCE if request.form.get("of") == INSTANCE else ""
    if of and not person().operator:
        abort(403)
    return services().receivers_of(OPERATOR if of else person().account_id, person().user_id), of


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The alerts and receivers of the account, and for operators those of the instance."""
    return _page(_form())


@bp.post("")
@authorised(AccessRule.OWNER)
def add() -> ResponseReturnValue:
    """Add a receiver. One that an operator adds may be in the operator's own networks."""
    (receivers, of), form = _receivers(), _form(request.form)
    if not form.validate():
        return _page(form, of), 400
    try:
        receivers.add(Channel(entered(form.channel)), entered(form.address), person().operator)
    except ReceiverRefused as refusal:
        form.address.errors = [*form.address.errors, gettext(str(refusal))]
        return _page(form, of), 400
    flash(gettext("The receiver is added. Send it a test."), "success")
    return redirect(url_for("alerts.show"), 303)


@bp.post("/remove")
@authorised(AccessRule.OWNER)
def remove() -> ResponseReturnValue:
    """Remove a receiver, with what waits for it."""
    receivers, _ = _receivers()
    if receivers.remove(request.form.get("receiver", "")[:64]):
        flash(gettext("The receiver is removed."), "success")
    else:
        flash(gettext("There is no such receiver."), "warning")
    return redirect(url_for("alerts.show"), 303)


@bp.post("/test")
@authorised(AccessRule.OWNER)
def send_test() -> ResponseReturnValue:
    """Send a test to a receiver, and say whether it arrived."""
    receivers, _ = _receivers()
    receiver = receivers.get(request.form.get("receiver", "")[:64])
    if receiver is None:
        flash(gettext("There is no such receiver."), "warning")
        return redirect(url_for("alerts.show"), 303)
    fault = services().deliveries.send_test(receiver, person().user_id)
    if fault:
        flash(gettext("The test did not arrive: %(fault)s.", fault=fault), "error")
    else:
        flash(gettext("The test has arrived."), "success")
    return redirect(url_for("alerts.show"), 303)
