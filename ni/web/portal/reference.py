"""The documentation, for everyone: set-up guides and reference, with a search that is a form."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from ni.web.doc_search import MOST_LETTERS
from ni.web.docs import Guide
from ni.web.portal.context import portal
from ni.web.security import AccessRule, authorised

bp = Blueprint("reference", __name__, url_prefix="/docs")


@dataclass(frozen=True, slots=True)
class PageGroup:
    """Pages of the reference under one heading, in the order in which they are read."""

    label: Any
    names: tuple[str, ...]


GROUPS = (
    PageGroup(lazy_gettext("Calling it"), ("api", "headers", "errors", "clients", "glossary")),
    PageGroup(
        lazy_gettext("What it holds to"),
        ("privacy", "privacy-quality", "residency", "custody", "money", "budgets"),
    ),
    PageGroup(
        lazy_gettext("Running it"),
        (
            *(
                "install",
                "settings",
                "providers",
                "local-models",
                "catalog-file",
                "automation",
                "single-sign-on",
            ),
            *("deployments", "service", "proxies", "scaling", "monitoring", "reliability", "performance"),
        ),
    ),
    PageGroup(
        lazy_gettext("How it is made"),
        (
            *("architecture", "ui-principles", "0001-chat-form", "0002-libraries", "0003-own-http-client"),
            *("0004-journal", "0005-dialects", "0006-custody"),
        ),
    ),
)


@bp.get("/")
@authorised(AccessRule.ANONYMOUS)
def index() -> ResponseReturnValue:
    """All pages, or the sections that a question finds."""
    asked = request.args.get("q", "").strip()[:MOST_LETTERS]
    pages = {page.name: page for page in portal().reference.all()}
    listed = [(group.label, [pages.pop(name) for name in group.names if name in pages]) for group in GROUPS]
    groups = [*listed, (gettext("More"), list(pages.values()))]
    return render_template(
        "docs.html",
        asked=asked,
        hits=portal().doc_search().find(asked) if asked else (),
        guides=portal().guides.all(),
        groups=[(label, members) for label, members in groups if members],
    )


@bp.get("/<name>.html")
@authorised(AccessRule.ANONYMOUS)
def page(name: str) -> ResponseReturnValue:
    """One page: a guide, or one of the reference."""
    found: Guide | None = portal().guides.find(name) or portal().reference.find(name)
    return render_template("guide.html", guide=found) if found else abort(404)
