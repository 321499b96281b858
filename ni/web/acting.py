"""Who sent the request that is being served, as the activity log names them."""

from flask import g, has_request_context, request

from ni.domain.activity import Actor, Way, unattended


def who_acts() -> Actor:
    """Who `recognise` was told of; nobody known yet, from where they ask; the gateway itself where nobody asks."""
    if not has_request_context():
        return unattended()
    known: Actor | None = g.get("actor")
    return known or Actor("", Way.PORTAL, request.remote_addr or "")


def recognise(who: str, way: Way) -> None:
    """Take note of who sent this request: called by what authenticates it."""
    g.actor = Actor(who, way, request.remote_addr or "")
