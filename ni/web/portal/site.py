"""The site map: which pages there are, what the navigation shows, and how the app gets them.

`install` is the portal's only entry: it takes the app and what the pages may ask, and registers everything. A new
page is one module with a blueprint, one template, one line in `PAGES` and one in `NAVIGATION`.
"""

from dataclasses import dataclass

from flask import Blueprint, Flask
from flask_babel import get_timezone, lazy_gettext
from flask_wtf.csrf import generate_csrf

from ni.web import i18n, security
from ni.web.client import DisconnectWatcher
from ni.web.docs import Guides
from ni.web.portal import (
    account,
    accounts,
    assets,
    audit,
    byok,
    connect,
    credit,
    custody,
    custody_owner,
    deployments,
    drift,
    errors,
    keys,
    links,
    mappings,
    membership,
    models,
    names,
    overview,
    playground,
    preferences,
    prices,
    protection,
    public,
    settings,
    setup,
    signin,
    team,
    usage,
)
from ni.web.portal.charts import bars
from ni.web.portal.context import EXTENSION, Portal, person, portal, signed_in
from ni.web.portal.services import PortalOptions, PortalServices
from ni.web.portal.services_team import Role

PAGES: tuple[Blueprint, ...] = (
    public.bp,
    setup.bp,
    signin.bp,
    links.bp,
    membership.bp,
    overview.bp,
    keys.bp,
    usage.bp,
    models.bp,
    custody_owner.bp,
    custody.bp,
    playground.bp,
    byok.bp,
    mappings.bp,
    connect.bp,
    credit.bp,
    settings.bp,
    team.bp,
    protection.bp,
    deployments.bp,
    accounts.bp,
    account.bp,
    prices.bp,
    audit.bp,
    drift.bp,
    preferences.bp,
)


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One line of the side navigation.

    `operator` hides it from everyone else, `prepaid` from all but the owner of an account that pays in advance.
    """

    endpoint: str
    label: str
    icon: str
    operator: bool = False
    prepaid: bool = False

    @property
    def page(self) -> str:
        """The name of the blueprint, by which the current page is marked."""
        return self.endpoint.partition(".")[0]


NAVIGATION: tuple[NavigationEntry, ...] = (
    NavigationEntry("overview.show", lazy_gettext("Overview"), "gauge"),
    NavigationEntry("keys.show", lazy_gettext("Keys"), "key-round"),
    NavigationEntry("usage.show", lazy_gettext("Usage"), "chart-column"),
    NavigationEntry("models.show", lazy_gettext("Models"), "boxes"),
    NavigationEntry("custody.show", lazy_gettext("Custody"), "scroll-text"),
    NavigationEntry("playground.show", lazy_gettext("Playground"), "play"),
    NavigationEntry("byok.show", lazy_gettext("BYOK"), "cloud"),
    NavigationEntry("mappings.show", lazy_gettext("Mappings"), "arrow-right-left"),
    NavigationEntry("connect.show", lazy_gettext("Connect"), "plug"),
    NavigationEntry("credit.show", lazy_gettext("Balance"), "wallet", prepaid=True),
    NavigationEntry("settings.show", lazy_gettext("Settings"), "settings"),
    NavigationEntry("deployments.show", lazy_gettext("Deployments"), "server", operator=True),
    NavigationEntry("accounts.show", lazy_gettext("Accounts"), "users", operator=True),
    NavigationEntry("prices.show", lazy_gettext("Prices"), "tag", operator=True),
    NavigationEntry("audit.show", lazy_gettext("PII audit"), "shield-check", operator=True),
    NavigationEntry("drift.show", lazy_gettext("Drift"), "globe", operator=True),
)


def navigation() -> list[NavigationEntry]:
    """The lines that the signed-in person sees."""
    someone, options = person(), portal().options
    pays = options.prepaid and someone.role is Role.OWNER
    return [
        entry
        for entry in NAVIGATION
        if (someone.operator or not entry.operator) and (pays or not entry.prepaid)
    ]


def install(app: Flask, services: PortalServices, options: PortalOptions) -> None:
    """Register every page, the guard, the languages and the headers; the app has its `SECRET_KEY` already."""
    guides = Guides(options.guides, options.public_url)
    app.extensions[EXTENSION] = Portal(services, options, guides, DisconnectWatcher())
    security.session_cookie(app, secure=options.secure)
    security.check_host(app, security.allowed_hosts(options.public_url, options.bind))
    security.guard(app, signin.CHECKS, options.public_url)
    security.add_headers(app, secure=options.secure)
    signin.install(app)
    i18n.install(app, preferences.language, preferences.time_zone)
    for page in PAGES:
        app.register_blueprint(page)
    errors.install(app)
    _teach_templates(app, options)


def _is_route(text: str) -> bool:
    return portal().services.routes.exists(text)


def _teach_templates(app: Flask, options: PortalOptions) -> None:
    asset = assets.Assets(str(app.static_folder))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(names.FILTERS)
    app.jinja_env.globals.update(
        asset=asset.url,
        bars=bars,
        csrf_token=generate_csrf,
        options=options,
        person=signed_in,
        language=i18n.current_language,
        languages=i18n.LANGUAGES,
        theme=preferences.theme,
        timezone=get_timezone,
        navigation=navigation,
        other_accounts=membership.others,
        tier_name=names.tier_name,
        outcome_name=names.outcome_name,
        error_name=names.error_name,
        is_route=_is_route,
        jurisdiction_name=names.jurisdiction_name,
        role_name=names.role_name,
        provider_name=names.provider_name,
        reason_name=names.reason_name,
        pii_name=names.pii_name,
    )
