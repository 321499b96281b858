"""BYOK: the account's own credentials for providers. Everybody of the account sees which there are, owners change them.

A credential is written whole or not at all: whoever changes an address or a project enters the secret again. What is
stored is recognised by its last four characters and a fingerprint.
"""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.credential_forms import credential_fields
from ni.access.refusals import Refused
from ni.domain.providers import PROVIDERS
from ni.web.portal.context import person, services
from ni.web.portal.forms import blame
from ni.web.portal.forms_byok import credential_form, field_label, fields_of
from ni.web.portal.names import provider_name
from ni.web.portal.playground import told
from ni.web.portal.services_byok import CredentialView
from ni.web.security import AccessRule, authorised

bp = Blueprint("byok", __name__, url_prefix="/portal/byok")


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """Which credentials there are, and for which providers one may be added."""
    stored = _stored()
    people = {one.user_id: one.name for one in services().team.members(person().account_id)}
    return render_template(
        "portal/byok.html",
        credentials=stored.values(),
        others=[provider for provider in PROVIDERS if credential_fields(provider) and provider not in stored],
        field_label=field_label,
        people=people,
    )


@bp.get("/<provider>")
@authorised(AccessRule.OWNER)
def ask(provider: str) -> ResponseReturnValue:
    """The form; what is no secret is filled in."""
    _require_known(provider)
    before = _stored().get(provider)
    form = credential_form(provider, shown=before.shown if before else {})
    return render_template("portal/byok_edit.html", provider=provider, form=form, before=before)


@bp.post("/<provider>")
@authorised(AccessRule.OWNER)
def store(provider: str) -> ResponseReturnValue:
    """Store the credential in place of the one before, and try it at once."""
    _require_known(provider)
    form, problem = credential_form(provider, request.form), ""
    if form.validate():
        try:
            services().byok.store(person().account_id, person().user_id, provider, fields_of(form))
        except Refused as refusal:
            problem = blame(form, refusal)
        else:
            text = gettext("The credential for %(provider)s is stored.", provider=provider_name(provider))
            flash(text, "success")
            _tell_tested(provider)
            return redirect(url_for("byok.show"), 303)
    before = _stored().get(provider)
    page = render_template(
        "portal/byok_edit.html", provider=provider, form=form, problem=problem, before=before
    )
    return page, 400


@bp.post("/<provider>/test")
@authorised(AccessRule.OWNER)
def test(provider: str) -> ResponseReturnValue:
    """Call the provider with the stored credential and tell what came of it."""
    if provider not in _stored():
        abort(404)
    _tell_tested(provider)
    return redirect(url_for("byok.show"), 303)


@bp.get("/<provider>/remove")
@authorised(AccessRule.OWNER)
def confirm(provider: str) -> ResponseReturnValue:
    """Ask before a credential is forgotten."""
    if provider not in _stored():
        abort(404)
    return render_template("portal/byok_remove.html", provider=provider)


@bp.post("/<provider>/remove")
@authorised(AccessRule.OWNER)
def remove(provider: str) -> ResponseReturnValue:
    """Forget the credential."""
    if not services().byok.remove(person().account_id, provider):
        abort(404)
    flash(gettext("The credential for %(provider)s is deleted.", provider=provider_name(provider)), "success")
    return redirect(url_for("byok.show"), 303)


def _tell_tested(provider: str) -> None:
    """Call the provider with the stored credential, and say what it answered."""
    problem = services().byok.test(person().account_id, provider)
    if problem is None:
        flash(gettext("%(provider)s accepted the credential.", provider=provider_name(provider)), "success")
    else:
        flash(told(problem), "error")


def _stored() -> Mapping[str, CredentialView]:
    return {one.provider: one for one in services().byok.list(person().account_id)}


def _require_known(provider: str) -> None:
    if not credential_fields(provider):
        abort(404)
