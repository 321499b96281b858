"""The form of a key, and the cells of the list of keys: made from the fields that `ni.access.key_spec` describes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Length, NumberRange, Optional

from ni.access.key_spec import (
    CODECS,
    FieldKind,
    KeyField,
    KeySpec,
    fields_of,
    last_day,
    plain,
    spec_from,
    words_of,
)
from ni.domain.caller import Network, Priority, network_of
from ni.domain.money import format_amount, parse_amount
from ni.domain.route import Tier
from ni.web import i18n
from ni.web.portal.context import person, portal, services, signed_in
from ni.web.portal.forms import AmountField, PageForm, amount, evidence_field, labels_field, name_field
from ni.web.portal.labels import pii_name, priority_name, tier_name

Control = Callable[[KeyField], Any]
SECTIONS = {
    FieldKind.AMOUNT: "limits",
    FieldKind.COUNT: "limits",
    FieldKind.LAST_DAY: "limits",
    FieldKind.EVIDENCE: "limits",
    FieldKind.PRIORITY: "limits",
    FieldKind.SWITCH: "switches",
    FieldKind.TIERS: "choices",
    FieldKind.LABELS: "choices",
    FieldKind.WORDS: "lists",
    FieldKind.NETWORKS: "lists",
    FieldKind.PERSON: "lists",
}
LONGEST_LIST = 20_000


def _label(field: KeyField) -> Any:
    return lazy_gettext(field.label)


def _hint(field: KeyField) -> Any:
    return lazy_gettext(field.hint) if field.hint else ""


def _require_one(form: PageForm, field: Field) -> None:
    """Refuse a key without tiers: it could call nothing."""
    if not field.data:
        raise ValidationError(gettext("Choose at least one tier."))


def _require_networks(form: PageForm, field: Field) -> None:
    try:
        _networks(field.data)
    except ValueError as fault:
        raise ValidationError(
            gettext("Write networks such as 203.0.113.0/24, with commas between them.")
        ) from fault


def _networks(text: str) -> frozenset[Network]:
    return frozenset(map(network_of, words_of(text)))


CONTROLS: Mapping[FieldKind, Control] = {
    FieldKind.TEXT: lambda field: name_field(_label(field)),
    FieldKind.TIERS: lambda field: SelectMultipleField(
        _label(field),
        [_require_one],
        coerce=Tier,
        choices=lambda: [SelectChoice(tier, tier_name(tier)) for tier in Tier],
    ),
    FieldKind.AMOUNT: lambda field: AmountField(
        _label(field), [Optional(), Length(max=20), amount], description=_hint(field)
    ),
    FieldKind.COUNT: lambda field: IntegerField(
        _label(field), [Optional(), NumberRange(1, 100_000)], description=_hint(field)
    ),
    FieldKind.LAST_DAY: lambda field: DateField(_label(field), [Optional()], description=_hint(field)),
    FieldKind.EVIDENCE: lambda field: evidence_field(_hint(field), _label(field)),
    FieldKind.PRIORITY: lambda field: SelectField(
        _label(field),
        choices=lambda: [SelectChoice(each, priority_name(each)) for each in Priority],
        coerce=Priority,
        default=field.default,
        description=_hint(field),
    ),
    FieldKind.SWITCH: lambda field: BooleanField(_label(field)),
    FieldKind.LABELS: lambda field: labels_field(_label(field), _hint(field)),
    FieldKind.WORDS: lambda field: StringField(
        _label(field), [Optional(), Length(max=LONGEST_LIST)], description=_hint(field)
    ),
    FieldKind.NETWORKS: lambda field: StringField(
        _label(field), [Optional(), Length(max=LONGEST_LIST), _require_networks], description=_hint(field)
    ),
    FieldKind.PERSON: lambda field: SelectField(
        _label(field), [Optional()], choices=_people, validate_choice=False, description=_hint(field)
    ),
}


def _people() -> list[SelectChoice]:
    """Nobody, and the people of the account; who is in it is checked with the rest of a key's fields."""
    members = services().access.members_of(person().account_id).list() if signed_in() else ()
    return [SelectChoice("", gettext("Nobody")), *(SelectChoice(each.user_id, each.name) for each in members)]


def _form_class(spec_class: type[KeySpec]) -> type[PageForm]:
    controls = {field.form_name: CONTROLS[field.kind](field) for field in fields_of(spec_class)}
    return type("KeyForm", (PageForm,), controls)


def key_form(answers: Any, spec: KeySpec, time_zone: str) -> PageForm:
    """The form with a request's answers, or filled in from a specification."""
    shown = {
        field.form_name: _entered(field, getattr(spec, field.name), time_zone)
        for field in fields_of(type(spec))
    }
    return _form_class(type(spec))(answers, data=shown)


def _entered(field: KeyField, value: Any, time_zone: str) -> Any:
    """A value as its control shows it."""
    match field.kind:
        case FieldKind.AMOUNT:
            return "" if value is None else format_amount(value)
        case FieldKind.LAST_DAY:
            return last_day(value, time_zone)
        case FieldKind.TIERS | FieldKind.LABELS:
            return sorted(value)
        case FieldKind.WORDS | FieldKind.NETWORKS:
            return ", ".join(CODECS[field.kind].plain(value))
    return value


def spec_entered(form: PageForm, time_zone: str, spec_class: type[KeySpec] = KeySpec) -> KeySpec:
    """The specification that a valid form asks for. Raises `Refused`."""
    answers = {field.name: _answer(field, form[field.form_name].data) for field in fields_of(spec_class)}
    return spec_from(answers, time_zone, spec_class)


def _answer(field: KeyField, entered: Any) -> Any:
    match field.kind:
        case FieldKind.AMOUNT:
            return parse_amount(entered) if entered else None
        case FieldKind.TIERS | FieldKind.LABELS:
            return frozenset(entered or ())
        case FieldKind.WORDS:
            return frozenset(words_of(entered or ""))
        case FieldKind.NETWORKS:
            return _networks(entered or "")
        case FieldKind.TEXT | FieldKind.EVIDENCE | FieldKind.PERSON:
            return str(entered or "")
    return entered


def sections(form: PageForm, spec_class: type[KeySpec] = KeySpec) -> Iterator[tuple[str, list[Field]]]:
    """The controls in order, those of a kind together: `text`, `choices`, `limits`, `lists` or `switches`."""
    groups: dict[str, list[Field]] = {}
    for field in fields_of(spec_class):
        section = SECTIONS.get(field.kind, "text")
        place = field.name if section == "choices" else section
        groups.setdefault(place, []).append(form[field.form_name])
    for place, controls in groups.items():
        yield (place if place in ("text", "limits", "lists", "switches") else "choices"), controls


def columns(spec_class: type[KeySpec] = KeySpec) -> list[KeyField]:
    """The fields that have a column in the list of keys."""
    return [field for field in fields_of(spec_class) if field.heading]


def heading(field: KeyField) -> tuple[str, str]:
    """The heading of a field's column and its style."""
    number = field.kind in (FieldKind.AMOUNT, FieldKind.COUNT)
    return str(gettext(field.heading)), "number" if number else ""


def cell(field: KeyField, spec: KeySpec) -> Markup:
    """A field's cell in the list of keys."""
    return Markup("<td{}>{}</td>").format(*_shown(field, spec))


def _shown(field: KeyField, spec: KeySpec) -> tuple[Markup, Markup | str]:
    """The class attribute of a field's cell, and what stands in it."""
    value = getattr(spec, field.name)
    number, several = Markup(' class="number"'), Markup(' class="several"')
    match field.kind:
        case FieldKind.AMOUNT:
            return number, "–" if value is None else i18n.money(value, portal().options.currency)
        case FieldKind.COUNT:
            return number, "–" if value is None else i18n.number(value)
        case FieldKind.SWITCH:
            under = _refusals(spec) if field.name == "pii" else ""
            text = Markup("{}{}").format(gettext("On") if value else gettext("Off"), under)
            return several if field.name == "pii" else Markup(), text
        case FieldKind.TIERS:
            every = len(value) == len(Tier)
            return several, gettext("All") if every else ", ".join(tier_name(tier) for tier in sorted(value))
        case FieldKind.PRIORITY:
            return Markup(), priority_name(value)
        case FieldKind.WORDS:
            return several, ", ".join(sorted(value)) or "–"
    return Markup(), str(value)


def _refusals(spec: KeySpec) -> Markup:
    if not spec.block_labels:
        return Markup("")
    kinds = ", ".join(pii_name(label) for label in sorted(spec.block_labels))
    return Markup('<span class="under">{}</span>').format(gettext("refuses %(kinds)s", kinds=kinds))


KEY_FIELDS = {field.json_name: field for field in fields_of(KeySpec)}
"""The fields of a key by the names that scripts and records use."""


def decided(spec: KeySpec, people: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every field of a key and its value, in words; `people` are names by the ids of users."""
    for name, value in plain(spec).items():
        yield gettext(KEY_FIELDS[name].label), value_shown(KEY_FIELDS[name], value, people)


def value_shown(field: KeyField | None, value: Any, people: Mapping[str, str]) -> str:
    """A value as scripts and records have it, in words; of no field of a key, None."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return str(gettext("On") if value else gettext("Off"))
    if field is not None and field.kind is FieldKind.PERSON:
        return people.get(str(value), str(value))
    worded = _WORDED.get(field.kind) if field else None
    if worded is not None:
        return worded(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_WORDED: Mapping[FieldKind, Callable[[Any], str]] = {
    FieldKind.AMOUNT: lambda text: i18n.money(parse_amount(text), portal().options.currency),
    FieldKind.COUNT: i18n.number,
    FieldKind.TIERS: lambda tiers: ", ".join(map(tier_name, tiers)),
    FieldKind.LABELS: lambda labels: ", ".join(map(pii_name, labels)),
    FieldKind.LAST_DAY: lambda end: i18n.moment(datetime.fromisoformat(end)),
    FieldKind.PRIORITY: lambda name: priority_name(Priority(name)),
}
