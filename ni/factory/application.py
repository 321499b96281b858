"""The web on top of a gateway: one Flask application with the API, the portal and the health pages.

It belongs to the factory's layer: the only other place where packages meet. Nothing here decides anything.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from ni.domain.errors import Problem
from ni.factory.gateway import Gateway, names_ready
from ni.factory.portal import portal_options, portal_services
from ni.store.unit import Unit
from ni.web.addresses import Addresses
from ni.web.api.endpoint import EndpointServices
from ni.web.api.endpoints import messages_api, openai_api, responses_api
from ni.web.api.errors import ApiErrors, RequestIds, name_the_address
from ni.web.api.lists import lists_api
from ni.web.api.records import RecordDisplay, custody_api, records_api
from ni.web.cors import Cors
from ni.web.health import health_pages, roomy, works
from ni.web.metrics import Metrics
from ni.web.portal import errors as pages
from ni.web.portal import navigation
from ni.web.security import PROGRAMS

log = logging.getLogger(__name__)


class Application(Flask):
    """Flask without coroutines: every view here is a plain function, and asking each of them each time costs."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """As Flask's, with less ado for programs: no subdomains are looked for and no name of a host is encoded."""
        if request is None or not request.path.startswith(PROGRAMS) or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        asked = request.environ
        root = asked.get("SCRIPT_NAME", "").rstrip("/") + "/"
        host, query = asked.get("HTTP_HOST", ""), asked.get("QUERY_STRING", "")
        return MapAdapter(self.url_map, host, root, "", request.scheme, request.path, request.method, query)


def create_app(gateway: Gateway, metrics: Metrics, root: str) -> Flask:
    """The application; `root` is the folder that holds `templates/` and `static/`."""
    app = Application("ni", root_path=root, template_folder="templates", static_folder="static")
    app.config["SECRET_KEY"] = gateway.secrets.derive("sessions")
    _install_portal(app, gateway)
    _install_api(app, gateway, metrics)
    _look_behind_proxies(app, gateway.settings.trusted_proxies)
    _bring_into_order(app, gateway)
    return app


def _bring_into_order(app: Flask, gateway: Gateway) -> None:
    """What is done to a request's address and to its answer's headers, whoever answers."""
    origins = gateway.settings.cors_origins
    served = Cors(app.wsgi_app, origins) if origins else app.wsgi_app
    app.wsgi_app = Addresses(RequestIds(served, gateway.random))  # type: ignore[method-assign]  # as Flask's own documentation does


def _look_behind_proxies(app: Flask, proxies: int) -> None:
    """A person's address is the one that the outermost of our own proxies saw; host and scheme are settings."""
    if proxies:
        behind = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = behind  # type: ignore[method-assign]  # as Flask's own documentation does


def _install_api(app: Flask, gateway: Gateway, metrics: Metrics) -> None:
    chat = gateway.dialects["chat"]
    labels, secret = gateway.label_policy, gateway.secrets.derive("idempotency")
    services = EndpointServices(
        gateway.keys, gateway.pipeline, metrics, gateway.clock, gateway.random, labels, secret
    )
    display = RecordDisplay(gateway.settings.currency, gateway.settings.jurisdiction, labels)
    token = gateway.settings.metrics_token
    metrics.watch_anchors(gateway.log_service.lag)
    embeddings, completions = gateway.dialects["embeddings"], gateway.dialects["completions"]
    app.register_blueprint(openai_api(services, chat, embeddings, completions))
    app.register_blueprint(responses_api(services, gateway.responses))
    app.register_blueprint(messages_api(services, gateway.messages))
    app.register_blueprint(custody_api(gateway.keys, gateway.log_service))
    app.register_blueprint(lists_api(gateway.keys, gateway.catalog))
    app.register_blueprint(records_api(gateway.keys, gateway.reports, gateway.records, display))
    app.register_blueprint(
        health_pages(metrics, _checks(gateway), token if token else None, direct=gateway.settings.direct)
    )
    _install_errors(app, ApiErrors(chat, gateway.messages, gateway.random))


def _install_errors(app: Flask, api: ApiErrors) -> None:
    def http_error(fault: HTTPException) -> ResponseReturnValue:
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


def _checks(gateway: Gateway) -> Mapping[str, Callable[[], bool]]:
    """What must be in order before calls are sent here."""
    return {
        "database": lambda: works(lambda: _probe(gateway)),
        "journal": gateway.journal.works,
        "disk": lambda: roomy(gateway.settings.home),
        "custody": lambda: not gateway.freeze.reason,
        "names": lambda: names_ready(gateway.names),
    }


def _probe(gateway: Gateway) -> None:
    """An empty unit still takes the writer's turn and a transaction."""
    gateway.journal.write(Unit(()))
