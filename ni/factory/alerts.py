"""Alerts of one process: the book, its receivers and deliveries, and the ways in which they are sent."""

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial

import orjson

from ni.alerts.book import AlertBook, AlertSender, Deliveries, RaisedAlert, SendFault
from ni.alerts.conditions import anchors_behind, drifted, failing, prices_old, slow, throttled
from ni.alerts.receivers import OPERATOR, AlertReceivers, AlertTools, Channel, Receiver
from ni.catalog.health import Breakers, DeploymentHealth
from ni.custody.publisher import AnchorLag
from ni.domain.alerts import Alert, AlertKind, sentence
from ni.domain.clock import rfc3339
from ni.domain.route import Drift
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector
from ni.outbound.lookups import PatientLookups
from ni.outbound.mail import Mail, MailFault, MailServer, MailServerAway, send_mail
from ni.outbound.webhook import Webhook, post_signed
from ni.settings import Settings
from ni.settings.secret_files import Secrets
from ni.web.i18n import LOCALES, TRANSLATIONS, rounded_in

RECENT_MINUTES, USUAL_MINUTES = 5, 24 * 60
DRIFT_WEBHOOK = "NI_DRIFT_WEBHOOK"
"""Id of the receiver that the setting of that name adds."""


@dataclass(frozen=True)
class AlertServices:
    """Raises alerts, and sends them by webhook and mail; names of receivers are looked up by `PatientLookups`."""

    settings: Settings
    secrets: Secrets
    tools: AlertTools
    connector: Connector

    @cached_property
    def _patient(self) -> Connector:
        """Opens connections to receivers: owners of accounts choose their names."""
        return replace(self.connector, resolve=PatientLookups(self.connector.resolve))

    @cached_property
    def egress(self) -> EgressClient:
        """Sends webhooks."""
        return EgressClient(self._patient, self.tools.clock)

    @cached_property
    def book(self) -> AlertBook:
        """The alerts of all accounts and of the operator."""
        return AlertBook(self.tools, self.fixed)

    @cached_property
    def fixed(self) -> Sequence[Receiver]:
        """The receivers that the settings name."""
        url = self.settings.drift_webhook
        drift = Receiver(DRIFT_WEBHOOK, OPERATOR, Channel.WEBHOOK, url, True, AlertKind.DRIFT)
        return (drift,) if url else ()

    @cached_property
    def deliveries(self) -> Deliveries:
        """Sends what is due."""
        return Deliveries(self.tools, self.book, self.senders)

    @property
    def senders(self) -> Mapping[Channel, AlertSender]:
        """The ways in which this instance can send."""
        posts: dict[Channel, AlertSender] = {Channel.WEBHOOK: self._post}
        return {**posts, Channel.MAIL: self._mail} if self.settings.smtp_url else posts

    @property
    def sends_mail(self) -> bool:
        """Whether the operator named a mail server."""
        return bool(self.settings.smtp_url)

    def receivers_of(self, account_id: str, actor: str = "") -> AlertReceivers:
        """The receivers of one account, or of the operator."""
        return AlertReceivers(self.tools, account_id, actor)

    def signing_secret(self, receiver: Receiver) -> Secret:
        """The secret by which a webhook's receiver verifies what it gets."""
        if receiver.id == DRIFT_WEBHOOK and self.settings.drift_webhook_secret:
            return self.settings.drift_webhook_secret
        return Secret(self.secrets.derive(f"webhook/{receiver.id}").hex())

    def tell_drift(self, events: Sequence[tuple[Drift, int]]) -> None:
        """Raise the alerts of drift."""
        self.book.raise_all(drifted(events, self.tools.clock.now()))

    def look(self, lags: Sequence[AnchorLag], newest_price: str, deployments: Sequence[Alert]) -> None:
        """Raise the operator's alerts, those of `deployments` among them.

        An anchor that never took a checkpoint is as old as this process.
        """
        now = self.tools.clock.now()
        uptime_s = self.tools.clock.monotonic() - self._began_s
        ages = [(lag.anchor, uptime_s if lag.age_s is None else lag.age_s) for lag in lags if lag.leaves > 0]
        since = date.fromisoformat(newest_price) if newest_price else None
        self.book.raise_all([*deployments, *anchors_behind(ages, now), *prices_old(since, now)])

    @cached_property
    def _began_s(self) -> float:
        """When this was looked at first, which is when the process had just started."""
        return self.tools.clock.monotonic()

    def _post(self, raised: RaisedAlert, receiver: Receiver) -> None:
        webhook = Webhook(receiver.address, self.signing_secret(receiver), not receiver.inside)
        fault = post_signed(self.egress, webhook, orjson.dumps(alert_object(raised)), self.tools.clock.now())
        if fault:
            raise SendFault(fault)

    def _mail(self, raised: RaisedAlert, receiver: Receiver) -> None:
        french = gettext.translation("messages", TRANSLATIONS, languages=["fr_CA"]).gettext
        page = f"{self.settings.public_url}/portal/alerts"
        there = sentence(raised.alert, french, partial(rounded_in, LOCALES["fr"]))
        text = f"{_english(raised.alert)}\n\n{there}\n\n{page}\n"
        server = MailServer(self.settings.smtp_url, self.settings.mail_from)
        try:
            send_mail(
                self._patient, server, Mail(receiver.address, "Northern Inference: alert / alerte", text)
            )
        except MailServerAway as fault:
            told = str(fault) if receiver.account_id == OPERATOR else "the mail server could not be used"
            raise SendFault(told) from fault
        except MailFault as fault:
            raise SendFault(str(fault)) from fault


def alert_object(raised: RaisedAlert) -> Mapping[str, object]:
    """An alert as webhooks, the command line and programs see it."""
    alert = raised.alert
    return {
        **alert.details,
        "type": alert.kind.value,
        "id": raised.id,
        "at": rfc3339(raised.at),
        "account": alert.account_id,
        "text": _english(alert),
    }


def _english(alert: Alert) -> str:
    return sentence(alert, money=partial(rounded_in, LOCALES["en"]))


def deployment_alerts(breakers: Breakers, health: DeploymentHealth, now: datetime) -> Sequence[Alert]:
    """The alerts of deployments that fail, throttle or are slow now. Raises `StoreUnavailable`."""
    recent, usual = health.recent(RECENT_MINUTES), health.recent(USUAL_MINUTES)
    return [*failing(breakers.failing(), now), *throttled(recent, now), *slow(recent, usual, now)]
