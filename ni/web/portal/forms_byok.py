"""The form for a provider's credential, made from the table of its fields.

Secrets are password fields: no answer ever carries one back, neither a stored one nor one that was just typed.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from ni.access.credential_forms import FORMS, MOST_CHARACTERS, Field
from ni.domain.secret import Secret
from ni.web.portal.forms import PageForm, entered_secret

LABELS = {
    "api_key": lazy_gettext("API key"),
    "endpoint": lazy_gettext("Address of the resource"),
    "secret_access_key": lazy_gettext("Secret access key"),
    "access_key_id": lazy_gettext("Access key id"),
    "session_token": lazy_gettext("Session token"),
    "service_account": lazy_gettext("Key of a service account (JSON)"),
    "project": lazy_gettext("Project"),
}
HINTS = {
    "endpoint": lazy_gettext(
        "Such as https://example.openai.azure.com. Used on global routes; a route that promises a place keeps "
        "the operator’s address."
    ),
    "session_token": lazy_gettext("For temporary credentials only."),
    "service_account": lazy_gettext("The whole content of the file that Google gave you."),
    "project": lazy_gettext("Empty for the one that the key names."),
}


def credential_form(
    provider: str, answers: Any = None, shown: Mapping[str, str] = MappingProxyType({})
) -> PageForm:
    """The form with a request's answers, or with what is shown of the stored credential. Raises `KeyError`."""
    return _form_of(provider)(answers, data=shown)


def fields_of(form: PageForm) -> dict[str, Secret]:
    """What was entered, masked from here on."""
    return {field.name: entered_secret(field) for field in form}


@cache
def _form_of(provider: str) -> type[PageForm]:
    # A field without words here is one that no adapter reads: it is not asked for.
    made = {field.name: _control(field) for field in FORMS[provider] if field.name in LABELS}
    return type("CredentialForm", (PageForm,), made)


def _control(field: Field) -> StringField:
    kind = PasswordField if field.secret else StringField
    needed = Optional() if field.optional else InputRequired()
    label, hint = LABELS[field.name], HINTS.get(field.name, "")
    return kind(label, [needed, Length(max=MOST_CHARACTERS)], description=hint)
