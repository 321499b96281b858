"""The form for a provider's credential, made from the table of its fields.

Secrets are password fields: no answer ever carries one back, neither a stored one nor one that was just typed.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from ni.access.credential_forms import MOST_CHARACTERS, credential_fields
from ni.domain.providers import CredentialField
from ni.domain.secret import Secret
from ni.web.portal.forms import PageForm, entered_secret


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
    controls = {field.name: _control(field) for field in credential_fields(provider) if field.label}
    return type("CredentialForm", (PageForm,), controls)


def _control(field: CredentialField) -> StringField:
    kind = PasswordField if field.secret else StringField
    needed = Optional() if field.optional else InputRequired()
    label, hint = lazy_gettext(field.label), lazy_gettext(field.hint) if field.hint else ""
    return kind(label, [needed, Length(max=MOST_CHARACTERS)], description=hint)
