"""What a view needs besides its request: the packages' services, the instance's options, the person signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from flask_login import current_user

from ni.access.accounts import Account
from ni.access.services import AccessServices
from ni.access.sessions import SignedInUser
from ni.catalog.health import Breakers, DeploymentHealth
from ni.catalog.offers import CatalogOffers
from ni.catalog.routes import Catalog
from ni.custody.drifts import Drifts
from ni.custody.log_service import LogService
from ni.dialects.base import Dialect
from ni.domain.clock import Clock
from ni.domain.ids import Random
from ni.gateway.pipeline import Pipeline
from ni.inchat.mappings import Mappings
from ni.metering.balance import Balances
from ni.metering.usage_queries import Reports
from ni.providers.base import Provider
from ni.residency.monitor import ResidencyMonitor
from ni.web.client import DisconnectWatcher
from ni.web.docs import Guides

EXTENSION = "ni.portal"


@dataclass(frozen=True, slots=True)
class PortalServices:
    """The services of the packages that pages ask; `chat` is the dialect of the playground."""

    access: AccessServices
    catalog: Catalog
    health: DeploymentHealth
    breakers: Breakers
    offers: CatalogOffers
    mappings: Mappings
    reports: Reports
    balances: Balances
    custody: LogService
    drifts: Drifts
    monitor: ResidencyMonitor
    providers: Mapping[str, Provider]
    pipeline: Pipeline
    chat: Dialect
    clock: Clock
    random: Random


@dataclass(frozen=True, slots=True)
class PortalOptions:
    """What the pages know of the instance: its address without a trailing slash, currency, jurisdiction, its guides.

    `prepaid` says whether calls are held against the balance of their account; usage rows are kept for
    `usage_retention_days`, or for ever if that is 0; `enforces` says whether what fails the residency rules is refused.
    """

    public_url: str
    currency: str = "CAD"
    jurisdiction: str = "CA"
    bind: str = "127.0.0.1:8000"
    guides: Path = Path("guides")
    prepaid: bool = False
    usage_retention_days: int = 0
    enforces: bool = True

    @property
    def secure(self) -> bool:
        """Whether people reach the instance over TLS."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Portal:
    """What `install` keeps for the views."""

    services: PortalServices
    options: PortalOptions
    guides: Guides
    sentinel: DisconnectWatcher


def portal() -> Portal:
    """The portal of the app that serves this request."""
    installed: Portal = current_app.extensions[EXTENSION]
    return installed


def services() -> PortalServices:
    """The services for this request's page."""
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
