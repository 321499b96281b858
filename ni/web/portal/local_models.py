"""Local models, for the operator: servers of one's own, added by their address, and the routes that they serve.

A server is looked at when it is added and whenever its models are chosen. What it says of a model fills in the form;
what it does not say is asked, and may stay open: the server then decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, Optional, Regexp

from ni.catalog.own_servers import NAME, Offered, OwnServer, placed
from ni.catalog.sheet import RouteRow, own_route_id
from ni.domain.errors import NotFound, Problem
from ni.domain.route import Price
from ni.gateway.local_servers import NewServer, suggested_name
from ni.providers.local_probe import FoundModel, FoundServer
from ni.web.i18n import duration, translated_message
from ni.web.portal.context import services
from ni.web.portal.forms import PageForm, entered, entered_secret
from ni.web.portal.labels import jurisdiction_name
from ni.web.portal.price_form import HourlyForm
from ni.web.security import AccessRule, authorised

bp = Blueprint("local_models", __name__, url_prefix="/portal/local-models")

MOST_SHOWN = 40
"""A form has at most 500 fields; of a server with more models, `ni local` serves the others."""
ELSEWHERE = "elsewhere"
SWITCHES = ("function_calling", "json_schema", "reasoning", "streaming")
_WHOLE = lazy_gettext("Write a whole number.")
_KNOWN = {True: "yes", False: "no"}


class AddressForm(PageForm):
    """Where a server is, and its key."""

    address = StringField(
        lazy_gettext("Address"),
        [InputRequired(), Length(max=400)],
        description=lazy_gettext(
            "Such as http://127.0.0.1:11434 for Ollama, :8000 for vLLM, :8080 for llama.cpp, :1234 for LM Studio."
        ),
    )
    key = PasswordField(
        lazy_gettext("Key"),
        [Optional(), Length(max=2048)],
        description=lazy_gettext(
            "Only if the server wants one. It is stored encrypted and never shown again."
        ),
    )


class ServerForm(AddressForm):
    """A new server."""

    place = SelectField(
        lazy_gettext("Where the machine stands"),
        [InputRequired()],
        choices=lambda: [
            SelectChoice("", lazy_gettext("Choose")),
            SelectChoice(_here(), jurisdiction_name(_here())),
            SelectChoice(ELSEWHERE, lazy_gettext("Elsewhere")),
        ],
        description=lazy_gettext("You vouch for it: routes to this server promise that calls stay there."),
    )
    name = StringField(
        lazy_gettext("Name"),
        [Optional(), Length(max=40), Regexp(rf"^{NAME.pattern}$")],
        description=lazy_gettext("Small letters, digits and dashes. Empty for one made of the address."),
    )


class ChangedAddressForm(AddressForm):
    """Another address or key of a known server."""

    forget = BooleanField(lazy_gettext("Forget the stored key"))


def _switch(label: Any) -> SelectField:
    """Yes, no, or the server decides."""
    return SelectField(
        label,
        [Optional()],
        choices=[
            SelectChoice("", lazy_gettext("Not known")),
            SelectChoice("yes", lazy_gettext("Yes")),
            SelectChoice("no", lazy_gettext("No")),
        ],
    )


class ModelForm(Form):
    """One model of a server."""

    model = HiddenField()
    serve = BooleanField(lazy_gettext("Serve it"))
    context_window = StringField(
        lazy_gettext("Context, in tokens"),
        [Optional(), Regexp(r"^[1-9]\d{0,7}$", message=_WHOLE)],
    )
    function_calling = _switch(lazy_gettext("Tools"))
    images = _switch(lazy_gettext("Images"))
    streaming = _switch(lazy_gettext("Streaming"))
    json_schema = _switch(lazy_gettext("JSON schema"))
    reasoning = _switch(lazy_gettext("Reasoning"))
    kind = SelectField(
        lazy_gettext("Answers with"),
        [Optional()],
        choices=[
            SelectChoice("", lazy_gettext("Not known")),
            SelectChoice("chat", lazy_gettext("Words")),
            SelectChoice("embedding", lazy_gettext("Vectors")),
        ],
    )

    def capabilities(self) -> dict[str, Any]:
        """What was entered, by the names of the catalog file."""
        stated: dict[str, Any] = {
            name: entered(self[name]) == "yes" for name in SWITCHES if entered(self[name])
        }
        if entered(self.context_window):
            stated["context_window"] = int(entered(self.context_window))
        if entered(self.images):
            stated["modalities"] = ["text", *(["image"] if entered(self.images) == "yes" else [])]
        if entered(self.kind):
            stated["kind"] = entered(self.kind)
        return stated


class ModelsForm(HourlyForm):
    """What a server serves, and the price of routes that are new."""

    models = FieldList(FormField(ModelForm), max_entries=MOST_SHOWN)
    pricing = SelectField(
        lazy_gettext("Price of new routes"),
        choices=[
            SelectChoice("free", lazy_gettext("Free")),
            SelectChoice("hour", lazy_gettext("By the hour of machine")),
        ],
        default="free",
    )

    def price(self, since: str) -> Price | None:
        """The price by the hour; None for free routes. Puts errors beside the fields and raises `ValueError`."""
        return self.terms().price(since) if entered(self.pricing) == "hour" else None


@dataclass(frozen=True, slots=True)
class ServedRoute:
    """A route of a server, with all servers that have it, in order."""

    row: RouteRow
    servers: Sequence[str]
    price: Price | None


def _here() -> str:
    return services().local_servers.jurisdiction


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """Every server with its routes."""
    asked = services()
    servers = asked.local_servers.list()
    routes = {route.id: route for route in asked.catalog.routes()}
    return render_template(
        "portal/local_models.html",
        servers=[
            (
                server,
                asked.local_servers.key_end(server),
                [
                    ServedRoute(row, placed(row), routes[row.id].price if row.id in routes else None)
                    for row in server.routes
                ],
            )
            for server in servers
        ],
        local_jurisdiction=_here(),
        own=[route for route in routes.values() if route.deployment.id == "local"],
    )


@bp.get("/new")
@authorised(AccessRule.OPERATOR)
def ask() -> ResponseReturnValue:
    """The form of a new server."""
    return render_template("portal/local_server.html", form=ServerForm(), server=None)


@bp.post("/new")
@authorised(AccessRule.OPERATOR)
def add() -> ResponseReturnValue:
    """Look at the server and keep its address; its models are chosen on the next page."""
    form, problem = ServerForm(request.form), ""
    if form.validate():
        taken = [server.id for server in services().local_servers.list()]
        name = entered(form.name) or suggested_name(entered(form.address), taken)
        key = entered_secret(form.key)
        try:
            server, _found = services().local_servers.add(
                NewServer(name, entered(form.address), entered(form.place), key or None)
            )
        except Problem as fault:
            problem = _blame(form, fault)
        else:
            flash(gettext("%(name)s answers. Choose its models.", name=server.name), "success")
            return redirect(url_for("local_models.choose", server_id=server.id), 303)
    return render_template("portal/local_server.html", form=form, problem=problem, server=None), 400


@bp.get("/<server_id>")
@authorised(AccessRule.OPERATOR)
def choose(server_id: str) -> ResponseReturnValue:
    """The models that the server lists now, with what is known of them."""
    server, problem = _server(server_id), ""
    try:
        found = services().local_servers.look(server_id)
    except Problem as fault:
        found, problem = _as_stored(server), translated_message(fault)
    form = ModelsForm(data={"models": [_filled(one, server) for one in _shown(found, server)]})
    return _models_page(server, form, found, problem)


@bp.post("/<server_id>")
@authorised(AccessRule.OPERATOR)
def serve(server_id: str) -> ResponseReturnValue:
    """Let the server serve what was chosen, and try the first model."""
    server, form, problem = _server(server_id), ModelsForm(request.form), ""
    if form.validate():
        try:
            price = form.price(services().clock.now().date().isoformat())
            chosen = [
                Offered(entered(one.form.model), one.form.capabilities())
                for one in form.models
                if one.form.serve.data
            ]
            services().local_servers.serve(server_id, chosen, price)
        except Problem as fault:
            problem = translated_message(fault)
        except ValueError:
            pass  # the form says it beside its field
        else:
            flash(gettext("Saved. Every process follows within 5 seconds."), "success")
            if chosen:
                _tell_tested(server_id, own_route_id(chosen[0].model))
            return redirect(url_for("local_models.show"), 303)
    return _models_page(server, form, _as_stored(server), problem), 400


@bp.post("/<server_id>/test")
@authorised(AccessRule.OPERATOR)
def test(server_id: str) -> ResponseReturnValue:
    """Ask one of its routes a short question, and say how it went."""
    _server(server_id)
    _tell_tested(server_id, request.form.get("route", ""))
    return redirect(url_for("local_models.show"), 303)


@bp.get("/<server_id>/address")
@authorised(AccessRule.OPERATOR)
def ask_address(server_id: str) -> ResponseReturnValue:
    """The form of another address or key."""
    server = _server(server_id)
    form = ChangedAddressForm(data={"address": server.deployment.endpoint})
    return _address_page(server, form)


@bp.post("/<server_id>/address")
@authorised(AccessRule.OPERATOR)
def change_address(server_id: str) -> ResponseReturnValue:
    """Look at the server at its new address, and keep it."""
    server, form, problem = _server(server_id), ChangedAddressForm(request.form), ""
    if form.validate():
        try:
            services().local_servers.move(
                server_id,
                entered(form.address),
                entered_secret(form.key) or None,
                forget=bool(form.forget.data),
            )
        except Problem as fault:
            problem = _blame(form, fault)
        else:
            flash(gettext("Saved. Every process follows within 5 seconds."), "success")
            return redirect(url_for("local_models.show"), 303)
    return _address_page(server, form, problem), 400


@bp.get("/<server_id>/remove")
@authorised(AccessRule.OPERATOR)
def confirm(server_id: str) -> ResponseReturnValue:
    """Ask before a server is removed, with the routes that end."""
    server = _server(server_id)
    ending = [row.id for row in server.routes if len(placed(row)) == 1]
    return render_template("portal/local_server_remove.html", server=server, ending=ending)


@bp.post("/<server_id>/remove")
@authorised(AccessRule.OPERATOR)
def remove(server_id: str) -> ResponseReturnValue:
    """Remove the server and the routes that it alone serves."""
    server = _server(server_id)
    services().local_servers.remove(server_id)
    flash(gettext("%(name)s is removed.", name=server.name), "success")
    return redirect(url_for("local_models.show"), 303)


def _server(server_id: str) -> OwnServer:
    try:
        return services().local_servers.get(server_id)
    except NotFound:
        abort(404)


def _blame(form: PageForm, fault: Problem) -> str:
    """Put a problem beside the field that it names; its sentence where the form has no such field."""
    names: Mapping[str, str] = {"jurisdiction": "place"}
    name = names.get(fault.param or "", fault.param or "")
    text = translated_message(fault)
    if name not in form:
        return text
    form[name].errors = [*form[name].errors, text]
    return ""


def _tell_tested(server_id: str, route_id: str) -> None:
    try:
        tested = services().local_servers.test(server_id, route_id)
    except Problem as fault:
        flash(f"{route_id}: {translated_message(fault)}", "error")
    else:
        text = gettext(
            "%(route)s began to answer after %(first)s.",
            route=tested.route,
            first=duration(tested.first_ms),
        )
        flash(text, "success")


def _as_stored(server: OwnServer) -> FoundServer:
    """What the catalog knows of a server that does not answer."""
    models = tuple(FoundModel(row.upstream_model, row.capabilities) for row in server.routes)
    return FoundServer(server.deployment.endpoint, "", models)


def _shown(found: FoundServer, server: OwnServer) -> list[FoundModel]:
    """The models of the form: those that are listed, and those that are served and not listed any more."""
    listed = {one.id for one in found.models}
    gone = [one for one in _as_stored(server).models if one.id not in listed]
    return [*gone, *found.models][:MOST_SHOWN]


def _filled(model: FoundModel, server: OwnServer) -> dict[str, Any]:
    """The fields of a model: as it is served already, else as the server states it."""
    stored = {row.upstream_model: row.capabilities for row in server.routes}
    able = stored.get(model.id, model.capabilities)
    values: dict[str, Any] = {name: _KNOWN[able[name]] for name in SWITCHES if name in able}
    if "modalities" in able:
        values["images"] = _KNOWN["image" in able["modalities"]]
    return {
        "model": model.id,
        "serve": model.id in stored or not server.routes,
        "context_window": str(able.get("context_window", "")),
        "kind": able.get("kind", ""),
        **values,
    }


def _models_page(server: OwnServer, form: ModelsForm, found: FoundServer, problem: str = "") -> str:
    return render_template(
        "portal/local_server_models.html",
        server=server,
        form=form,
        software=found.software,
        more=max(0, len(found.models) - MOST_SHOWN),
        problem=problem,
        route_id=own_route_id,
    )


def _address_page(server: OwnServer, form: PageForm, problem: str = "") -> str:
    key = services().local_servers.key_end(server)
    return render_template("portal/local_server.html", form=form, problem=problem, server=server, key=key)
