"""What a view needs besides its request: the packages' services, the instance's options, the person signed in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flask import current_app
from flask_login import current_user

from ni.access.accounts import Account
from ni.access.keys import Key
from ni.access.services import AccessServices
from ni.access.sessions import SignedInUser
from ni.alerts.book import AlertBook, Deliveries
from ni.alerts.receivers import AlertReceivers, Receiver
from ni.catalog.editing import CatalogEditor
from ni.catalog.health import Breakers, DeploymentHealth
from ni.catalog.offers import CatalogOffers
from ni.catalog.placing import Placing
from ni.catalog.routes import Catalog
from ni.custody.activity import ActivityLog
from ni.custody.drifts import Drifts
from ni.custody.log_service import LogService
from ni.dialects.base import Dialect
from ni.domain.clock import Clock, give_way
from ni.domain.ids import Random
from ni.domain.queues import QueueState
from ni.domain.secret import Secret
from ni.gateway.local_servers import LocalServers
from ni.gateway.pipeline import Pipeline
from ni.gateway.provider_setup import ProviderSetup
from ni.inchat.mappings import Mappings
from ni.metering.account_budgets import AccountBudgets
from ni.metering.balance import Balances
from ni.metering.processes import Processes
from ni.metering.usage_queries import Reports
from ni.providers.base import Provider
from ni.residency.monitor import ResidencyMonitor
from ni.web.client import DisconnectWatcher
from ni.web.doc_search import DocSearch
from ni.web.docs import Guides
from ni.web.i18n import current_language

EXTENSION = "ni.portal"


class TagLabels(Protocol):
    """Gives the form in which tags are stored."""

    @property
    def plain(self) -> bool:
        """Whether that is the text as it was sent, and no digest."""

    def filter_label(self, account_id: str, value: str) -> str:
        """The stored label that a person means, who may give it as it is stored or as the client sends it."""

    def keys_with(self, account_id: str, keys: Iterable[Key], label: str) -> tuple[str, ...]:
        """The ids of those keys whose calls all have a tag, which is given as it is stored."""


@dataclass(frozen=True, slots=True)
class InstanceServices:
    """What the operator's pages ask: the checks of `/readyz`, the processes, settings to show, and what waits here.

    `settings` has the name and the value of each in words; none of them is a secret.
    """

    checks: Mapping[str, Callable[[], bool]]
    processes: Processes
    home: Path
    settings: Mapping[str, str]
    queues: Callable[[], Sequence[QueueState]]


@dataclass(frozen=True, slots=True)
class PortalServices:
    """The services of the packages that pages ask; `chat` is the dialect of the playground.

    `budgets_of` gives the budgets of an account, by its id and time zone, for the user who changes them, and
    `receivers_of` those who are told of its alerts. `report_drift` writes drift that is not written yet. `fetch_prices`
    gives the price file at an address.
    """

    access: AccessServices
    catalog: Catalog
    health: DeploymentHealth
    breakers: Breakers
    offers: CatalogOffers
    editor: CatalogEditor
    fetch_prices: Callable[[str], bytes]
    local_servers: LocalServers
    setup: ProviderSetup
    placing: Placing
    mappings: Mappings
    reports: Reports
    balances: Balances
    budgets_of: Callable[[str, str, str], AccountBudgets]
    label_policy: TagLabels
    alerts: AlertBook
    deliveries: Deliveries
    receivers_of: Callable[[str, str], AlertReceivers]
    signing_secret: Callable[[Receiver], Secret]
    report_drift: Callable[[], None]
    custody: LogService
    activity: ActivityLog
    drifts: Drifts
    monitor: ResidencyMonitor
    providers: Mapping[str, Provider]
    pipeline: Pipeline
    chat: Dialect
    clock: Clock
    random: Random
    instance: InstanceServices


@dataclass(frozen=True, slots=True)
class PortalOptions:
    """What the pages know of the instance: its address without a trailing slash, currency, jurisdiction, its documents.

    `prepaid` says whether calls are held against the balance of their account; usage rows are kept for
    `usage_retention_days`, or for ever if that is 0; `enforces` says whether what fails the residency rules is refused,
    `sends_mail` whether there is a mail server. `sign_on` names the provider of single sign-on, if there is one;
    `operators_only` says that passwords let in operators alone. `contact` is where people report a problem: an e-mail
    address or a page, empty for none.
    """

    public_url: str
    currency: str = "CAD"
    jurisdiction: str = "CA"
    bind: str = "127.0.0.1:8000"
    guides: Path = Path("guides")
    prepaid: bool = False
    usage_retention_days: int = 0
    enforces: bool = True
    sign_on: str = ""
    operators_only: bool = False
    sends_mail: bool = False
    reference: Path = Path("docs")
    contact: str = ""

    @property
    def contact_address(self) -> str:
        """The contact as the address of a link."""
        return f"mailto:{self.contact}" if "@" in self.contact and "://" not in self.contact else self.contact

    @property
    def secure(self) -> bool:
        """Whether people reach the instance over TLS."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Portal:
    """What `install` keeps for the views; `searches` holds the index of the documentation for each language."""

    services: PortalServices
    options: PortalOptions
    guides: Guides
    sentinel: DisconnectWatcher
    reference: Guides
    searches: dict[str, DocSearch] = field(default_factory=dict)

    def doc_search(self) -> DocSearch:
        """The index of the documentation in the language of the request, made when it is first asked for."""
        language = current_language()
        if language not in self.searches:
            self.searches[language] = DocSearch([*self.guides.all(), *self.reference.all()])
        return self.searches[language]


def portal() -> Portal:
    """The portal of the app that serves this request."""
    installed: Portal = current_app.extensions[EXTENSION]
    return installed


def services() -> PortalServices:
    """The services for this request's page; others may run before it asks them."""
    give_way()
    return portal().services


def signed_in() -> SignedInUser | None:
    """Who is signed in, or None."""
    return getattr(current_user, "person", None)


def person() -> SignedInUser:
    """Who is signed in, on pages whose rule requires a session."""
    user = signed_in()
    if user is None:
        raise LookupError("a page asked who is signed in but its rule lets anonymous people in")
    return user


def own_account() -> Account:
    """The account in which the person is signed in."""
    account = services().access.accounts.get(person().account_id)
    if account is None:
        raise LookupError("a signed-in person's account is gone")
    return account
