"""Labels, in the page's language, for the closed sets of values: tiers, jurisdictions, outcomes, kinds of data.

`Assets` gives addresses of static files that change with their content: a browser may keep them for a year.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import request, url_for
from flask_babel import gettext, lazy_gettext

from ni.access.accounts import Role
from ni.access.keys import Key
from ni.domain.caller import Priority
from ni.domain.errors import RateLimited
from ni.domain.providers import PROVIDERS
from ni.domain.reply import Outcome
from ni.domain.route import Tier
from ni.domain.timeline import Phase
from ni.web.portal.context import portal


def priority_name(priority: Priority) -> str:
    """A priority in a word."""
    return str(gettext("Batch") if priority is Priority.BATCH else gettext("Interactive"))


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


def in_currency(label: str) -> str:
    """A heading of amounts with the currency of the instance, as the sign alone is that of several."""
    return f"{label} ({portal().options.currency})"


def outcome_name(outcome: Outcome) -> str:
    """How a call ended, in words."""
    match outcome:
        case Outcome.COMPLETED:
            return str(gettext("Completed"))
        case Outcome.LOCAL:
            return str(gettext("Answered by NI"))
        case Outcome.DENIED:
            return str(gettext("Refused"))
        case Outcome.CLIENT_GONE:
            return str(gettext("Cancelled"))
        case Outcome.UPSTREAM_CUT:
            return str(gettext("Cut short"))
        case Outcome.UPSTREAM_ERROR:
            return str(gettext("Provider error"))
        case Outcome.CRASHED:
            return str(gettext("Interrupted"))


def outcome_label(text: str) -> str:
    """An outcome of an address in words; an unknown one as it is."""
    if text == "failed":
        return str(gettext("Any failure"))
    return outcome_name(Outcome(text)) if text in set(Outcome) else text


_ERROR_NAMES: Mapping[str, Any] = {
    "address_not_allowed": lazy_gettext("It came from an address that the key does not list"),
    "byok_credential_refused": lazy_gettext("The provider refused the account’s own credential"),
    "byok_quota_exhausted": lazy_gettext("The account’s own credential has no credit or quota left"),
    "changed_meanwhile": lazy_gettext("It was changed meanwhile"),
    "client_gone": lazy_gettext("The tool closed the connection before the answer was complete"),
    "content_filter": lazy_gettext("The provider’s filter refused the prompt"),
    "context_length_exceeded": lazy_gettext("Longer than the model’s context"),
    "crashed": lazy_gettext("The gateway stopped while the request was under way"),
    "custody_key_retired": lazy_gettext("The custody key of this gateway was retired"),
    "denied": lazy_gettext("Refused before anything was sent to a provider"),
    "detection_failed": lazy_gettext("Personal data could not be checked"),
    "idempotency_conflict": lazy_gettext("The idempotency key was used already"),
    "idempotency_in_progress": lazy_gettext("The same request was still under way"),
    "idempotency_key_reused": lazy_gettext("Its idempotency key came with another body before"),
    "idempotency_key_used": lazy_gettext("It was answered before under its idempotency key"),
    "insufficient_quota": lazy_gettext("Over the daily cap, a budget or the balance"),
    "insufficient_scope": lazy_gettext("The token lacks a scope"),
    "internal_error": lazy_gettext("A fault in the gateway"),
    "invalid_admin_token": lazy_gettext("Invalid API token"),
    "invalid_api_key": lazy_gettext("Invalid key"),
    "invalid_request_error": lazy_gettext("The request was not valid"),
    "method_not_allowed": lazy_gettext("Wrong HTTP method"),
    "model_not_found": lazy_gettext("No such model for this key"),
    "not_found": lazy_gettext("No such address"),
    "overloaded": lazy_gettext("The gateway was at its limit"),
    "pii_blocked": lazy_gettext("It held personal data that the key blocks"),
    "rate_limit_exceeded": lazy_gettext("Too many requests"),
    "request_timeout": lazy_gettext("The request did not arrive in time"),
    "request_too_large": lazy_gettext("The request was too large"),
    "residency_unverified": lazy_gettext("Residency could not be verified"),
    "rotated_meanwhile": lazy_gettext("The key was rotated meanwhile"),
    "still_in_use": lazy_gettext("It is still in use"),
    "store_unavailable": lazy_gettext("The gateway’s database could not be reached"),
    "unsupported_media_type": lazy_gettext("Not sent as JSON"),
    "unsupported_parameter": lazy_gettext("The route cannot do what was asked for"),
    "upstream_auth": lazy_gettext("The provider refused the operator’s credential"),
    "upstream_cut": lazy_gettext("The provider’s answer broke off"),
    "upstream_error": lazy_gettext("The provider failed"),
    "upstream_model_missing": lazy_gettext("The provider no longer serves the model"),
    "upstream_quota": lazy_gettext("The operator’s account with the provider has no credit or quota left"),
    "upstream_rejected": lazy_gettext("The provider did not accept the request"),
    "upstream_throttled": lazy_gettext("The provider limits the rate"),
    "upstream_timeout": lazy_gettext("The provider was too slow"),
}
"""By the codes of `docs/errors.md`, and by the outcomes whose rows may have none."""


def phase_name(phase: Phase | str) -> str:
    """A phase of a call, in words."""
    names = {
        Phase.QUEUE: gettext("Before masking"),
        Phase.MASKING: gettext("Masking"),
        Phase.ADMISSION: gettext("Admission"),
        Phase.CONNECT: gettext("Connecting"),
        Phase.FIRST_BYTE: gettext("Waiting for the provider"),
        Phase.FIRST_TOKEN: gettext("Until the first token"),
        Phase.STREAM: gettext("Answer"),
        Phase.SETTLE: gettext("Settlement"),
    }
    return str(names[Phase(phase)])


def span_name(phase: Phase | None, attempts: int) -> str:
    """A part of a request's time, in words; what came before the last attempt to connect is a part of connecting."""
    if phase is None:
        return str(gettext("Everything else"))
    if phase is Phase.CONNECT and attempts > 1:
        return str(gettext("Earlier attempts, the pause after them, and connecting"))
    return phase_name(phase)


def cause_of(outcome: Outcome, code: str) -> str:
    """What `error_name` and `error_help` are asked of a request: its code, else how it ended; empty if all was well.

    How it ended tells a provider that failed within its answer from one that failed before it, and a provider that
    throttles from a key that is over its rate.
    """
    if outcome is Outcome.UPSTREAM_ERROR and code == RateLimited.code:
        return "upstream_throttled"
    if outcome is Outcome.UPSTREAM_CUT and code == Outcome.UPSTREAM_ERROR.value:
        return outcome.value
    return code or ("" if outcome in {Outcome.COMPLETED, Outcome.LOCAL} else outcome.value)


def error_name(code: str) -> str:
    """Why a request was refused or failed, in words; an unknown code is returned as it is."""
    if code == "insufficient_quota" and not portal().options.prepaid:
        return str(gettext("Over the daily cap or a budget"))
    return str(_ERROR_NAMES.get(code, code))


def limit_name(kind: str) -> str:
    """Which limit refused a request, in words; see `ni.gateway.used_up`."""
    words = {
        "cap": gettext("Over the key’s cap for the day"),
        "budget": gettext("Over a budget"),
        "balance": gettext("Over the prepaid balance"),
    }
    return str(words[kind])


_ERROR_HELP: Mapping[str, Any] = {
    "address_not_allowed": lazy_gettext("Send it from a listed address, or change the key’s list."),
    "byok_credential_refused": lazy_gettext("Store a valid credential under Provider credentials (BYOK)."),
    "byok_quota_exhausted": lazy_gettext("Add credit at the provider, then send the request again."),
    "changed_meanwhile": lazy_gettext("Read the object again, and repeat the change."),
    "client_gone": lazy_gettext(
        "If nobody stopped it, raise the time limit of the tool, or use streaming. What the provider wrote is charged."
    ),
    "content_filter": lazy_gettext("Change the prompt, or use a route of another provider."),
    "context_length_exceeded": lazy_gettext(
        "Shorten the conversation, or use a model with a larger context."
    ),
    "crashed": lazy_gettext(
        "Send it again; if it happens twice, give the request ID to the operator. The prompt is charged: it may have "
        "reached the provider."
    ),
    "custody_key_retired": lazy_gettext("The operator must restart the gateway with the new custody key."),
    "denied": lazy_gettext("The error that the tool received says why."),
    "detection_failed": lazy_gettext(
        "Nothing was sent. Send it again; if it happens twice, tell the operator."
    ),
    "idempotency_conflict": lazy_gettext("Use a new Idempotency-Key for a new request."),
    "idempotency_in_progress": lazy_gettext("Wait for the first request, which is still running."),
    "idempotency_key_reused": lazy_gettext("Use a new Idempotency-Key for a new request."),
    "idempotency_key_used": lazy_gettext(
        "The first request was answered and charged; this one cost nothing."
    ),
    "insufficient_quota": lazy_gettext(
        "Raise what is used up: the key’s cap under Keys, a budget under Budgets, or the balance, to which the "
        "operator adds credit. Caps start again every day, budgets every day or month."
    ),
    "insufficient_scope": lazy_gettext("Create a token that has the scope."),
    "internal_error": lazy_gettext("Give the request ID to the operator: the log has the cause under it."),
    "invalid_admin_token": lazy_gettext("Check the token in the program, or create a new one."),
    "invalid_api_key": lazy_gettext("Check the key in the tool, or create a new one."),
    "invalid_request_error": lazy_gettext("The error that the tool received names the field to change."),
    "method_not_allowed": lazy_gettext("Check the address and the method in the tool."),
    "model_not_found": lazy_gettext("Copy a route id from Models, or create an alias for this name."),
    "not_found": lazy_gettext("Check the base URL in the tool: it ends with /v1."),
    "overloaded": lazy_gettext("Send it again after the seconds in Retry-After."),
    "pii_blocked": lazy_gettext("Remove the personal data, or change what the key blocks."),
    "rate_limit_exceeded": lazy_gettext(
        "Send it again after the seconds in Retry-After, or raise the key’s rate."
    ),
    "request_timeout": lazy_gettext("Send it again: the connection was too slow to deliver the request."),
    "request_too_large": lazy_gettext("Send less at once: fewer or smaller images, a shorter history."),
    "residency_unverified": lazy_gettext(
        "Nothing was sent. Use another route, or ask the operator about this one."
    ),
    "rotated_meanwhile": lazy_gettext("Use the text that the other rotation gave, or rotate again."),
    "still_in_use": lazy_gettext("Delete what depends on it first."),
    "store_unavailable": lazy_gettext(
        "Send it again; if it goes on, the operator must look at the database."
    ),
    "unsupported_media_type": lazy_gettext("Send JSON with Content-Type: application/json."),
    "unsupported_parameter": lazy_gettext("Use a model that can do it: Models lists the capabilities."),
    "upstream_auth": lazy_gettext("The operator must renew the credential for this provider."),
    "upstream_cut": lazy_gettext("Send it again. What was delivered is charged."),
    "upstream_error": lazy_gettext("Send it again, or use another route until the provider recovers."),
    "upstream_model_missing": lazy_gettext("Use another route; the operator should withdraw this one."),
    "upstream_quota": lazy_gettext("The operator must add credit at the provider."),
    "upstream_rejected": lazy_gettext("The error that the tool received names the field to change."),
    "upstream_throttled": lazy_gettext(
        "Send it again after the seconds in Retry-After, or use a route of another provider. The limit is the "
        "provider’s: no setting of the key raises it."
    ),
    "upstream_timeout": lazy_gettext("Send it again, ask for less, or use streaming."),
}


def error_help(code: str) -> str:
    """What to do about a refusal or failure; empty for an unknown code."""
    if code == "insufficient_quota" and not portal().options.prepaid:
        return str(
            gettext(
                "Raise what is used up: the key’s cap under Keys, or a budget under Budgets. Caps start again every "
                "day, budgets every day or month."
            )
        )
    return str(_ERROR_HELP.get(code, ""))


def dialect_name(dialect: str) -> str:
    """The API that a request used, by the name that its vendor gives it; an unknown one as it is."""
    names = {
        "chat": "Chat Completions",
        "messages": "Anthropic Messages",
        "responses": "Responses",
        "completions": "Completions",
        "embeddings": "Embeddings",
    }
    return names.get(dialect, dialect)


def counted_by(source: str) -> str:
    """Who counted the tokens, in words."""
    words = {
        "provider": gettext("counted by the provider"),
        "counted": gettext("counted by the gateway"),
        "estimated": gettext("estimated by the gateway"),
    }
    return str(words.get(source, source))


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
    words = {
        Role.OWNER: gettext("Owner"),
        Role.MEMBER: gettext("Member"),
        Role.AUDITOR: gettext("Auditor"),
    }
    return str(words[role])


def provider_name(provider: str) -> str:
    """A provider by the name that its own customers know."""
    descriptor = PROVIDERS.get(provider)
    return descriptor.label if descriptor is not None else provider


def reason_name(reason: str) -> str:
    """Why a route cannot be called, in words."""
    words = {
        "disabled": gettext("Disabled"),
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
_BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "FxiOS/": "Firefox", "CriOS/": "Chrome",
    "Chromium/": "Chromium", "Chrome/": "Chrome", "Safari/": "Safari", "curl/": "curl",
}  # fmt: skip
_SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "CrOS": "ChromeOS", "Windows": "Windows",
    "Mac OS X": "macOS", "Linux": "Linux",
}  # fmt: skip
"""What the names that browsers give themselves say, the most telling first: most claim to be several."""


def browser_name(agent: str) -> str:
    """The browser and the system that a `User-Agent` tells of (`Firefox, Linux`); unknown ones as they are."""
    found = (
        next((name for sign, name in each.items() if sign in agent), "") for each in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(name for name in found if name) or agent


FILTERS: Mapping[str, Callable[[Any], Any]] = {
    "browser": browser_name,
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
