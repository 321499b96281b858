"""What an upstream of OpenAI's shape says when it fails, turned into our `Problem`s, once.

Upstream text is read to tell the cases apart and never passed on: it may echo prompts, keys and addresses. Of a refused
request the client is told the field and the reason, as far as both are known words (`reasons.py`). A refused
platform credential is our failure (502) and is logged loudly; a refused BYOK credential is the account's (401). So it
is with an account at the provider that has no credit or quota left (502, and 402 for BYOK): no waiting helps.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from ni.domain import errors
from ni.outbound.errors import AddressRefused, ConnectFailed, OutboundFault, TooSlow
from ni.providers.reasons import code_in, field_in, path_of, violations

logger = logging.getLogger(__name__)

_WAIT_MOST_S = 3600
_CONTEXT_CODES = frozenset(
    {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}
)
_CONTEXT_WORDS = re.compile(
    r"maximum context length|context (size|window|length)|prompt is too long", re.IGNORECASE
)
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
_FILTER_WORDS = re.compile(r"content (filtering|management) policy", re.IGNORECASE)
_SPENT_CODES = frozenset(
    {
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error", "BILLING_DISABLED",
        "402",
    }
)  # fmt: skip
_SPENT_WORDS = re.compile(
    r"credit balance is too low|specified API usage limits|INVALID_PAYMENT_INSTRUMENT|out of call volume quota"
    r"|requires billing to be enabled",
    re.IGNORECASE,
)
"""Anthropic's credit and its spend limit, AWS Marketplace's refusal of a card, a quota of Azure, Google's billing."""
_SPENT_STATUS = (400, 401, 403, 429)
_THROTTLED = "%(provider)s is limiting the rate of requests. Wait %(wait_s)s seconds and try again."
_FIELD_AND_REASON = (
    "%(provider)s did not accept `%(field)s` (%(reason)s, status %(upstream_status)s). Change or remove it, or choose "
    "another route."
)
_FIELD = (
    "%(provider)s did not accept `%(field)s` (status %(upstream_status)s). Change or remove it, or choose "
    "another route."
)
_REASON = (
    "%(provider)s did not accept the request for this model (%(reason)s, status %(upstream_status)s). Check parameters "
    "that the model may not support."
)
_ADDRESS = (
    "The address set for %(provider)s may not be reached from here. If it is a server of your own, the "
    "operator must name its network in NI_PRIVATE_NETWORKS."
)


@dataclass(frozen=True, slots=True)
class Party:
    """Whom we called: the provider's name, whether with a BYOK credential, and which setting holds ours."""

    name: str
    byok: bool = False
    credential_setting: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error object says: `codes` and `words` to tell cases apart, `param` and `reason` in known words alone."""

    codes: frozenset[str] = frozenset()
    words: str = ""
    param: str | None = None
    reason: str | None = None


def read_complaint(body: bytes | Any) -> Complaint:
    """The error object of a body (bytes, or parsed JSON); an empty complaint if there is none."""
    try:
        found = orjson.loads(body) if isinstance(body, bytes) else body
    except orjson.JSONDecodeError:
        return Complaint()
    error = found.get("error", found) if isinstance(found, dict) else found
    if not isinstance(error, dict):
        return _complaint(frozenset(), error if isinstance(error, str) else "")
    inner, details = error.get("innererror"), error.get("details")
    candidates = (
        error.get("code"),
        error.get("type"),
        error.get("status"),
        inner.get("code") if isinstance(inner, dict) else None,
        *(
            entry.get("reason")
            for entry in (details if isinstance(details, list) else ())
            if isinstance(entry, dict)
        ),
    )
    codes = frozenset(str(code) for code in candidates if isinstance(code, str | int))
    words = error.get("message")
    return _complaint(
        codes, words if isinstance(words, str) else "", path_of(error.get("param")) or violations(error)
    )


def _complaint(codes: frozenset[str], words: str, param: str | None = None) -> Complaint:
    return Complaint(codes, words, param or field_in(words), code_in(codes, words))


def problem_of_fault(fault: OutboundFault, party: Party) -> errors.Problem:
    """The problem that a failed connection is."""
    if isinstance(fault, TooSlow):
        return errors.UpstreamTimeout(provider=party.name, seconds=f"{fault.seconds:.0f}")
    if isinstance(fault, AddressRefused):
        logger.warning("%s: %s", party.name, fault)
        return errors.UpstreamError(_ADDRESS, provider=party.name)
    if isinstance(fault, ConnectFailed):
        logger.warning("%s: %s", party.name, fault)
        return errors.UpstreamBusy(provider=party.name)
    return errors.UpstreamError(provider=party.name)


def problem_of_status(status: int, complaint: Complaint, wait_s: int | None, party: Party) -> errors.Problem:
    """The problem that an error response is; `wait_s` is what `retry_after` read."""
    if status == 402 or (status in _SPENT_STATUS and _is_spent(complaint)):
        return _spent(party)
    if status in (401, 403):
        return _credential_refused(status, party)
    if status == 429 or "rate_limit_exceeded" in complaint.codes:
        return _throttled(wait_s, party)
    if status in (408, 504):
        return errors.UpstreamTimeout(
            "%(provider)s gave up on the request because it took too long. Try again, or "
            "choose another route.",
            provider=party.name,
        )
    if status >= 500 or status < 400:
        busy = status in (503, 529)
        return (errors.UpstreamBusy if busy else errors.UpstreamError)(
            provider=party.name, retry_after_s=wait_s
        )
    return _refused(status, complaint, party)


def problem_in_stream(error: Any, party: Party) -> errors.Problem:
    """The problem that an error object in the middle of a stream is: the upstream's failure, or what its code says."""
    complaint = read_complaint({"error": error})
    if complaint.codes & _SPENT_CODES:
        return _spent(party)
    for status in (429, 503, 400):
        if str(status) in complaint.codes:
            return problem_of_status(status, complaint, None, party)
    if "rate_limit_exceeded" in complaint.codes:
        return _throttled(None, party)
    found = _refused(500, complaint, party)
    return errors.UpstreamError(provider=party.name) if isinstance(found, errors.UpstreamRefused) else found


def retry_after(headers: Mapping[str, str], now: datetime) -> int | None:
    """Whole seconds to wait, from `retry-after-ms` or `retry-after` (RFC 9110 section 10.2.3: seconds or a date)."""
    in_ms, given = headers.get("retry-after-ms", ""), headers.get("retry-after", "")
    try:
        if in_ms:
            wait_s = float(in_ms) / 1000
        elif given.replace(".", "", 1).isdigit():
            wait_s = float(given)
        else:
            wait_s = (parsedate_to_datetime(given) - now).total_seconds() if given else -1.0
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return None
    return min(_WAIT_MOST_S, max(1, -int(-wait_s // 1))) if given or in_ms else None


def _credential_refused(status: int, party: Party) -> errors.Problem:
    if party.byok:
        return errors.CredentialRefused(provider=party.name)
    logger.error(
        "%s refused the gateway's own credential (status %d): renew the value of %s",
        party.name,
        status,
        party.credential_setting or "its setting",
    )
    return errors.UpstreamAuth(provider=party.name)


def _throttled(wait_s: int | None, party: Party) -> errors.Problem:
    wait_s = wait_s or 1
    return errors.RateLimited(_THROTTLED, provider=party.name, wait_s=wait_s, retry_after_s=wait_s)


def _is_spent(complaint: Complaint) -> bool:
    """Whether an account has no credit or quota left, whatever status the vendor gives that."""
    return bool(complaint.codes & _SPENT_CODES or _SPENT_WORDS.search(complaint.words))


def _spent(party: Party) -> errors.Problem:
    if party.byok:
        return errors.CredentialQuota(provider=party.name)
    logger.error(
        "%s says that the gateway's own account has no credit or quota left: see to the billing of the account that "
        "%s belongs to",
        party.name,
        party.credential_setting or "the credential",
    )
    return errors.UpstreamQuota(provider=party.name)


def _refused(status: int, complaint: Complaint, party: Party) -> errors.Problem:
    if complaint.codes & _CONTEXT_CODES or _CONTEXT_WORDS.search(complaint.words):
        return errors.ContextTooLong()
    if complaint.codes & _FILTER_CODES or _FILTER_WORDS.search(complaint.words):
        return errors.ContentFiltered()
    if status == 404 or "model_not_found" in complaint.codes:
        return errors.UpstreamMissing(provider=party.name)
    return refused_request(status, complaint, party)


def refused_request(status: int, complaint: Complaint, party: Party) -> errors.UpstreamRefused:
    """The refusal with the field and the reason that the upstream gave, as far as they are known words."""
    field, reason = complaint.param, complaint.reason
    given: dict[str, Any] = {"provider": party.name, "upstream_status": status}
    if field and reason:
        return errors.UpstreamRefused(_FIELD_AND_REASON, param=field, field=field, reason=reason, **given)
    if field:
        return errors.UpstreamRefused(_FIELD, param=field, field=field, **given)
    if reason:
        return errors.UpstreamRefused(_REASON, reason=reason, **given)
    return errors.UpstreamRefused(**given)
