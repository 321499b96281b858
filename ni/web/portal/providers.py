"""Providers, for the operator: their credentials, entered here in place of variables of the environment.

What the environment sets is shown with the variable's name and cannot be changed here. A credential is written whole
or not at all, tried when it is stored, and never shown again.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from ni.access.refusals import Refused
from ni.domain.errors import NotFound, UpstreamAuth
from ni.domain.providers import PROVIDERS
from ni.gateway.provider_setup import SlotState
from ni.web.i18n import translated_message
from ni.web.portal.byok import fields_of, form_of
from ni.web.portal.context import person, services
from ni.web.portal.forms import PageForm, blame
from ni.web.portal.labels import provider_name
from ni.web.security import AccessRule, authorised

bp = Blueprint("providers", __name__, url_prefix="/portal/providers")


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """Every place for a credential, and what fills it."""
    states = services().setup.states()
    filled = [state for state in states if state.state != "none" and not _let_in_otherwise(state, states)]
    return render_template(
        "portal/providers.html",
        states=filled,
        others=[state for state in states if state.state == "none"],
        title_of=title_of,
        label_of=_label,
    )


def _let_in_otherwise(state: SlotState, states: Sequence[SlotState]) -> bool:
    """Whether a variable that is another credential of the provider lets it in, so that this one is not in use."""
    others = (each.slot for each in states if each.slot.name != state.slot.name)
    return any(
        slot.provider == state.slot.provider
        and state.variable in slot.settings.values()
        and state.variable not in state.slot.settings.values()
        for slot in others
    )


@bp.get("/<name>")
@authorised(AccessRule.OPERATOR)
def ask(name: str) -> ResponseReturnValue:
    """The form; what is no secret is filled in. Where the environment wins, what it sets."""
    state = _found(name)
    return _page(state, _form(state, shown=True))


@bp.post("/<name>")
@authorised(AccessRule.OPERATOR)
def store(name: str) -> ResponseReturnValue:
    """Store the credential in place of the one before, and try it at once."""
    state, problem = _found(name), ""
    form = _form(state, request.form)
    if form.validate():
        try:
            services().setup.store(name, fields_of(form), person().user_id)
        except Refused as refusal:
            problem = blame(form, refusal)
        else:
            flash(gettext("The credential for %(provider)s is saved.", provider=title_of(state)), "success")
            _tell_tried(name)
            return redirect(url_for("providers.show"), 303)
    return _page(state, form, problem), 400


@bp.post("/<name>/test")
@authorised(AccessRule.OPERATOR)
def test(name: str) -> ResponseReturnValue:
    """Ask the provider with what is in force, and tell what came of it."""
    _found(name)
    _tell_tried(name)
    return redirect(url_for("providers.show"), 303)


@bp.get("/<name>/remove")
@authorised(AccessRule.OPERATOR)
def confirm(name: str) -> ResponseReturnValue:
    """Ask before a credential is forgotten."""
    state = _found(name)
    if state.stored is None:
        abort(404)
    return render_template("portal/provider_remove.html", state=state, title=title_of(state))


@bp.post("/<name>/remove")
@authorised(AccessRule.OPERATOR)
def remove(name: str) -> ResponseReturnValue:
    """Forget the credential."""
    state = _found(name)
    if not services().setup.remove(name):
        abort(404)
    flash(gettext("The credential for %(provider)s is deleted.", provider=title_of(state)), "success")
    return redirect(url_for("providers.show"), 303)


def title_of(state: SlotState) -> str:
    """The provider, and which of its credentials where it takes several."""
    slot, name = state.slot, provider_name(state.slot.provider)
    if slot.name != slot.credential.chief.setting:
        return f"{name} ({', '.join(slot.deployments)})"
    several = len(PROVIDERS[slot.provider].platform) > 1
    return f"{name} ({gettext(slot.credential.label)!s})" if several else name


def _label(state: SlotState, field: str) -> str:
    labels = {each.field.name: each.field.label for each in state.slot.fields}
    return str(gettext(labels[field])) if labels.get(field) else field


def _page(state: SlotState, form: PageForm, problem: str = "") -> str:
    return render_template(
        "portal/provider_edit.html",
        state=state,
        title=title_of(state),
        form=form,
        problem=problem,
        variables=list(state.slot.settings.values()),
    )


def _form(state: SlotState, answers: Any = None, *, shown: bool = False) -> PageForm:
    known = state.stored.shown if shown and state.stored else {}
    fields = tuple(each.field.name for each in state.slot.fields)
    return _form_type(state.slot.provider, state.slot.credential.label, fields)(answers, data=known)


@cache
def _form_type(provider: str, label: str, fields: tuple[str, ...]) -> type[PageForm]:
    credential = next(each for each in PROVIDERS[provider].platform if each.label == label)
    return form_of(each.field for each in credential.fields if each.field.name in fields)


def _found(name: str) -> SlotState:
    try:
        return services().setup.state(name)
    except NotFound:
        abort(404)


def _tell_tried(name: str) -> None:
    """Ask the provider, and say what it answered."""
    tried = services().setup.tried(name)
    state = _found(name)
    if isinstance(tried.problem, UpstreamAuth):
        text = gettext(
            "%(provider)s refused this credential. It stays stored until you replace it.",
            provider=title_of(state),
        )
        flash(text, "error")
        return
    if tried.problem is not None:
        flash(translated_message(tried.problem), "error")
        return
    text = ngettext(
        "%(provider)s answered on %(route)s. %(num)s route can be called.",
        "%(provider)s answered on %(route)s. %(num)s routes can be called.",
        state.callable,
        provider=title_of(state),
        route=tried.route,
    )
    flash(text, "success")
