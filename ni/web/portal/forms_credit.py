"""The form with which the operator grants credit: asked, then confirmed with the same answers."""

from flask_babel import gettext, lazy_gettext
from wtforms import Field, Form, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from ni.domain.money import parse_signed_amount
from ni.web.portal.forms import PageForm, entered, printable
from ni.web.portal.services_credit import Grant


def signed_amount(form: Form, field: Field) -> None:
    """Accept an amount of money that is not zero, with a point or a decimal comma, with or without a minus."""
    try:
        nanos = parse_signed_amount(_plain(entered(field)))
    except ValueError as fault:
        raise ValidationError(
            gettext("Write an amount such as 25.00, or -5.00 to take some back.")
        ) from fault
    if not nanos:
        raise ValidationError(gettext("Write an amount other than zero."))


class GrantForm(PageForm):
    """How much, and why; `once` comes with the question whether it is meant."""

    amount = StringField(
        lazy_gettext("Amount"),
        [InputRequired(), Length(max=20), signed_amount],
        description=lazy_gettext("For example 25.00. With a minus, credit is taken back."),
    )
    note = StringField(
        lazy_gettext("Note"),
        [Optional(), Length(max=200), printable],
        description=lazy_gettext("Stands in the statement: an invoice number, a reason."),
    )
    once = HiddenField(validators=[Optional(), Length(max=64)])


def grant(form: GrantForm) -> Grant:
    """What a valid form decided."""
    nanos = parse_signed_amount(_plain(entered(form.amount)))
    return Grant(nanos, entered(form.note).strip(), entered(form.once))


def _plain(text: str) -> str:
    """Digits with a point, whichever minus and decimal sign were typed."""
    return text.strip().replace("\u2212", "-").replace(",", ".")
