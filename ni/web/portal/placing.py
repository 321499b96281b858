"""Where routes run, for the operator: deployments to add and remove, and those of each route with their order.

Each change is shown as the lines of its record before it is applied. Rules are the catalog's.
"""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, Optional

from ni.catalog.check import PLACEMENTS
from ni.catalog.placing import MOST_CHARACTERS, SHARED, Proposal
from ni.catalog.sheet import CatalogFault
from ni.domain.provider_descriptor import ProviderDescriptor
from ni.domain.providers import PROVIDERS
from ni.domain.route import Route
from ni.web.portal.context import services
from ni.web.portal.deployments import form_address
from ni.web.portal.forms import PageForm, entered
from ni.web.security import AccessRule, authorised

bp = Blueprint("placing", __name__, url_prefix="/portal/placing")

MOST_DEPLOYMENTS = 6
OFFERED = {name: known for name, known in PROVIDERS.items() if known.platform}


class RouteForm(PageForm):
    """Whether a route can be called."""

    enabled = BooleanField(lazy_gettext("The route can be called"))


def deployment_form(known: ProviderDescriptor, answers: Any = None) -> PageForm:
    """The fields of a new deployment of a provider, as a catalog's file has them."""
    places = [
        f"{region} {PLACEMENTS[tier].jurisdiction}"
        for tier, regions in known.regions.items()
        for region in sorted(regions)
    ]
    credentials = [SelectChoice(SHARED, gettext("The provider’s"))] + [
        SelectChoice(each.chief.field.name, gettext("Its own: %(kind)s", kind=gettext(each.label)))
        for each in known.platform
    ]
    fields: dict[str, Any] = {
        "id": StringField(
            lazy_gettext("Name"),
            [InputRequired(), Length(max=MOST_CHARACTERS)],
            description=lazy_gettext("Small letters, digits and dashes, such as azure-east-2."),
        ),
        "place": SelectField(
            lazy_gettext("Region and jurisdiction"),
            choices=[SelectChoice(place, place) for place in dict.fromkeys(places)],
            description=lazy_gettext(
                "What you state here is checked: by its address, or by the provider’s terms."
            ),
        ),
        "credential": SelectField(lazy_gettext("Credential"), choices=credentials),
        "endpoint": StringField(
            lazy_gettext("Address, if it is not the usual one"),
            [Optional(), Length(max=300)],
            description=lazy_gettext("A deployment with an address of its own has a credential of its own."),
        ),
        "options": TextAreaField(
            lazy_gettext("Options"),
            [Optional(), Length(max=4000)],
            description=lazy_gettext("One in a line, as name = value. The documentation lists them."),
        ),
    }
    form: PageForm = type("DeploymentForm", (PageForm,), fields)(answers)
    return form


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The routes with their deployments, and the deployments."""
    catalog = services().catalog
    routes = [route for route in catalog.routes() if route.provider in OFFERED]
    used = {place.deployment.id for route in catalog.routes() for place in route.places}
    deployments = [each for each in catalog.deployments() if each.provider in OFFERED]
    return render_template(
        "portal/placing.html",
        routes=routes,
        deployments=deployments,
        used=used,
        providers=OFFERED,
        form_address=form_address,
    )


@bp.get("/new/<provider>")
@authorised(AccessRule.OPERATOR)
def ask(provider: str) -> ResponseReturnValue:
    """The form of a new deployment."""
    form = deployment_form(OFFERED.get(provider) or abort(404))
    return render_template("portal/deployment_new.html", form=form, provider=provider)


@bp.post("/new/<provider>")
@authorised(AccessRule.OPERATOR)
def add(provider: str) -> ResponseReturnValue:
    """Show what a new deployment changes; add it where that was confirmed."""
    known = OFFERED.get(provider) or abort(404)
    form, problem, proposal = deployment_form(known, request.form), "", None
    if form.validate():
        try:
            proposal = _new_deployment(form, known)
        except CatalogFault as fault:
            problem = str(fault)
    if proposal and _confirmed(proposal):
        new = proposal.sheet.deployments[0]
        _apply(proposal, gettext("The deployment %(name)s is added.", name=new.id))
        shared = form["credential"].data == SHARED
        return redirect(url_for("placing.show") if shared else form_address(new), 303)
    page = render_template(
        "portal/deployment_new.html", form=form, problem=problem, provider=provider, proposal=proposal
    )
    return page, 200 if proposal else 400


def _new_deployment(form: PageForm, known: ProviderDescriptor) -> Proposal:
    region, _, jurisdiction = entered(form["place"]).partition(" ")
    lines = (line.partition("=") for line in entered(form["options"]).splitlines() if line.strip())
    row = {
        "id": entered(form["id"]).strip(),
        "provider": known.name,
        "region": region,
        "jurisdiction": jurisdiction,
        "endpoint": entered(form["endpoint"]).strip(),
        "options": {name.strip(): value.strip() for name, _, value in lines},
    }
    return services().placing.deployment(row, entered(form["credential"]))


@bp.get("/route/<path:route_id>")
@authorised(AccessRule.OPERATOR)
def ask_route(route_id: str) -> ResponseReturnValue:
    """The deployments of a route, in order."""
    route = _route(route_id)
    names = [place.deployment.id for place in route.places]
    return _route_page(route, RouteForm(data={"enabled": route.enabled}), names)


@bp.post("/route/<path:route_id>")
@authorised(AccessRule.OPERATOR)
def change_route(route_id: str) -> ResponseReturnValue:
    """Show what the choice changes; apply it where that was confirmed."""
    route, form = _route(route_id), RouteForm(request.form)
    names = [name for name in request.form.getlist("deployment")[:MOST_DEPLOYMENTS] if name]
    try:
        proposal = services().placing.route(route.id, names, enabled=bool(form.enabled.data))
    except CatalogFault as fault:
        return _route_page(route, form, names, problem=str(fault)), 400
    if not _confirmed(proposal):
        return _route_page(route, form, names, proposal=proposal)
    _apply(proposal, gettext("The route %(name)s is changed.", name=route.id))
    return redirect(url_for("placing.show"), 303)


@bp.post("/remove/<name>")
@authorised(AccessRule.OPERATOR)
def remove(name: str) -> ResponseReturnValue:
    """Delete a deployment that no route names."""
    try:
        services().placing.remove(name)
    except CatalogFault as fault:
        flash(str(fault), "error")
    else:
        services().catalog.refresh()
        flash(gettext("The deployment %(name)s is deleted.", name=name), "success")
    return redirect(url_for("placing.show"), 303)


def _confirmed(proposal: Proposal) -> bool:
    """Whether the request applies an edit that changes what was shown, and nothing else."""
    return request.form.get("apply") == proposal.fingerprint


def _apply(proposal: Proposal, said: str) -> None:
    services().placing.apply(proposal)
    services().catalog.refresh()
    flash(said, "success")


def _route(route_id: str) -> Route:
    route = services().catalog.resolve(route_id)
    if route is None or route.provider not in OFFERED:
        abort(404)
    return route


def _route_page(route: Route, form: RouteForm, names: list[str], **more: Any) -> str:
    """`names` are the chosen deployments; the others that fit can be chosen too."""
    choices = [
        each.id
        for each in services().catalog.deployments()
        if each.provider == route.provider and each.jurisdiction == route.jurisdiction
    ]
    places = min(MOST_DEPLOYMENTS, len(choices))
    return render_template(
        "portal/placing_route.html",
        route=route,
        form=form,
        choices=choices,
        names=[*names, *[""] * places][:places],
        **more,
    )
