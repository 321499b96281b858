"""Which fields a provider's credential has: a table, one entry per provider that accounts may bring their own for.

Secret fields are never shown again; the others are (an address, a project). All of them are sealed together, so that
an address cannot be changed without the secret that will be sent to it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ni.access.refusals import Refused
from ni.domain.secret import Secret

MOST_CHARACTERS = 8192
AZURE_DOMAINS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
"""The domains of Azure resources that serve models (Microsoft, "Azure OpenAI endpoints")."""
_TOKEN = r"[\x21-\x7e]{8,}"  # noqa: S105 - a form, not a secret
_SERVICE_ACCOUNT = ("client_email", "private_key", "token_uri")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in `Order.byok`, whether it is secret, and may be left empty.

    A value matches `pattern`, which `example` shows in every language. Where `domains` are named, it is an https
    address in one of them.
    """

    name: str
    secret: bool = True
    optional: bool = False
    pattern: str = _TOKEN
    example: str = ""
    domains: tuple[str, ...] = ()


FORMS: Mapping[str, tuple[Field, ...]] = {
    "openai": (Field("api_key"),),
    "anthropic": (Field("api_key"),),
    "azure": (
        Field("api_key"),
        Field("endpoint", secret=False, domains=AZURE_DOMAINS),
        Field(
            "api_version",
            secret=False,
            optional=True,
            pattern=r"\d{4}-\d{2}-\d{2}(-preview)?|v1|preview|latest",
            example="2024-10-21",
        ),
    ),
    "bedrock": (
        # AWS IAM, "Manage access keys": 40 characters of base64; ids begin with AKIA or, temporary ones, ASIA.
        Field("secret_access_key", pattern=r"[A-Za-z0-9/+]{40}", example="aB1/+... (40)"),
        Field("access_key_id", secret=False, pattern=r"A[KS]IA[A-Z0-9]{12,124}", example="AKIA..."),
        Field("session_token", optional=True),
    ),
    "vertex_ai": (
        Field("service_account"),
        Field(
            "project",
            secret=False,
            optional=True,
            pattern=r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
            example="my-project-1",
        ),
    ),
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
    entered = {field: _entered(field, given.get(field.name)) for field in FORMS[provider]}
    for field, text in entered.items():
        if text:
            _check_form(field, text)
    return {field.name: Secret(text) for field, text in entered.items() if text}


def shown(provider: str, fields: Mapping[str, Secret]) -> dict[str, str]:
    """The fields that are no secret."""
    names = [field.name for field in FORMS[provider] if not field.secret]
    return {name: fields[name].reveal() for name in names if name in fields}


def chief(provider: str, fields: Mapping[str, Secret]) -> Secret:
    """The secret by whose last four characters people recognise the credential."""
    return fields[FORMS[provider][0].name]


def _entered(field: Field, given: Secret | None) -> str:
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


def _check_form(field: Field, text: str) -> None:
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


def _require_address(field: Field, text: str) -> None:
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
