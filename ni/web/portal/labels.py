"""Labels, in the page's language, for the closed sets of values: tiers, jurisdictions, outcomes, kinds of data.

What templates call: addresses of static files that change with their content, and the geometry of bar charts.

A browser may keep a static file for a year, because its address carries its digest. Bars are laid out in whole SVG
units, without colours or words: the template draws them and the browser scales them.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from ni.access.accounts import Role
from ni.access.keys import Key
from ni.domain.providers import PROVIDERS
from ni.domain.reply import Outcome
from ni.domain.route import Tier


def tier_name(tier: Tier | str | None) -> str:
    """A tier in words; empty for none."""
    match tier:
        case Tier.OWN_HARDWARE:
            return str(gettext("Own hardware"))
        case Tier.CANADIAN_CLOUD:
            return str(gettext("Canadian cloud"))
        case Tier.US_CLOUD:
            return str(gettext("US cloud"))
        case Tier.GLOBAL_CLOUD:
            return str(gettext("Global cloud"))
        case Tier.PROVIDER_API:
            return str(gettext("Provider’s own API"))
    return tier or ""


def jurisdiction_name(code: str) -> str:
    """Whose law applies, in words; an unknown code is returned as it is."""
    match code:
        case "CA":
            return str(gettext("Canada"))
        case "US":
            return str(gettext("United States"))
        case "GLOBAL":
            return str(gettext("Anywhere"))
    return code


def outcome_name(outcome: Outcome) -> str:
    """How a call ended, in words."""
    match outcome:
        case Outcome.COMPLETED:
            return str(gettext("Completed"))
        case Outcome.LOCAL:
            return str(gettext("Answered here"))
        case Outcome.DENIED:
            return str(gettext("Refused"))
        case Outcome.CLIENT_GONE:
            return str(gettext("Client left"))
        case Outcome.UPSTREAM_CUT:
            return str(gettext("Cut short"))
        case Outcome.UPSTREAM_ERROR:
            return str(gettext("Provider error"))
        case Outcome.CRASHED:
            return str(gettext("Interrupted"))


def error_name(code: str) -> str:
    """Why a request was refused or failed, in words; an unknown code is returned as it is."""
    words = {
        "byok_credential_refused": gettext("The provider refused the account’s own credential"),
        "byok_quota_exhausted": gettext("The account’s own credential has no credit or quota left"),
        "content_filter": gettext("The provider’s filter refused the prompt"),
        "context_length_exceeded": gettext("Longer than the model’s context"),
        "custody_key_retired": gettext("The custody key of this gateway was retired"),
        "detection_failed": gettext("Personal data could not be checked"),
        "idempotency_conflict": gettext("The idempotency key was used already"),
        "idempotency_in_progress": gettext("The same request was still under way"),
        "idempotency_key_reused": gettext("Its idempotency key came with another body before"),
        "idempotency_key_used": gettext("It was answered before under its idempotency key"),
        "insufficient_quota": gettext("Over the daily cap, a budget or the balance"),
        "internal_error": gettext("A fault in the gateway"),
        "invalid_api_key": gettext("Invalid key"),
        "invalid_request_error": gettext("The request was not valid"),
        "method_not_allowed": gettext("Wrong HTTP method"),
        "model_not_found": gettext("No such model for this key"),
        "not_found": gettext("No such address"),
        "overloaded": gettext("The gateway was at its limit"),
        "pii_blocked": gettext("It held personal data that the key blocks"),
        "rate_limit_exceeded": gettext("Too many requests"),
        "request_timeout": gettext("The request did not arrive in time"),
        "request_too_large": gettext("The request was too large"),
        "residency_unverified": gettext("Residency could not be verified"),
        "store_unavailable": gettext("The gateway’s database was away"),
        "unsupported_media_type": gettext("Not sent as JSON"),
        "unsupported_parameter": gettext("The route cannot do what was asked for"),
        "upstream_auth": gettext("The provider refused the operator’s credential"),
        "upstream_error": gettext("The provider failed"),
        "upstream_model_missing": gettext("The provider no longer serves the model"),
        "upstream_quota": gettext("The operator’s account with the provider has no credit or quota left"),
        "upstream_rejected": gettext("The provider did not accept the request"),
        "upstream_timeout": gettext("The provider was too slow"),
    }
    return str(words.get(code, code))


def kind_name(code: str) -> str:
    """A capability in words."""
    words = {
        "vision": gettext("images"),
        "function_calling": gettext("tools"),
        "reasoning": gettext("reasoning"),
        "json_schema": gettext("JSON schema"),
        "streaming": gettext("streaming"),
    }
    return str(words.get(code, code))


def role_name(role: Role) -> str:
    """A role in words."""
    return str(gettext("Owner") if role is Role.OWNER else gettext("Member"))


def provider_name(provider: str) -> str:
    """A provider by the name that its own customers know."""
    descriptor = PROVIDERS.get(provider)
    return descriptor.label if descriptor is not None else provider


def reason_name(reason: str) -> str:
    """Why a route cannot be called, in words."""
    words = {
        "disabled": gettext("Switched off"),
        "unpriced": gettext("Without a price"),
        "retired": gettext("Retired"),
        "unconfigured": gettext("Not configured"),
        "refused": gettext("Residency refused"),
    }
    return str(words.get(reason, reason))


def pii_name(kind: str) -> str:
    """A kind of personal value in words; the labels are those of `ni/privacy`, in lower case."""
    words = {
        "person": gettext("people"),
        "email": gettext("e-mail addresses"),
        "phone": gettext("phone numbers"),
        "address": gettext("street addresses"),
        "postal_code": gettext("postal codes"),
        "dob": gettext("dates of birth"),
        "sin": gettext("social insurance numbers"),
        "health_card": gettext("health card numbers"),
        "driver_licence": gettext("driver’s licences"),
        "passport": gettext("passports"),
        "credit_card": gettext("credit cards"),
        "iban": gettext("IBANs"),
        "bank_account": gettext("bank accounts"),
        "ip": gettext("IP addresses"),
        "mac": gettext("MAC addresses"),
        "secret": gettext("secrets"),
        "org": gettext("organisations"),
        "location": gettext("places"),
    }
    return str(words.get(kind.lower(), kind))


# What templates map over a list: (value, words) for choices, words alone for text.
FILTERS: Mapping[str, Callable[[Any], Any]] = {
    "tier_label": tier_name,
    "kind_label": kind_name,
    "pii_label": pii_name,
    "tier_choice": lambda tier: (tier.value, tier_name(tier)),
    "jurisdiction_choice": lambda code: (code, jurisdiction_name(code)),
    "kind_choice": lambda code: (code, kind_name(code)),
    "outcome_choice": lambda outcome: (outcome.value, outcome_name(outcome)),
    "account_choice": lambda account: (account.id, account.name),
    "key_choice": lambda key: (key.id, key_choice(key)),
}


def key_choice(key: Key) -> str:
    """A key in a list of choices: its name and last four characters."""
    return f"{key.spec.name} (…{key.last4})"


WIDTH, HEIGHT, GAP = 720, 120, 2
WIDEST_BAR = 48


class Assets:
    """Names a static file by its path and the start of its SHA-256; reads each file once per mount point."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._urls: dict[tuple[str, str], str] = {}

    def url(self, name: str) -> str:
        """The address of `static/<name>`; raises `FileNotFoundError` for a file that does not exist."""
        place = request.script_root, name
        if place not in self._urls:
            content = (self._folder / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            self._urls[place] = url_for("static", filename=name, v=digest)
        return self._urls[place]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, from the top left, in SVG units."""

    x: int
    y: int
    width: int
    height: int


def bars(values: Sequence[int]) -> list[Bar]:
    """Upright bars side by side, the largest as high as the chart; a value above zero is at least 2 units high."""
    if not values:
        return []
    step = WIDTH // len(values) or 1
    width = max(1, min(step - GAP, WIDEST_BAR))
    top = max(values) or 1
    heights = [max(2, value * HEIGHT // top) if value else 0 for value in values]
    inset = (step - width) // 2
    return [Bar(place * step + inset, HEIGHT - height, width, height) for place, height in enumerate(heights)]
