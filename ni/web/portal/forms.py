"""The forms of the pages: what is asked, and what makes an answer acceptable.

WTForms checks and words the answers; the CSRF token is the guard's business, not a form's. `terms` and its inverse
are the only place where a key's form becomes the value that the services understand.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    Form,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from ni.access.refusals import Refused
from ni.domain.money import format_amount, parse_amount
from ni.domain.pii_labels import Label
from ni.domain.route import Tier
from ni.domain.secret import Secret
from ni.web.i18n import current_language
from ni.web.portal.names import pii_name, tier_name
from ni.web.portal.services import NewKey

NAME_LENGTH = 80
PASSWORD_LENGTH = 12


def entered(field: Field) -> str:
    """The text of a field, empty where nothing was sent."""
    return str(field.data or "")


def entered_secret(field: Field) -> Secret:
    """The text of a password field, masked from here on."""
    return Secret(entered(field))


def amount(form: Form, field: Field) -> None:
    """Accept an amount of money: digits with a point or a decimal comma."""
    try:
        parse_amount(field.data.replace(",", "."))
    except ValueError as fault:
        raise ValidationError(gettext("Write an amount such as 5.00.")) from fault


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
    """A password to be: its length is checked here, everything else where passwords are kept."""
    return PasswordField(
        label,
        [InputRequired(), Length(min=PASSWORD_LENGTH, max=256)],
        description=lazy_gettext("At least 12 characters. A sentence works well."),
    )


class PageForm(Form):
    """A form whose complaints are in the page's language."""

    class Meta:
        """Where WTForms looks for its sentences."""

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


class SetUpForm(PageForm):
    """The first person of the instance."""

    name = name_field(lazy_gettext("Your name"))
    email = EmailField(
        lazy_gettext("E-mail address"),
        [InputRequired(), Email(), Length(max=254)],
        description=lazy_gettext("You sign in with it. No mail is ever sent."),
    )
    password = new_password_field(lazy_gettext("Password"))


def evidence_field(description: Any) -> SelectField:
    """The least grade of evidence of residency that calls must rest on; empty for any."""
    return SelectField(
        lazy_gettext("Least evidence of residency"),
        [Optional()],
        choices=[
            SelectChoice("", lazy_gettext("Any: replies state what there is")),
            SelectChoice("C", lazy_gettext("C: at least declared by the operator")),
            SelectChoice("B", lazy_gettext("B: at least the provider’s terms for the endpoint")),
            SelectChoice("A", lazy_gettext("A: an address of the region itself")),
        ],
        description=description,
    )


def labels_field() -> SelectMultipleField:
    """The kinds of personal data whose presence refuses a call."""
    return SelectMultipleField(
        lazy_gettext("Refuse requests that hold"),
        coerce=Label,
        choices=lambda: [SelectChoice(label, pii_name(label)) for label in Label],
        description=lazy_gettext(
            "Nothing is sent if any of these is found, whether substitution is on or off."
        ),
    )


class KeyForm(PageForm):
    """All that a person decides about a key."""

    name = name_field(lazy_gettext("Name"))
    tiers = SelectMultipleField(
        lazy_gettext("Allowed route tiers"), coerce=Tier, choices=[SelectChoice(tier) for tier in Tier]
    )
    cap = StringField(
        lazy_gettext("Max spend per day"),
        [Optional(), Length(max=20), amount],
        description=lazy_gettext("Empty for no limit. Requests that could go over it are refused."),
    )
    rpm = IntegerField(
        lazy_gettext("Requests per minute"),
        [Optional(), NumberRange(1, 100_000)],
        description=lazy_gettext("Empty for no limit."),
    )
    expires_on = DateField(
        lazy_gettext("Expires on"),
        [Optional()],
        description=lazy_gettext("Last day on which the key works. Empty for never."),
    )
    min_evidence = evidence_field(lazy_gettext("Calls whose place rests on less are refused."))
    block_labels = labels_field()
    byok = BooleanField(lazy_gettext("BYOK: use the account’s own provider credentials"))
    pii = BooleanField(lazy_gettext("PII substitution: replace personal data before a prompt leaves"))
    pii_may_disable = BooleanField(lazy_gettext("Requests may switch substitution off"))
    strict = BooleanField(lazy_gettext("Strict: an unknown model name is an error, never answered in prose"))

    def validate_tiers(self, field: Field) -> None:
        """A key that may call nothing is a mistake."""
        if not field.data:
            raise ValidationError(gettext("Choose at least one tier."))


def key_form(answers: Any = None, terms: NewKey | None = None) -> KeyForm:
    """The form with a request's answers, or filled in from what was decided before (all tiers and masking at first)."""
    start = terms or NewKey("", frozenset(Tier))
    form = KeyForm(
        answers,
        name=start.name,
        tiers=list(start.tiers),
        rpm=start.rpm,
        expires_on=start.expires_on,
        min_evidence=start.min_evidence,
        block_labels=sorted(start.block_labels),
        byok=start.byok,
        pii=start.pii,
        pii_may_disable=start.pii_may_disable,
        strict=start.strict,
        cap="" if start.cap_nanos is None else format_amount(start.cap_nanos),
    )
    form.tiers.choices = [SelectChoice(tier, tier_name(tier)) for tier in Tier]
    return form


def terms(form: KeyForm) -> NewKey:
    """What a valid form decided."""
    cap = entered(form.cap)
    return NewKey(
        name=entered(form.name),
        tiers=frozenset(form.tiers.data or []),
        cap_nanos=parse_amount(cap.replace(",", ".")) if cap else None,
        rpm=form.rpm.data,
        byok=form.byok.data,
        pii=form.pii.data,
        pii_may_disable=form.pii_may_disable.data,
        expires_on=form.expires_on.data,
        min_evidence=entered(form.min_evidence),
        strict=form.strict.data,
        block_labels=frozenset(form.block_labels.data or []),
    )
