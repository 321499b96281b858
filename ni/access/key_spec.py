"""The fields of an API key, each described once.

`KeySpec` holds what is decided about a key. The metadata of a field says what kind of value it is, how it is worded in
the portal, which option of `ni key create` sets it and what it is called in JSON. The portal's form and list, the
command line and the rows of the database are made from these descriptions: a new field is added here and as a column.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from ni.access.accounts import EVIDENCE
from ni.access.refusals import Refused
from ni.domain.caller import Network, Priority, stored_network
from ni.domain.clock import from_ms, rfc3339, to_ms
from ni.domain.money import format_amount
from ni.domain.pii_labels import Label, labels_of, stored_labels
from ni.domain.route import Tier

ALL_TIERS = frozenset(Tier)
_MOST_RPM = 1_000_000
_MOST_NANOS = 10**18
_MOST_DAYS = 365
_MOST_WORDS = 200
_LONGEST_WORD = 200


class FieldKind(StrEnum):
    """What kind of value a field holds; forms, options and cells are chosen by it."""

    TEXT = "text"
    TIERS = "tiers"
    AMOUNT = "amount"
    COUNT = "count"
    SWITCH = "switch"
    LAST_DAY = "last_day"
    EVIDENCE = "evidence"
    LABELS = "labels"
    WORDS = "words"
    NETWORKS = "networks"
    PERSON = "person"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class KeyField:
    """A field of a key.

    `name` is the attribute of `KeySpec` and the column of the table. `label` and `hint` are the words of its form
    control, `heading` those of its column in the list of keys (empty for none); all three are message ids.
    `form_name`, `option` and `json_name` differ from `name` only where forms, commands and scripts use another word.
    """

    name: str
    kind: FieldKind
    label: str
    hint: str
    heading: str
    form_name: str
    option: str
    json_name: str
    help: str
    default: Any


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one kind are stored in a column, read from it, and written as JSON."""

    stored: Callable[[Any], Any]
    read: Callable[[Any], Any]
    plain: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def tiers_of(stored: str) -> frozenset[Tier]:
    """The tiers in a stored list; a name that is no longer a tier's allows nothing."""
    names = stored.split(",")
    return frozenset(tier for tier in Tier if tier.value in names)


def words_of(text: str) -> list[str]:
    """The words of a text in which commas or line ends stand between them."""
    return [word.strip() for word in re.split(r"[,\r\n]+", text) if word.strip()]


CODECS: Mapping[FieldKind, Codec] = {
    FieldKind.TEXT: Codec(str.strip, _same, _same),
    FieldKind.TIERS: Codec(lambda tiers: ",".join(sorted(tiers)), tiers_of, sorted),
    FieldKind.AMOUNT: Codec(_same, _same, lambda nanos: None if nanos is None else format_amount(nanos)),
    FieldKind.COUNT: Codec(_same, _same, _same),
    FieldKind.SWITCH: Codec(int, bool, _same),
    FieldKind.LAST_DAY: Codec(
        lambda end: to_ms(end) if end else None,
        lambda ms: None if ms is None else from_ms(ms),
        lambda end: rfc3339(end) if end else None,
    ),
    FieldKind.EVIDENCE: Codec(_same, _same, lambda grade: grade or None),
    FieldKind.LABELS: Codec(stored_labels, labels_of, sorted),
    FieldKind.WORDS: Codec(
        lambda words: ",".join(sorted(words)), lambda stored: frozenset(words_of(stored)), sorted
    ),
    FieldKind.NETWORKS: Codec(
        lambda networks: ",".join(sorted(map(str, networks))),
        lambda stored: frozenset(map(stored_network, words_of(stored))),
        lambda networks: sorted(map(str, networks)),
    ),
    FieldKind.PERSON: Codec(_same, _same, lambda user_id: user_id or None),
    FieldKind.PRIORITY: Codec(str, Priority, str),
}


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


def described(kind: FieldKind, label: str, hint: str = "", **more: str) -> Mapping[str, Any]:
    """The metadata of a field of `KeySpec`; `more` are further values of `KeyField`."""
    return {"kind": kind, "label": label, "hint": hint, **more}


@dataclass(frozen=True, slots=True)
class KeySpec:
    """What a key may do; `cap_nanos` per day and `rpm` are None where unlimited.

    `min_evidence` is the least grade of residency evidence that its calls need: A, B, C, or empty for any.
    `strict` says that an unknown model name is an error, never answered in prose.
    Calls that hold personal data of the kinds `block_labels` are refused. `routes` names the routes of the allowed
    tiers that it may call, empty for all of them; `networks` are those that it may be used from, empty for everywhere.
    `owner_id` is the person of the account whose key it is, empty for nobody; `tags` are words of the account's own.
    `remind_days` says how long before its end the account is reminded, `priority` whose calls are served first.
    """

    name: str = field(metadata=described(FieldKind.TEXT, _("Name"), help="what the key is for"))
    tiers: frozenset[Tier] = field(
        default=ALL_TIERS,
        metadata=described(
            FieldKind.TIERS, _("Allowed route tiers"), heading=_("Tiers"), option="--tier",
            help="a tier that it may call; repeat for more (default: all)",
        ),
    )  # fmt: skip
    cap_nanos: int | None = field(
        default=None,
        metadata=described(
            FieldKind.AMOUNT, _("Max spend per day"),
            _("Empty for no limit. Requests that could go over it are refused."),
            heading=_("Max per day"), form_name="cap", option="--max-spend-per-day",
            json_name="max_spend_per_day", help="e.g. 5.00, in NI_CURRENCY",
        ),
    )  # fmt: skip
    rpm: int | None = field(
        default=None,
        metadata=described(
            FieldKind.COUNT, _("Requests per minute"), _("Empty for no limit."), heading=_("Per minute"),
            help="requests per minute",
        ),
    )  # fmt: skip
    byok: bool = field(
        default=False,
        metadata=described(
            FieldKind.SWITCH, _("BYOK: use the account’s own provider credentials"), heading="BYOK",
            help="use the account's own provider credentials",
        ),
    )  # fmt: skip
    pii: bool = field(
        default=True,
        metadata=described(
            FieldKind.SWITCH, _("PII substitution: replace personal data before a prompt leaves"),
            heading=_("PII"), help="substitute personal data (default: on)",
        ),
    )  # fmt: skip
    pii_may_disable: bool = field(
        default=False,
        metadata=described(
            FieldKind.SWITCH, _("Requests may switch substitution off"),
            help="a request may switch substitution off",
        ),
    )  # fmt: skip
    expires_at: datetime | None = field(
        default=None,
        metadata=described(
            FieldKind.LAST_DAY, _("Expires on"), _("The last day the key works. Leave empty for no expiry."),
            form_name="expires_on", option="--expires", help="last day it works, e.g. 2027-06-30",
        ),
    )  # fmt: skip
    min_evidence: str = field(
        default="",
        metadata=described(
            FieldKind.EVIDENCE, _("Minimum residency evidence"),
            _("Requests whose residency rests on weaker evidence are refused."),
            help="least evidence of residency (default: any)",
        ),
    )  # fmt: skip
    strict: bool = field(
        default=False,
        metadata=described(
            FieldKind.SWITCH, _("Strict: an unknown model name is an error, never answered in prose"),
            help="an unknown model name is an error, never answered in prose",
        ),
    )  # fmt: skip
    block_labels: frozenset[Label] = field(
        default=frozenset(),
        metadata=described(
            FieldKind.LABELS, _("Block requests that contain"),
            _("Nothing is sent if any of these is found, whether substitution is on or off."),
            option="--block",
            help="refuse calls that hold personal data of this kind, e.g. CREDIT_CARD; repeat for more",
        ),
    )  # fmt: skip
    routes: frozenset[str] = field(
        default=frozenset(),
        metadata=described(
            FieldKind.WORDS, _("Allowed routes"),
            _("Route ids with commas between them. Empty for every route of the allowed tiers."),
            option="--route", help="a route that it may call; repeat for more (default: all of its tiers)",
        ),
    )  # fmt: skip
    owner_id: str = field(
        default="",
        metadata=described(
            FieldKind.PERSON, _("Owner"), _("The person whose key it is."),
            option="--owner", json_name="owner", help="the person of the account whose key it is, by id or address",
        ),
    )  # fmt: skip
    tags: frozenset[str] = field(
        default=frozenset(),
        metadata=described(
            FieldKind.WORDS, _("Tags"), _("Words of your own, such as a project, with commas between them."),
            heading=_("Tags"), option="--tag", help="a word for it, e.g. a project; repeat for more",
        ),
    )  # fmt: skip
    networks: frozenset[Network] = field(
        default=frozenset(),
        metadata=described(
            FieldKind.NETWORKS, _("Allowed addresses"),
            _("Networks such as 203.0.113.0/24 with commas between them. Empty for everywhere."),
            option="--network", help="a network that it may be used from, e.g. 203.0.113.0/24; repeat for more",
        ),
    )  # fmt: skip
    remind_days: int | None = field(
        default=None,
        metadata=described(
            FieldKind.COUNT, _("Remind before expiry"), _("Days ahead. Empty for no reminder."),
            help="days before its expiry at which the account is reminded",
        ),
    )  # fmt: skip
    server_timing: bool = field(
        default=False,
        metadata=described(
            FieldKind.SWITCH, _("Answers say how long each phase took, in the header Server-Timing"),
            help="answers carry Server-Timing",
        ),
    )  # fmt: skip
    priority: Priority = field(
        default=Priority.INTERACTIVE,
        metadata=described(
            FieldKind.PRIORITY, _("Priority"), _("Where calls have to wait, interactive ones are served before batch."),
            heading=_("Priority"), help="batch calls let interactive ones go first (default: interactive)",
        ),
    )  # fmt: skip


def fields_of(spec_class: type[KeySpec] = KeySpec) -> tuple[KeyField, ...]:
    """The described fields of a specification, in order."""
    return tuple(_key_field(one) for one in dataclasses.fields(spec_class))


def _key_field(one: dataclasses.Field[Any]) -> KeyField:
    known: Mapping[str, Any] = one.metadata
    return KeyField(
        name=one.name,
        kind=known["kind"],
        label=known["label"],
        hint=known["hint"],
        heading=known.get("heading", ""),
        form_name=known.get("form_name", one.name),
        option=known.get("option", "--" + one.name.replace("_", "-")),
        json_name=known.get("json_name", one.name),
        help=known.get("help", ""),
        default=one.default,
    )


KEY_FIELDS = fields_of()


def columns_of(spec: KeySpec) -> dict[str, Any]:
    """The columns of a key's row that hold its specification."""
    return {one.name: CODECS[one.kind].stored(getattr(spec, one.name)) for one in fields_of(type(spec))}


def spec_of(row: Mapping[str, Any]) -> KeySpec:
    """The specification in a key's row."""
    return KeySpec(**{one.name: CODECS[one.kind].read(row[one.name]) for one in KEY_FIELDS})


def plain(spec: KeySpec) -> dict[str, Any]:
    """The specification as JSON, by the names that scripts use."""
    return {one.json_name: CODECS[one.kind].plain(getattr(spec, one.name)) for one in fields_of(type(spec))}


def spec_from(answers: Mapping[str, Any], time_zone: str, spec_class: type[KeySpec] = KeySpec) -> KeySpec:
    """The specification that a form, a command or a body asks for, by field names.

    A last day becomes the instant at which it ends in the account's time zone; an instant stays. Raises `Refused` for
    a day so late that it has no end.
    """
    values = dict(answers)
    for one in fields_of(spec_class):
        value = values.get(one.name)
        if one.kind is FieldKind.LAST_DAY and value and not isinstance(value, datetime):
            values[one.name] = end_of_day(value, time_zone, one.form_name)
    return spec_class(**values)


def end_of_day(day: date, time_zone: str, form_name: str) -> datetime:
    """The instant at which a day ends in a time zone. Raises `Refused`, naming the field, for a day without an end."""
    try:
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone)).astimezone(UTC)
    except OverflowError:
        raise Refused(form_name, "Write a day before the year 9999.") from None


def last_day(end: datetime | None, time_zone: str) -> date | None:
    """The last day that ends at or before an instant, in the account's time zone; None for no end."""
    return (end - timedelta(milliseconds=1)).astimezone(ZoneInfo(time_zone)).date() if end else None


def check_spec(spec: KeySpec, now: datetime) -> None:
    """Raises `Refused`, naming the form's field, for a specification that no key may have."""
    name = spec.name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise Refused("name", "A key needs a name of at most 100 characters.")
    if not spec.tiers:
        raise Refused("tiers", "A key needs at least one tier, or it can call nothing.")
    if spec.cap_nanos is not None and not 0 <= spec.cap_nanos <= _MOST_NANOS:
        raise Refused("cap", "The daily cap is not an amount.")
    if spec.rpm is not None and not 1 <= spec.rpm <= _MOST_RPM:
        raise Refused("rpm", "Requests per minute is a whole number of at least 1.")
    if spec.min_evidence not in EVIDENCE:
        raise Refused("min_evidence", "The least evidence is A, B or C, or nothing.")
    if spec.expires_at is not None and spec.expires_at <= now:
        raise Refused("expires_on", "The expiry lies in the past.")
    if spec.remind_days is not None and not 1 <= spec.remind_days <= _MOST_DAYS:
        raise Refused("remind_days", "Choose a reminder of 1 to 365 days.")
    _check_words("routes", spec.routes)
    _check_words("tags", spec.tags)
    _check_words("networks", frozenset(map(str, spec.networks)))


def _check_words(name: str, words: frozenset[str]) -> None:
    plain_words = all(len(word) <= _LONGEST_WORD and [word] == words_of(word) for word in words)
    if len(words) > _MOST_WORDS or not plain_words or not "".join(words).isprintable():
        raise Refused(name, "Write at most 200 words of at most 200 characters, without commas in them.")
