"""BYOK: the account's own credentials for providers. Everybody of the account sees which there are, owners change them.

A credential is written whole or not at all: whoever changes an address or a project enters the secret again. What is
stored is recognised by its last four characters and a fingerprint.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from ni.access.credentials import MOST_CHARACTERS, Credential, credential_fields
from ni.access.refusals import Refused
from ni.domain.errors import Problem
from ni.domain.provider_descriptor import CredentialField
from ni.domain.providers import PROVIDERS
from ni.domain.secret import Secret
from ni.web.i18n import translated_message
from ni.web.portal.context import person, services
from ni.web.portal.forms import PageForm, blame, entered_secret
from ni.web.portal.labels import provider_name
from ni.web.security import AccessRule, authorised

bp = Blueprint("byok", __name__, url_prefix="/portal/byok")


def credential_form(
    provider: str, answers: Any = None, shown: Mapping[str, str] = MappingProxyType({})
) -> PageForm:
    """The form with a request's answers, or with what is shown of the stored credential. Raises `KeyError`."""
    return _form_of(provider)(answers, data=shown)


def fields_of(form: PageForm) -> dict[str, Secret]:
    """What was entered, masked from here on."""
    return {field.name: entered_secret(field) for field in form}


def field_label(provider: str, name: str) -> str:
    """What a field of a provider's credential is called; empty for a field that the portal does not ask for."""
    labels = {field.name: field.label for field in credential_fields(provider)}
    return str(gettext(labels[name])) if labels.get(name) else ""


@cache
def _form_of(provider: str) -> type[PageForm]:
    return form_of(credential_fields(provider))


def form_of(fields: Iterable[CredentialField]) -> type[PageForm]:
    """The form of a credential's fields, of those that have a label."""
    controls = {field.name: _control(field) for field in fields if field.label}
    return type("CredentialForm", (PageForm,), controls)


def _control(field: CredentialField) -> StringField:
    kind = PasswordField if field.secret else StringField
    needed = Optional() if field.optional else InputRequired()
    label, hint = lazy_gettext(field.label), lazy_gettext(field.hint) if field.hint else ""
    return kind(label, [needed, Length(max=MOST_CHARACTERS)], description=hint)


@bp.get("")
@authorised(AccessRule.MEMBER)
def show() -> ResponseReturnValue:
    """Which credentials there are, and for which providers one may be added."""
    stored = _stored()
    members = services().access.members_of(person().account_id).list()
    people = {member.user_id: member.name for member in members}
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
            services().access.credentials.store(
                person().account_id, provider, fields_of(form), person().user_id
            )
        except Refused as refusal:
            problem = blame(form, refusal)
        else:
            text = gettext("The credential for %(provider)s is saved.", provider=provider_name(provider))
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
    if not services().access.credentials.remove(person().account_id, provider):
        abort(404)
    flash(gettext("The credential for %(provider)s is deleted.", provider=provider_name(provider)), "success")
    return redirect(url_for("byok.show"), 303)


def _tell_tested(provider: str) -> None:
    """Call the provider with the stored credential, and say what it answered."""
    problem = _test(provider)
    if problem is None:
        flash(gettext("%(provider)s accepted the credential.", provider=provider_name(provider)), "success")
    else:
        flash(translated_message(problem), "error")


def _test(provider: str) -> Problem | None:
    try:
        return services().access.credentials.test(person().account_id, provider, services().setup.test.ask)
    except Problem as problem:  # what is stored does not open
        return problem


def _stored() -> Mapping[str, Credential]:
    return {one.provider: one for one in services().access.credentials.list(person().account_id)}


def _require_known(provider: str) -> None:
    if not credential_fields(provider):
        abort(404)
