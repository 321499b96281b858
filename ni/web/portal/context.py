"""What a view needs besides its request: the services, the instance's options and the person signed in."""

from dataclasses import dataclass

from flask import current_app
from flask_login import current_user

from ni.web.client import DisconnectWatcher
from ni.web.docs import Guides
from ni.web.portal.services import Person, PortalOptions, PortalServices

EXTENSION = "ni.portal"


@dataclass(frozen=True, slots=True)
class Portal:
    """What `install` was given."""

    services: PortalServices
    options: PortalOptions
    guides: Guides
    sentinel: DisconnectWatcher


def portal() -> Portal:
    """The portal of the app that serves this request."""
    found: Portal = current_app.extensions[EXTENSION]
    return found


def services() -> PortalServices:
    """What this request's page may ask."""
    return portal().services


def signed_in() -> Person | None:
    """Who is signed in, or None."""
    return getattr(current_user, "person", None)


def person() -> Person:
    """Who is signed in, on pages whose rule lets nobody else in."""
    found = signed_in()
    if found is None:
        raise LookupError("a page asked who is signed in but its rule lets anonymous people in")
    return found
