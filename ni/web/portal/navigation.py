"""The pages of the portal, the entries of its navigation, and their registration with the app.

`install` is the portal's only entry: it takes the app and what the pages may ask, and registers everything. A new
page is one module with a blueprint, one template, one line in `PAGES` and one in `NAVIGATION`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, request
from flask_babel import get_timezone, lazy_gettext
from flask_wtf.csrf import generate_csrf

from ni.web import i18n, security
from ni.web.client import DisconnectWatcher
from ni.web.docs import Guides
from ni.web.portal import (
    accounts,
    activity,
    alerts,
    audit,
    balance,
    budgets,
    byok,
    catalog_offers,
    connect,
    custody,
    deployments,
    drift,
    errors,
    instance,
    keys,
    labels,
    links,
    local_models,
    mappings,
    models,
    overview,
    placing,
    playground,
    preferences,
    price_sources,
    prices,
    providers,
    public,
    queues,
    reference,
    reports,
    request_page,
    route_prices,
    second_factor,
    sessions,
    settings,
    sign_in,
    single_sign_on,
    team,
    tokens,
    usage,
)
from ni.web.portal.context import (
    EXTENSION,
    Portal,
    PortalOptions,
    PortalServices,
    person,
    portal,
    services,
    signed_in,
)
from ni.web.portal.labels import Assets
from ni.web.rendering import PacedEnvironment

PAGES: tuple[Blueprint, ...] = (
    public.bp,
    sign_in.bp,
    single_sign_on.bp,
    links.bp,
    overview.bp,
    keys.bp,
    usage.bp,
    request_page.bp,
    models.bp,
    custody.bp,
    activity.bp,
    playground.bp,
    byok.bp,
    mappings.bp,
    connect.bp,
    reference.bp,
    balance.bp,
    budgets.bp,
    alerts.bp,
    reports.bp,
    settings.bp,
    team.bp,
    tokens.bp,
    second_factor.bp,
    deployments.bp,
    providers.bp,
    placing.bp,
    queues.bp,
    local_models.bp,
    accounts.bp,
    prices.bp,
    route_prices.bp,
    price_sources.bp,
    catalog_offers.bp,
    instance.bp,
    audit.bp,
    drift.bp,
    preferences.bp,
)


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One line of the side navigation.

    `below` names further blueprints whose pages belong to it. `operator` hides it from everyone else, `owner` from all
    but owners, `prepaid` from all but the owner of an account that pays in advance, `sign_on` from all where no
    provider of single sign-on is set up, `work` from auditors, `audit` from members.
    """

    endpoint: str
    label: str
    icon: str
    operator: bool = False
    prepaid: bool = False
    owner: bool = False
    sign_on: bool = False
    below: Sequence[str] = ()
    work: bool = False
    audit: bool = False

    def holds(self, blueprint: str | None) -> bool:
        """Whether the pages of a blueprint are this entry's page or belong to it."""
        return blueprint in (self.endpoint.partition(".")[0], *self.below)


@dataclass(frozen=True, slots=True)
class NavigationGroup:
    """Entries under one heading."""

    label: str
    entries: Sequence[NavigationEntry]


NAVIGATION: tuple[NavigationGroup, ...] = (
    NavigationGroup(
        lazy_gettext("Build"),
        (
            NavigationEntry("overview.show", lazy_gettext("Overview"), "gauge"),
            NavigationEntry("playground.show", lazy_gettext("Playground"), "play", work=True),
            NavigationEntry("models.show", lazy_gettext("Models"), "boxes"),
            NavigationEntry("connect.show", lazy_gettext("Connect"), "plug", work=True),
            NavigationEntry("reference.index", lazy_gettext("Documentation"), "book-open"),
        ),
    ),
    NavigationGroup(
        lazy_gettext("Access"),
        (
            NavigationEntry("keys.show", lazy_gettext("Keys"), "key-round", work=True),
            NavigationEntry("byok.show", lazy_gettext("Provider credentials"), "cloud", work=True),
            NavigationEntry("mappings.show", lazy_gettext("Model aliases"), "arrow-right-left"),
            NavigationEntry("tokens.show", lazy_gettext("API tokens"), "square-terminal", owner=True),
            NavigationEntry(
                "settings.show", lazy_gettext("Settings"), "settings", below=("team", "second_factor")
            ),
        ),
    ),
    NavigationGroup(
        lazy_gettext("Observe"),
        (
            NavigationEntry("usage.show", lazy_gettext("Usage"), "chart-column", below=("request_page",)),
            NavigationEntry("budgets.show", lazy_gettext("Budgets"), "circle-dashed"),
            NavigationEntry("alerts.show", lazy_gettext("Alerts"), "triangle-alert"),
            NavigationEntry("reports.show", lazy_gettext("Reports"), "download", audit=True),
            NavigationEntry("custody.show", lazy_gettext("Audit trail"), "scroll-text"),
            NavigationEntry("activity.show", lazy_gettext("Activity"), "users", audit=True),
            NavigationEntry("balance.show", lazy_gettext("Balance"), "wallet", prepaid=True),
        ),
    ),
    NavigationGroup(
        lazy_gettext("Operate"),
        (
            NavigationEntry("providers.show", lazy_gettext("Providers"), "cloud", operator=True),
            NavigationEntry(
                "deployments.show", lazy_gettext("Deployments"), "server", operator=True, below=("placing",)
            ),
            NavigationEntry("queues.show", lazy_gettext("Queues"), "menu", operator=True),
            NavigationEntry("local_models.show", lazy_gettext("Local models"), "house", operator=True),
            NavigationEntry("accounts.show", lazy_gettext("Accounts"), "users", operator=True),
            NavigationEntry("sso.show", lazy_gettext("Single sign-on"), "users", operator=True, sign_on=True),
            NavigationEntry(
                "prices.show",
                lazy_gettext("Prices"),
                "tag",
                operator=True,
                below=("route_prices", "price_sources", "catalog_offers"),
            ),
            NavigationEntry("audit.show", lazy_gettext("Privacy audit"), "shield-check", operator=True),
            NavigationEntry("drift.show", lazy_gettext("Residency checks"), "globe", operator=True),
            NavigationEntry("instance.show", lazy_gettext("Instance"), "info", operator=True),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A question that people come with, and the filters of Usage that answer it."""

    label: str
    filters: Mapping[str, str]


SHORTCUTS = (
    Shortcut(lazy_gettext("Spend of the week by key"), {"period": "7d", "by": "key"}),
    Shortcut(lazy_gettext("Spend by person"), {"by": "person"}),
    Shortcut(lazy_gettext("Spend by tag"), {"by": "tag"}),
    Shortcut(
        lazy_gettext("Failures of today"), {"period": "today", "outcome": "failed", "measure": "failed"}
    ),
    Shortcut(lazy_gettext("Latency by route"), {"measure": "latency", "by": "route"}),
    Shortcut(lazy_gettext("Sent to the United States"), {"jurisdiction": "US"}),
    Shortcut(lazy_gettext("Values protected"), {"measure": "protected", "by": "kind", "pii": "protected"}),
)


def navigation() -> list[NavigationGroup]:
    """The groups that the signed-in person sees, each with its lines."""
    user, options = person(), portal().options
    pays = options.prepaid and user.owner
    seen = (
        NavigationGroup(
            group.label,
            [
                entry
                for entry in group.entries
                if (user.operator or not entry.operator)
                and (user.owner or not entry.owner)
                and (pays or not entry.prepaid)
                and (options.sign_on or not entry.sign_on)
                and not (entry.work and user.auditor)
                and (not entry.audit or user.owner or user.auditor or user.operator)
            ],
        )
        for group in NAVIGATION
    )
    return [group for group in seen if group.entries]


def entry_above() -> NavigationEntry | None:
    """The entry that the page of this request belongs to; None on the pages of the navigation themselves."""
    entries = [entry for group in NAVIGATION for entry in group.entries if entry.holds(request.blueprint)]
    return next((entry for entry in entries if entry.endpoint != request.endpoint), None)


def install(app: Flask, offered: PortalServices, options: PortalOptions) -> None:
    """Register every page, the guard, the languages and the headers; the app has its `SECRET_KEY` already."""
    app.jinja_environment = PacedEnvironment  # type: ignore[assignment]  # Flask infers the type from its own
    guides = Guides(options.guides, options.public_url)
    reference = Guides(options.reference, options.public_url, "docs")
    app.extensions[EXTENSION] = Portal(offered, options, guides, DisconnectWatcher(), reference)
    security.session_cookie(app, secure=options.secure)
    security.check_target(app, security.allowed_hosts(options.public_url, options.bind))
    security.guard(app, sessions.CHECKS, options.public_url)
    security.add_headers(app, secure=options.secure)
    sessions.install(app)
    i18n.install(app, preferences.language, preferences.time_zone)
    for page in PAGES:
        app.register_blueprint(page)
    errors.install(app)
    _teach_templates(app, options)


def _is_route(text: str) -> bool:
    return services().catalog.resolve(text) is not None


def _teach_templates(app: Flask, options: PortalOptions) -> None:
    asset = Assets(str(app.static_folder))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(labels.FILTERS)
    app.jinja_env.globals.update(
        asset=asset.url,
        csrf_token=generate_csrf,
        options=options,
        sign_on=options.sign_on,
        person=signed_in,
        language=i18n.current_language,
        languages=i18n.LANGUAGES,
        theme=preferences.theme,
        timezone=get_timezone,
        navigation=navigation,
        entry_above=entry_above,
        shortcuts=SHORTCUTS,
        other_accounts=links.other_accounts,
        tier_name=labels.tier_name,
        outcome_label=labels.outcome_label,
        outcome_name=labels.outcome_name,
        cause_of=labels.cause_of,
        colon=i18n.colon,
        error_name=labels.error_name,
        limit_name=labels.limit_name,
        phase_name=labels.phase_name,
        span_name=labels.span_name,
        in_currency=labels.in_currency,
        error_help=labels.error_help,
        ending_of=models.ending_of,
        dialect_name=labels.dialect_name,
        counted_by=labels.counted_by,
        is_route=_is_route,
        jurisdiction_name=labels.jurisdiction_name,
        role_name=labels.role_name,
        provider_name=labels.provider_name,
        reason_name=labels.reason_name,
        pii_name=labels.pii_name,
    )
