"""Checks the credentials that accounts bring, field by field, against the form in the provider's descriptor.

Secret fields are never shown again; the others are (an address, a project). All of them are encrypted together, so that
an address cannot be changed without the secret that will be sent to it.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from ni.access.refusals import Refused
from ni.domain.provider_descriptor import CredentialField
from ni.domain.providers import PROVIDERS
from ni.domain.secret import Secret

MOST_CHARACTERS = 8192
_SERVICE_ACCOUNT = ("client_email", "private_key", "token_uri")


def credential_fields(provider: str) -> tuple[CredentialField, ...]:
    """The fields of a provider's credential, the chief secret first; empty where accounts cannot bring one."""
    descriptor = PROVIDERS.get(provider)
    return descriptor.credential if descriptor is not None else ()


def filled(provider: str, given: Mapping[str, Secret]) -> dict[str, Secret]:
    """The fields as they will be stored. Raises `Refused` naming the field at fault."""
    if not credential_fields(provider):
        raise Refused("provider", "Accounts cannot bring a credential for this provider.")
    known = {field.name for field in credential_fields(provider)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise Refused(unknown[0], "This provider's credential has no such field.")
    entered = {field: _entered(field, given.get(field.name)) for field in credential_fields(provider)}
    for field, text in entered.items():
        if text:
            _check_form(field, text)
    return {field.name: Secret(text) for field, text in entered.items() if text}


def shown(provider: str, fields: Mapping[str, Secret]) -> dict[str, str]:
    """The fields that are no secret."""
    names = [field.name for field in credential_fields(provider) if not field.secret]
    return {name: fields[name].reveal() for name in names if name in fields}


def chief(provider: str, fields: Mapping[str, Secret]) -> Secret:
    """The secret by whose last four characters people recognise the credential."""
    return fields[credential_fields(provider)[0].name]


def _entered(field: CredentialField, given: Secret | None) -> str:
    text = given.reveal().strip() if given else ""
    if not text and not field.optional:
        raise Refused(
            field.name, "This field is needed; a stored secret is not shown and must be entered again."
        )
    if len(text) > MOST_CHARACTERS or any(
        ord(character) < 32 and character not in "\r\n\t" for character in text
    ):
        raise Refused(field.name, "This is too long, or holds characters that no credential has.")
    return text


def _check_form(field: CredentialField, text: str) -> None:
    if field.domains:
        _require_address(field, text)
    elif field.name == "service_account":
        _require_service_account(text)
    elif not re.fullmatch(field.pattern, text):
        if field.example:
            raise Refused(
                field.name, "This does not have the form of one: %(example)s.", example=field.example
            )
        raise Refused(field.name, "This is too short, or holds spaces or characters that no credential has.")


def _require_address(field: CredentialField, text: str) -> None:
    """An https address in one of the provider's domains and nothing else: no user, query, fragment or other port."""
    parts = urlsplit(text)
    plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.port)
    if parts.scheme != "https" or not plain or not (parts.hostname or "").endswith(field.domains):
        domains = ", ".join(f"*{domain}" for domain in field.domains)
        raise Refused(
            field.name,
            "Write an address such as https://example.openai.azure.com, without a query. Its name must end in one "
            "of: %(domains)s.",
            domains=domains,
        )


def _require_service_account(text: str) -> None:
    """The key file of a Google service account, whose tokens are fetched from Google and nowhere else."""
    try:
        key = json.loads(text)
    except ValueError:
        key = None
    fits = isinstance(key, dict) and key.get("type") == "service_account"
    if not fits or not all(isinstance(key.get(name), str) and key[name] for name in _SERVICE_ACCOUNT):
        raise Refused(
            "service_account",
            'Paste the whole JSON file of the key: it has "type": "service_account", a client_email and a private_key.',
        )
    host = urlsplit(key["token_uri"]).hostname or ""
    if host != "googleapis.com" and not host.endswith(".googleapis.com"):
        raise Refused("service_account", "The token_uri of the key must be an address of googleapis.com.")
