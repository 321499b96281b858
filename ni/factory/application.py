"""The WSGI application of a gateway: one Flask application with the API, the portal and the health pages.

`create_app` builds it. `WaitingApplication` answers 503 until that is possible. Without it a worker that cannot start
would end, and gunicorn would take that for a fault of the application and end all workers, also those that only wait
for the database.
"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import gevent
import orjson
from flask import Flask, Request, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from ni.custody.logs import CustodyRefused
from ni.domain.errors import Problem, StoreUnavailable
from ni.domain.ids import Random, request_id
from ni.domain.money import format_amount
from ni.factory.gateway import Gateway
from ni.factory.services import names_ready
from ni.gateway.price_fetch import fetched
from ni.store.held_rows import Held, HeldRows
from ni.store.tables.access import accounts, keys, members, users
from ni.store.tables.catalog import deployments, further_deployments, prices, routes
from ni.store.tables.metering import account_budgets
from ni.store.unit import Unit
from ni.web.admin.api import AdminApi, admin_api
from ni.web.admin.declared import PREFIX as ADMIN
from ni.web.admin.declared import AdminServices
from ni.web.admin.description import description_pages
from ni.web.admin.problems import problem_document, with_allowed
from ni.web.api.direct import DirectCalls
from ni.web.api.endpoint import EndpointServices, messages_api, openai_api, responses_api
from ni.web.api.errors import ApiErrors, problem_of
from ni.web.api.records import RecordDisplay, budgets_api, custody_api, lists_api, records_api
from ni.web.health import health_pages, roomy, works
from ni.web.metrics import Metrics
from ni.web.portal import errors as pages
from ni.web.portal import navigation
from ni.web.portal.context import InstanceServices, PortalOptions, PortalServices
from ni.web.security import (
    PROGRAMS,
    Cors,
    PathNormaliser,
    RequestIds,
    Wsgi,
    allowed_hosts,
    host_check,
    name_the_address,
)

RETRY_S = 1.0
_JSON = ("Content-Type", "application/json")
GUIDES = Path("tests", "user_run_tests", "integrations")
REFERENCE = Path("docs")


log = logging.getLogger(__name__)


class Application(Flask):
    """Flask without coroutines: every view is a plain function, and Flask would check that at each call."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func`, unchanged."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The adapter that matches the request to a view; for programs made without subdomains and IDNA encoding."""
        if request is None or not request.path.startswith(PROGRAMS) or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        root = environ.get("SCRIPT_NAME", "").rstrip("/") + "/"
        host, query = environ.get("HTTP_HOST", ""), environ.get("QUERY_STRING", "")
        return MapAdapter(self.url_map, host, root, "", request.scheme, request.path, request.method, query)


def create_app(gateway: Gateway, metrics: Metrics, root: str) -> Flask:
    """The application; `root` is the folder that holds `templates/` and `static/`."""
    app = Application("ni", root_path=root, template_folder="templates", static_folder="static")
    app.config["SECRET_KEY"] = gateway.secrets.derive("sessions")
    _install_portal(app, gateway)
    _install_api(app, gateway, metrics)
    hosts = allowed_hosts(gateway.settings.public_url, gateway.settings.bind)
    app.wsgi_app = DirectCalls(app, host_check(hosts))  # type: ignore[method-assign]  # as Flask's own documentation does
    _trust_proxies(app, gateway.settings.trusted_proxies)
    _add_middleware(app, gateway)
    return app


def _add_middleware(app: Flask, gateway: Gateway) -> None:
    """Wrap the application in the middleware for paths, request ids and CORS."""
    origins = gateway.settings.cors_origins
    served = Cors(app.wsgi_app, origins) if origins else app.wsgi_app
    app.wsgi_app = PathNormaliser(RequestIds(served, gateway.random))  # type: ignore[method-assign]  # as Flask's own documentation does


def _trust_proxies(app: Flask, proxies: int) -> None:
    """Take the client's address from the outermost of our own proxies; host and scheme are settings."""
    if proxies:
        behind = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = behind  # type: ignore[method-assign]  # as Flask's own documentation does


def _install_api(app: Flask, gateway: Gateway, metrics: Metrics) -> None:
    chat = gateway.dialects["chat"]
    labels, secret = gateway.label_policy, gateway.secrets.derive("idempotency")
    begin = gateway.telemetry.begin if gateway.telemetry is not None else None
    services = EndpointServices(
        gateway.keys,
        gateway.pipeline,
        metrics,
        gateway.clock,
        gateway.random,
        labels,
        secret,
        app.request_context,
        begin,
    )
    display = RecordDisplay(gateway.settings.currency, gateway.settings.jurisdiction, labels)
    token = gateway.settings.metrics_token
    metrics.watch_anchors(gateway.log_service.lag)
    metrics.watch_queues(gateway.queue_states)
    embeddings, completions = gateway.dialects["embeddings"], gateway.dialects["completions"]
    app.register_blueprint(openai_api(services, chat, embeddings, completions))
    app.register_blueprint(responses_api(services, gateway.responses_dialect))
    app.register_blueprint(messages_api(services, gateway.messages_dialect))
    app.register_blueprint(custody_api(gateway.keys, gateway.log_service))
    app.register_blueprint(lists_api(gateway.keys, gateway.catalog))
    app.register_blueprint(
        records_api(gateway.keys, gateway.reports, gateway.records, display, gateway.keys_of)
    )
    app.register_blueprint(budgets_api(gateway.keys, gateway.budgets_of, display))
    app.register_blueprint(
        health_pages(metrics, _checks(gateway), token if token else None, direct=gateway.settings.direct)
    )
    app.register_blueprint(admin_api(AdminApi(admin_services(gateway), gateway.admin_claims, gateway.random)))
    app.register_blueprint(description_pages(gateway.settings.public_url))
    _install_errors(app, ApiErrors(chat, gateway.messages_dialect, gateway.random), gateway.random)


def admin_services(gateway: Gateway) -> AdminServices:
    """What the administration API asks."""
    settings, held = gateway.settings, HeldRows(gateway.database)
    return AdminServices(
        gateway.access,
        gateway.catalog,
        gateway.reports,
        gateway.balances,
        gateway.clock,
        settings.public_url,
        settings.currency,
        gateway.missing_setting,
        gateway.editor,
        gateway.local_servers,
        gateway.activity_log,
        gateway.budgets_of,
        gateway.label_policy.filter_label,
        gateway.setup,
        gateway.placing,
        lambda path, names: held.holding(HELD[path], names),
    )


_BY_PROGRAMS = frozenset({"last_used_at", "digest", "pepper_version"})
_BY_SIGNING_IN = frozenset({"password_hash", "totp_step", "recovery_codes", "locale", "theme"})
HELD: Mapping[str, Sequence[Held]] = MappingProxyType(
    {
        "/accounts/{account_id}": (Held(accounts, {"id": "account_id"}),),
        "/accounts/{account_id}/people/{user_id}": (
            Held(members, {"account_id": "account_id", "user_id": "user_id"}),
            Held(users, {"id": "user_id"}, _BY_SIGNING_IN),
        ),
        "/users/{user_id}": (
            Held(users, {"id": "user_id"}, _BY_SIGNING_IN),
            Held(members, {"user_id": "user_id"}),
        ),
        "/accounts/{account_id}/keys/{key_id}": (Held(keys, {"id": "key_id"}, _BY_PROGRAMS),),
        "/accounts/{account_id}/budgets/{budget_id}": (Held(account_budgets, {"id": "budget_id"}),),
        "/routes/{route_id}": (
            Held(routes, {"id": "route_id"}),
            Held(further_deployments, {"route_id": "route_id"}),
            Held(prices, {"route_id": "route_id"}),
        ),
        "/deployments/{deployment_id}": (Held(deployments, {"id": "deployment_id"}),),
        "/local-servers/{server_id}": (Held(deployments, {"id": "server_id"}),),
    }
)
"""The rows of each object that the administration API changes, by its path."""


def _install_errors(app: Flask, api: ApiErrors, random: Random) -> None:
    def http_error(fault: HTTPException) -> ResponseReturnValue:
        if request.path.startswith(f"{ADMIN}/"):
            return with_allowed(problem_document(problem_of(fault), request_id(random)), fault)
        return api.of_http(fault) or pages.show(fault)

    def unforeseen(fault: Exception) -> ResponseReturnValue:
        log.exception("a request broke")
        return http_error(InternalServerError())

    app.before_request(name_the_address)
    app.register_error_handler(Problem, api.of_problem)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unforeseen)


def _install_portal(app: Flask, gateway: Gateway) -> None:
    navigation.install(app, portal_services(gateway), portal_options(gateway, app.root_path))


def portal_options(gateway: Gateway, root: str) -> PortalOptions:
    """The settings that pages show or depend on."""
    settings = gateway.settings
    return PortalOptions(
        settings.public_url,
        settings.currency,
        settings.jurisdiction,
        settings.bind,
        Path(root) / GUIDES,
        settings.prepaid,
        settings.usage_retention_days,
        settings.residency_mode == "enforce",
        settings.oidc_issuer and (settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or ""),
        settings.operators_only,
        bool(settings.smtp_url),
        Path(root) / REFERENCE,
        settings.contact,
    )


def portal_services(gateway: Gateway) -> PortalServices:
    """The packages that pages ask."""
    return PortalServices(
        access=gateway.access,
        catalog=gateway.catalog,
        mappings=gateway.mappings,
        reports=gateway.reports,
        balances=gateway.balances,
        budgets_of=gateway.budgets_of,
        label_policy=gateway.label_policy,
        alerts=gateway.alerts.book,
        deliveries=gateway.alerts.deliveries,
        receivers_of=gateway.alerts.receivers_of,
        signing_secret=gateway.alerts.signing_secret,
        report_drift=gateway.residency.report_drift,
        custody=gateway.log_service,
        health=gateway.health,
        breakers=gateway.breakers,
        offers=gateway.offers,
        editor=gateway.editor,
        fetch_prices=partial(fetched, gateway.egress),
        local_servers=gateway.local_servers,
        setup=gateway.setup,
        placing=gateway.placing,
        activity=gateway.activity_log,
        drifts=gateway.residency.drifts,
        monitor=gateway.monitor,
        providers=gateway.providers,
        pipeline=gateway.pipeline,
        chat=gateway.dialects["chat"],
        clock=gateway.clock,
        random=gateway.random,
        instance=InstanceServices(
            _checks(gateway),
            gateway.processes,
            gateway.settings.home,
            _shown_settings(gateway),
            gateway.queue_states,
        ),
    )


def _shown_settings(gateway: Gateway) -> Mapping[str, str]:
    """Settings that the operator may see in the portal, by name; no address of a database, no secret."""
    settings, terms = gateway.settings, gateway.terms
    return {
        "NI_PUBLIC_URL": settings.public_url,
        "NI_BIND": settings.bind,
        "NI_HOME": str(settings.home),
        "NI_DATABASE_URL": gateway.database.engine.dialect.name,
        "NI_WORKERS": str(settings.workers),
        "NI_JURISDICTION": settings.jurisdiction,
        "NI_RESIDENCY_MODE": settings.residency_mode,
        "NI_PRIVATE_NETWORKS": ", ".join(map(str, settings.private_networks)),
        "NI_PII_WORKERS": str(settings.pii_workers),
        "NI_CURRENCY": settings.currency,
        "NI_USD_RATE": format_amount(terms.rate_millionths * 1000),
        "NI_MARGIN_PERCENT": format_amount(terms.margin_millionths * 100_000, 0),
        "NI_BYOK_FEE_PERCENT": format_amount(terms.byok_fee_millionths * 100_000, 0),
        "NI_PREPAID": "on" if settings.prepaid else "off",
        "NI_USAGE_RETENTION_DAYS": str(settings.usage_retention_days),
        "NI_CONTACT": settings.contact,
    }


def _checks(gateway: Gateway) -> Mapping[str, Callable[[], bool]]:
    """The checks of `/readyz`, by name."""
    return {
        "database": lambda: gateway.database.in_place and works(lambda: _probe(gateway)),
        "journal": gateway.journal.works,
        "disk": lambda: roomy(gateway.settings.home),
        "custody": lambda: not gateway.freeze.reason and works(lambda: _may_sign(gateway)),
        "names": lambda: names_ready(gateway.names, gateway.keys.any_masked),
    }


def _may_sign(gateway: Gateway) -> None:
    """Raises `KeyRetired` after a rotation that this process has not seen, `StoreUnavailable` where the head was lost.

    A log is named when serving begins.
    """
    signer = gateway.log_service.signer
    try:
        head = signer.logs.begun()
    except CustodyRefused as fault:
        raise StoreUnavailable from fault
    if head is not None and head.origin:
        signer.signers(head)


def _probe(gateway: Gateway) -> None:
    """Write an empty unit, which still takes the writer's turn and a transaction. Raises `StoreUnavailable`."""
    gateway.journal.write(Unit(()))


class WaitingApplication:
    """WSGI: 503 for every address but `/healthz` until `build` has returned an application, then that application.

    `build` is tried each second while it raises `StoreUnavailable`. Any other fault would be raised again: it goes to
    `final`, which ends the process.
    """

    def __init__(self, build: Callable[[], Wsgi], final: Callable[[Exception], None]) -> None:
        self._build = build
        self._final = final
        self._away: Wsgi = RequestIds(unavailable, os.urandom)
        self._application: Wsgi = self._away
        self._held = False

    def start(self) -> "WaitingApplication":
        """Build the application now, or begin to try again each second; returns itself."""
        if not self._built():
            log.warning("the database is away: everything is answered with 503 until it is back")
            gevent.spawn(self._wait)
        return self

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        return (self._away if self._held else self._application)(environ, start_response)

    def hold(self, held: bool) -> None:
        """Answer new requests with 503 while `held`; those under way end as they would."""
        if held and not self._held:
            log.error("the database was upgraded by a newer version: start that version in place of this one")
        self._held = held

    def _wait(self) -> None:
        while not self._built():
            gevent.sleep(RETRY_S)
        log.warning("the database is back")

    def _built(self) -> bool:
        try:
            self._application = self._build()
        except StoreUnavailable:
            return False
        except Exception as fault:  # noqa: BLE001 - reported by `final`
            self._final(fault)
        return True


def unavailable(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """WSGI: `/healthz` is answered with 200, everything else with the refusal of a database that is away."""
    if environ.get("PATH_INFO") == "/healthz":
        start_response("200 OK", [_JSON])
        return [b'{"status":"ok"}']
    problem = StoreUnavailable()
    retry = ("Retry-After", str(problem.retry_after_s))
    start_response("503 Service Unavailable", [_JSON, retry])
    if environ.get("PATH_INFO") == "/readyz":
        return [b'{"status":"not ready","checks":{"database":false}}']
    error = {"message": problem.message, "type": problem.type, "param": None, "code": problem.code}
    return [orjson.dumps({"error": error})]
