"""The forms of the Settings page: profile, password, account, invitation."""

from functools import cache
from zoneinfo import available_timezones

from flask_babel import lazy_gettext
from wtforms import BooleanField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import EqualTo, InputRequired, Length

from ni.access.accounts import Role
from ni.web.i18n import LANGUAGES
from ni.web.portal.forms import PageForm, evidence_field, labels_field, name_field, new_password_field


@cache
def _zones() -> tuple[SelectChoice, ...]:
    return tuple(SelectChoice(zone) for zone in sorted(available_timezones()))


class ProfileForm(PageForm):
    """What people may change about themselves."""

    name = name_field(lazy_gettext("Your name"))
    language = SelectField(
        lazy_gettext("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )


class ResetForm(PageForm):
    """A new password, twice."""

    new = new_password_field(lazy_gettext("New password"))
    again = PasswordField(
        lazy_gettext("New password again"),
        [InputRequired(), EqualTo("new", lazy_gettext("The two passwords are not the same."))],
    )


class PasswordForm(ResetForm):
    """A new password, twice, after the old one."""

    current = PasswordField(lazy_gettext("Current password"), [InputRequired(), Length(max=256)])


class AccountForm(PageForm):
    """What owners decide about their account."""

    account_name = name_field(lazy_gettext("Name of the account"))
    time_zone = SelectField(
        lazy_gettext("Time zone"),
        choices=_zones,
        description=lazy_gettext("Daily caps reset at midnight of the account’s time zone."),
    )
    min_evidence = evidence_field(
        lazy_gettext("Calls of every key whose place rests on less are refused. A key may demand more.")
    )
    block_labels = labels_field()
    commands = BooleanField(lazy_gettext("In-chat commands such as ni-models are answered here"))
    shares_mappings = BooleanField(lazy_gettext("Names that a key pins in chat are pinned for every key"))


class InviteForm(PageForm):
    """Which role an invitation offers."""

    role = SelectField(
        lazy_gettext("Role"),
        choices=[
            SelectChoice(Role.MEMBER, lazy_gettext("Member: sees the account, changes nothing")),
            SelectChoice(Role.OWNER, lazy_gettext("Owner: decides about keys, people and settings")),
        ],
    )
