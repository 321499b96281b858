"""Parts of forms: fields with their checks, and how a refusal is shown beside its field.

WTForms checks and words the answers; `ni.web.security` checks the CSRF token. What several pages share is here; a form
of one page stands beside its view.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from babel.numbers import get_currency_symbol
from flask_babel import gettext, lazy_gettext
from wtforms import (
    EmailField,
    Field,
    Form,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Email, InputRequired, Length, Optional

from ni.access.refusals import Refused
from ni.domain.money import parse_amount
from ni.domain.pii_labels import Label
from ni.domain.secret import Secret
from ni.web.i18n import current_language
from ni.web.portal.context import portal
from ni.web.portal.labels import pii_name

NAME_LENGTH = 80
PASSWORD_LENGTH = 12
_THOUSANDS = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")


def entered(field: Field) -> str:
    """The text of a field, empty where nothing was sent."""
    return str(field.data or "")


def entered_secret(field: Field) -> Secret:
    """The text of a password field, masked from here on."""
    return Secret(entered(field))


def amount(form: Form, field: Field) -> None:
    """Accept an amount that is not below zero."""
    try:
        parse_amount(entered(field))
    except ValueError as fault:
        raise ValidationError(gettext("Write an amount such as 5.00.")) from fault


def decimal_of(text: str, unit: str) -> str:
    """The decimal of an amount as people type it, for `parse_amount`: `5.00 CAD`, `$5`, `1 234,50 $`.

    `unit` is a currency's code or `%`. Another currency's code or sign stays, so that the amount is refused.
    """
    plain = _THOUSANDS.sub("", " ".join(text.replace("\u2212", "-").split()))
    signs = "|".join(map(re.escape, sorted(_signs(unit), key=len, reverse=True)))
    found = re.fullmatch(rf"(-?)\s*(?:{signs})?\s*(-?[\d.,]+)\s*(?:{signs})?", plain, re.IGNORECASE)
    return "".join(found.groups()).replace(",", ".") if found else plain


@cache
def _signs(unit: str) -> frozenset[str]:
    """How a unit is written in either language, here and elsewhere: CAD, $, CA$, $CA, $ CA."""
    written = {get_currency_symbol(unit, locale) for locale in ("en", "fr", "en_CA", "fr_CA")}
    narrow = {"$"} if any("$" in each for each in written) else set()
    return frozenset({unit, *written, *narrow, *(each.replace("$", "$ ").strip() for each in written)})


class AmountField(StringField):
    """An amount in a currency or in percent, of which pages show the decimal as their language writes it."""

    def __init__(self, label: Any, validators: list[Any], unit: str = "", **more: Any) -> None:
        """`unit` is a currency's code or `%`; the instance's currency if empty."""
        super().__init__(label, validators, **more)
        self._unit = unit

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was typed without its unit."""
        super().process_formdata(valuelist)
        if self.data:
            self.data = decimal_of(self.data, self._unit or portal().options.currency)

    def _value(self) -> str:
        text = entered(self)
        french = current_language().startswith("fr") and re.fullmatch(r"-?\d+\.\d+", text)
        return text.replace(".", ",") if french else text


def printable(form: Form, field: Field) -> None:
    """Refuse control characters in a name: they would break lists and logs."""
    if not field.data.isprintable():
        raise ValidationError(gettext("Use letters, digits and punctuation only."))


def name_field(label: str) -> StringField:
    """A short name of one line."""
    return StringField(
        label,
        [InputRequired(), Length(max=NAME_LENGTH), printable],
        filters=[lambda text: text.strip() if text else text],
    )


def new_password_field(label: str) -> PasswordField:
    """A new password; only its length is checked here, the rest by `ni.access.passwords`."""
    return PasswordField(
        label,
        [InputRequired(), Length(min=PASSWORD_LENGTH, max=256)],
        description=lazy_gettext("At least 12 characters. A sentence works well."),
    )


class PageForm(Form):
    """A form whose error messages are in the page's language."""

    class Meta:
        """Where WTForms looks for its messages."""

        @property
        def locales(self) -> list[str]:
            """The page's language."""
            return [current_language()]


def blame(form: Form, refusal: Refused, fields: Mapping[str, str] = MappingProxyType({})) -> str:
    """Put a refusal beside the field at fault; the sentence for the whole form where the form has no such field.

    `fields` are names of the form's fields by those that the package uses.
    """
    text = str(gettext(refusal.template, **refusal.values))
    name = fields.get(refusal.field, refusal.field)
    if name not in form:
        return text
    form[name].errors = [*form[name].errors, text]
    return ""


class SignInForm(PageForm):
    """E-mail address and password."""

    email = EmailField(lazy_gettext("E-mail address"), [InputRequired(), Length(max=254)])
    password = PasswordField(lazy_gettext("Password"), [InputRequired(), Length(max=256)])


class NewUserForm(PageForm):
    """A person who joins: by the set-up link or by an invitation."""

    name = name_field(lazy_gettext("Your name"))
    email = EmailField(
        lazy_gettext("E-mail address"),
        [InputRequired(), Email(), Length(max=254)],
        description=lazy_gettext("You sign in with it."),
    )
    password = new_password_field(lazy_gettext("Password"))


EVIDENCE_LABEL = lazy_gettext("Minimum residency evidence")
REFUSED_LABEL = lazy_gettext("Block requests that contain")
REFUSED_HINT = lazy_gettext("Nothing is sent if any of these is found, whether substitution is on or off.")


def evidence_field(description: Any, label: Any = EVIDENCE_LABEL) -> SelectField:
    """The least grade of evidence of residency that calls must rest on; empty for any."""
    return SelectField(
        label,
        [Optional()],
        choices=[
            SelectChoice("", lazy_gettext("No minimum")),
            SelectChoice("C", lazy_gettext("C: at least declared by the operator")),
            SelectChoice("B", lazy_gettext("B: at least the provider’s terms for the endpoint")),
            SelectChoice("A", lazy_gettext("A: an address of the region itself")),
        ],
        description=description,
    )


def labels_field(label: Any = REFUSED_LABEL, description: Any = REFUSED_HINT) -> SelectMultipleField:
    """The kinds of personal data whose presence refuses a call."""
    return SelectMultipleField(
        label,
        coerce=Label,
        choices=lambda: [SelectChoice(kind, pii_name(kind)) for kind in Label],
        description=description,
    )
