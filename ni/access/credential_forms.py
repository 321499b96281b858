"""Which fields a provider's credential has: a table, one entry per provider that accounts may bring their own for.

Secret fields are never shown again; the others are (an address, a project). All of them are sealed together, so that
an address cannot be changed without the secret that will be sent to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ni.access.refusals import Refused
from ni.domain.secret import Secret

MOST_CHARACTERS = 8192


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in `Order.byok`, whether it is secret, an https address, and may be left empty."""

    name: str
    secret: bool = True
    address: bool = False
    optional: bool = False


FORMS: Mapping[str, tuple[Field, ...]] = {
    "openai": (Field("api_key"),),
    "anthropic": (Field("api_key"),),
    "azure": (
        Field("api_key"),
        Field("endpoint", secret=False, address=True),
        Field("api_version", secret=False, optional=True),
    ),
    "bedrock": (
        Field("secret_access_key"),
        Field("access_key_id", secret=False),
        Field("session_token", optional=True),
    ),
    "vertex_ai": (Field("service_account"), Field("project", secret=False, optional=True)),
}
"""By provider name, the chief secret first. `service_account` is the JSON text of a Google service account's key."""


def filled(provider: str, given: Mapping[str, Secret]) -> dict[str, Secret]:
    """The fields as they will be stored. Raises `Refused` naming the field at fault."""
    if provider not in FORMS:
        raise Refused("provider", "Accounts cannot bring a credential for this provider.")
    known = {field.name for field in FORMS[provider]}
    unknown = sorted(set(given) - known)
    if unknown:
        raise Refused(unknown[0], "This provider's credential has no such field.")
    fields = {field.name: _checked(field, given.get(field.name)) for field in FORMS[provider]}
    return {name: secret for name, secret in fields.items() if secret}


def shown(provider: str, fields: Mapping[str, Secret]) -> dict[str, str]:
    """The fields that are no secret."""
    names = [field.name for field in FORMS[provider] if not field.secret]
    return {name: fields[name].reveal() for name in names if name in fields}


def chief(provider: str, fields: Mapping[str, Secret]) -> Secret:
    """The secret by whose last four characters people recognise the credential."""
    return fields[FORMS[provider][0].name]


def _checked(field: Field, given: Secret | None) -> Secret:
    text = given.reveal().strip() if given else ""
    if not text and not field.optional:
        raise Refused(
            field.name, "This field is needed; a stored secret is not shown and must be entered again."
        )
    if len(text) > MOST_CHARACTERS or any(
        ord(character) < 32 and character not in "\r\n\t" for character in text
    ):
        raise Refused(field.name, "This is too long, or holds characters that no credential has.")
    if field.address and text:
        _require_https(field.name, text)
    return Secret(text)


def _require_https(name: str, text: str) -> None:
    """An address and nothing else: no user, query or fragment, and never in the clear."""
    parts = urlsplit(text)
    plain = parts.hostname and not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme != "https" or not plain:
        raise Refused(name, "Write an address such as https://example.openai.azure.com, without a query.")
