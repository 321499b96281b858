"""API keys of accounts. Their members are the fields that `ni.access.key_spec` describes."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from ni.access.accounts import Account
from ni.access.admin_tokens import Resource
from ni.access.key_spec import KEY_FIELDS, FieldKind, KeyField, KeySpec, spec_from
from ni.access.keys import AccountKeys, Key, KeyStatus, NewKey
from ni.access.refusals import Refused
from ni.domain.caller import Priority, network_of
from ni.domain.errors import NotFound
from ni.domain.money import parse_amount
from ni.domain.pii_labels import Label
from ni.domain.route import Tier
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, paged
from ni.web.admin.schemas import (
    INSTANT,
    KEY_PROPERTIES,
    WORD,
    answered,
    fields,
    listed,
    one_of,
    or_null,
    whole,
)
from ni.web.exports import key_object

MOST_OVERLAP_S = 30 * 24 * 60 * 60
KEY = answered(
    id=WORD,
    status=one_of(*(status.value for status in KeyStatus)),
    last4=WORD,
    created_at=INSTANT,
    last_used_at=or_null(INSTANT),
    revoked_at=or_null(INSTANT),
    rotated_at=or_null(INSTANT),
    former_until=or_null(INSTANT),
    **{name: {"type": schema["type"]} for name, schema in KEY_PROPERTIES.items()},
)
NEW_KEY = {**KEY, "properties": {**KEY["properties"], "key": WORD}, "required": [*KEY["required"], "key"]}
"""A key with its text, which is answered once."""


def _day_or_instant(value: str) -> date | datetime:
    """A last day, or an instant, as RFC 3339 writes them. Raises `ValueError`."""
    if len(value) == len("2027-06-30"):
        return date.fromisoformat(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


READERS: Mapping[FieldKind, Callable[[Any], Any]] = {
    FieldKind.TIERS: lambda value: frozenset(map(Tier, value)),
    FieldKind.AMOUNT: lambda value: None if value is None else parse_amount(value),
    FieldKind.LAST_DAY: lambda value: None if value is None else _day_or_instant(value),
    FieldKind.EVIDENCE: lambda value: value or "",
    FieldKind.LABELS: lambda value: frozenset(map(Label, value)),
    FieldKind.WORDS: frozenset,
    FieldKind.NETWORKS: lambda value: frozenset(map(network_of, value)),
    FieldKind.PERSON: lambda value: value or "",
    FieldKind.PRIORITY: Priority,
}
"""How a member of a body becomes the value of a field; those of other kinds are the same."""


def spec_with(account: Account, changes: Mapping[str, Any], before: KeySpec | None = None) -> KeySpec:
    """The specification that a body asks for, where it leaves members out as it was `before`. Raises `Refused`."""
    answers = {field.name: getattr(before, field.name) for field in KEY_FIELDS} if before else {}
    named = [field for field in KEY_FIELDS if field.json_name in changes]
    answers |= {field.name: _read(field, changes[field.json_name]) for field in named}
    return spec_from(answers, account.time_zone)


def _read(field: KeyField, value: Any) -> Any:
    read = READERS.get(field.kind)
    try:
        return read(value) if read else value
    except ValueError:
        raise Refused(field.json_name, "This is not a value that the field can have.") from None


def _keys(call: AdminCall) -> AccountKeys:
    return call.services.access.keys_of(call.account().id)


def _found(call: AdminCall) -> Key:
    key = _keys(call).get(call.path["key_id"])
    if key is None:
        raise NotFound("There is no such key in this account.", param="key_id")
    return key


def _live(call: AdminCall) -> Key:
    """The key, unless it was revoked. Raises `NotFound`."""
    key = _found(call)
    if key.revoked_at is not None:
        raise NotFound("The key was revoked, and cannot be changed any more.", param="key_id")
    return key


def _shown(call: AdminCall, key: Key) -> Json:
    return key_object(key, call.services.clock.now())


def _with_text(call: AdminCall, made: NewKey) -> Json:
    key = _keys(call).get(made.id)
    assert key is not None
    return _shown(call, key) | {"key": made.text.reveal()}


def list_keys(call: AdminCall) -> Json:
    """The keys of an account, revoked ones included."""
    return paged(call, [_shown(call, key) for key in _keys(call).list()])


def create_key(call: AdminCall) -> Json:
    """Make a key; its text is answered once. Raises `Refused`."""
    return _with_text(call, _keys(call).create(spec_with(call.account(), call.body), call.maker))


def get_key(call: AdminCall) -> Json:
    """One key of an account."""
    return _shown(call, _found(call))


def change_key(call: AdminCall) -> Json:
    """Change what a key may do. Raises `Refused`."""
    key = _live(call)
    _keys(call).edit(key.id, spec_with(call.account(), call.body, key.spec))
    return get_key(call)


def revoke_key(call: AdminCall) -> None:
    """End a key for good."""
    _keys(call).revoke(_live(call).id)


def rotate_key(call: AdminCall) -> Json:
    """Give a key a new text, which is answered once. Raises `NotFound`, `RotatedMeanwhile`."""
    made = _keys(call).rotate(_live(call).id, timedelta(seconds=call.body.get("overlap_seconds", 0)))
    if made is None:
        raise NotFound("The key was revoked, and cannot be changed any more.", param="key_id")
    return _with_text(call, made)


_ALL = "/accounts/{account_id}/keys"
_ONE = f"{_ALL}/{{key_id}}"
_OVERLAP = fields((), overlap_seconds=whole(0, MOST_OVERLAP_S))

ENDPOINTS = (
    AdminEndpoint("listKeys", "GET", _ALL, Resource.KEYS, "List the keys of an account", list_keys, listed(KEY),
                  query=PAGING),
    AdminEndpoint("createKey", "POST", _ALL, Resource.KEYS, "Make a key; its text is answered once", create_key,
                  NEW_KEY, fields(("name",), **KEY_PROPERTIES), made=f"{_ALL}/{{id}}"),
    AdminEndpoint("getKey", "GET", _ONE, Resource.KEYS, "Read a key", get_key, KEY),
    AdminEndpoint("changeKey", "PATCH", _ONE, Resource.KEYS, "Change a key; what is left out stays", change_key,
                  KEY, fields((), **KEY_PROPERTIES)),
    AdminEndpoint("revokeKey", "DELETE", _ONE, Resource.KEYS, "Revoke a key for good", revoke_key),
    AdminEndpoint("rotateKey", "POST", f"{_ONE}/rotate", Resource.KEYS,
                  "Give a key a new text; the one of before is let in for the overlap", rotate_key, NEW_KEY, _OVERLAP,
                  changes=_ONE),
)  # fmt: skip
