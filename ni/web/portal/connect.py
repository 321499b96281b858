"""Connect: the guides with this instance's address and, where it was just shown, the key; and a check of arrivals.

A key that a person enters, or that a page has just shown, travels in forms alone: never in an address, and it is kept
nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup, escape

from ni.access.key_text import public_id_of
from ni.domain.clock import from_ms, to_ms
from ni.web.docs import KEY_PLACE, Guide
from ni.web.portal.context import person, portal, services
from ni.web.portal.deployments import no_provider
from ni.web.portal.models import callable_routes, example_of
from ni.web.portal.usage_choices import UsageFilter
from ni.web.portal.usage_views import usage_page
from ni.web.security import AccessRule, authorised

bp = Blueprint("connect", __name__)

NEWEST = 3
LATEST_MS = 1 << 45
"""An instant that no clock shows: the year 3084."""


@dataclass(frozen=True, slots=True)
class GuideGroup:
    """Guides under one heading."""

    label: str
    guides: Sequence[Guide]


_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "editors": ("cursor", "continue", "cline"),
        "agents": (
            "aider",
            "claude-code",
            "codex",
            "copilot-cli",
            "openclaw",
            "opencode",
            "openhands",
            "pi",
            "qwen-code",
        ),
        "libraries": ("openai-sdk", "anthropic-sdk", "langchain", "vercel-ai-sdk"),
        "chat": ("curl", "llm", "open-webui"),
    }
)


def guide_groups() -> list[GuideGroup]:
    """The guides by what people look for; one that belongs to no group is in the last."""
    labels = {
        "editors": gettext("Editors"),
        "agents": gettext("Coding agents"),
        "libraries": gettext("Libraries"),
        "chat": gettext("Chat and command line"),
        "more": gettext("Good to know"),
    }
    placed = {name: group for group, names in _GROUPS.items() for name in names}
    grouped: dict[str, list[Guide]] = {group: [] for group in labels}
    for guide in portal().guides.all():
        grouped[placed.get(guide.name, "more")].append(guide)
    return [GuideGroup(labels[group], guides) for group, guides in grouped.items() if guides]


@bp.get("/portal/connect")
@authorised(AccessRule.MEMBER)
def show() -> ResponseReturnValue:
    """Address, key, guides, and the newest requests."""
    return _page()


@bp.post("/portal/connect")
@authorised(AccessRule.MEMBER)
def with_key() -> ResponseReturnValue:
    """The same with a key filled in; it is not kept."""
    key = _key_entered()
    return _page(key) if key else (_page(problem=_no_key()), 400)


def _page(key: str = "", problem: str = "") -> str:
    return render_template(
        "portal/connect.html",
        groups=guide_groups(),
        example=example_of(callable_routes().routes),
        key=key,
        key_place=key or KEY_PLACE,
        problem=problem,
        lacks_provider=person().operator and no_provider(),
        **_arrivals(),
    )


@bp.get("/portal/connect/live")
@authorised(AccessRule.MEMBER)
def live() -> ResponseReturnValue:
    """What has arrived since the page was opened, for the page's own script."""
    return render_template("portal/connect_live.html", **_arrivals())


def _arrivals() -> Mapping[str, object]:
    """The newest requests, and the newest that came since the page was opened."""
    rows = usage_page(person().account_id, UsageFilter(), NEWEST).rows
    since = _since()
    arrived = rows[0] if rows and rows[0].created_at > since else None
    return {"rows": rows, "arrived": arrived, "first": len(rows) == 1, "since_ms": to_ms(since)}


def _since() -> datetime:
    """When the page was opened first, from its address; now where that says nothing."""
    given = request.args.get("since", "")[:16]
    if given.isascii() and given.isdigit() and int(given) < LATEST_MS:
        return from_ms(int(given))
    return services().clock.now()


@bp.get("/portal/connect/<name>")
@authorised(AccessRule.MEMBER)
def guide(name: str) -> ResponseReturnValue:
    """One guide, in the portal."""
    return render_template("guide.html", guide=_find(name))


@bp.post("/portal/connect/<name>")
@authorised(AccessRule.MEMBER)
def guide_with_key(name: str) -> ResponseReturnValue:
    """One guide with a key in the place of the dots; it is not kept."""
    found, key = _find(name), _key_entered()
    if not key:
        return _page(problem=_no_key()), 400
    body = Markup(found.body.replace(KEY_PLACE, str(escape(key))))  # noqa: S704 - the rest is rendered already
    return render_template("guide.html", guide=found, body=body)


def _find(name: str) -> Guide:
    return portal().guides.find(name) or abort(404)


def _key_entered() -> str:
    """The key in the form, empty where it is none."""
    given = request.form.get("key_text", "")[:256].strip()
    return given if public_id_of(given) else ""


def _no_key() -> str:
    return str(gettext("This is not a key: it begins with ni_live_ and is copied whole."))
