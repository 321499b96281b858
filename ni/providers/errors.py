"""Maps errors of upstreams to `Problem`s: by status, by the codes and words of the body, and by transport fault.

Text of an upstream is searched and never passed on, because it may echo prompts, keys and addresses. A client is told
the field at fault if each segment of its path is an index or a word of the vendors' published schemas, and the reason
if it is one of `CODES`. A refused platform credential is our failure (502) and is logged as an error; a refused BYOK
credential is the account's (401). The same holds for an exhausted account at the provider (502, and 402 for BYOK).
"""

import logging
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

import orjson

from ni.domain import errors
from ni.outbound.errors import AddressRefused, ConnectFailed, NoDescriptor, OutboundFault, TooSlow

_LONGEST = 120
_NAMES = """
    action additionalmodelrequestfields additional_model_request_fields allowed_callers allowed_function_names
    allowed_tools anthropic_beta anthropic_version any arguments args audio auto base64 body budget_tokens
    bytes cache_control cache_point candidate_count citations content content_block contents context_management custom
    data description detail disable_parallel_tool_use display document eager_input_streaming edits effort enum
    file file_data file_id file_uri filename format frequency_penalty function function_call function_calling_config
    function_declarations function_response functions generation_config grammar id image image_url include
    include_thoughts include_usage inference_config inline_data input input_audio input_schema instructions items json
    json_schema logit_bias logprobs max_completion_tokens max_gen_len max_output_tokens max_tokens media_type messages
    metadata mime_type min_p modalities mode model n name output_config parallel_tool_calls parameters
    parameters_json_schema parts prediction presence_penalty prompt prompt_cache_key properties reasoning
    reasoning_content reasoning_effort redacted_thinking refusal repetition_penalty required response response_format
    response_json_schema response_mime_type response_schema role safety_identifier safety_settings schema seed
    service_tier signature source status stop stop_sequences store stream stream_options strict structure suffix summary
    system system_instruction temperature text text_format thinking thinking_budget thinking_config thinking_level
    thought_signature title token_count tool tool_call_id tool_calls tool_choice tool_config tool_result tool_spec
    tool_use tool_use_id tools top_a top_k top_logprobs top_p truncation ttl type url user value verbosity
    web_search_options
"""
_WORDS = frozenset(_NAMES.split())
_CODE_NAMES = """
    array_above_max_length array_below_min_length decimal_above_max_value decimal_below_min_value empty_array
    image_parse_error image_too_large integer_above_max_value integer_below_min_value invalid_base64
    invalid_function_parameters invalid_image_format invalid_image_url invalid_json invalid_parameter invalid_prompt
    invalid_schema invalid_type invalid_value missing_required_parameter string_above_max_length
    string_below_min_length tool_use_failed unknown_parameter unsupported_image_media_type
    unsupported_parameter unsupported_value
"""
CODES = frozenset(_CODE_NAMES.split())
"""The codes of OpenAI's errors that a client can act upon; the phrases of other vendors are read as one of these."""
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"extra inputs are not permitted|extraneous key|unrecognized request argument|unknown (name|parameter|field)"
     r"|cannot find field", "unknown_parameter"),
    (r"field required|is required|must be (defined|set|specified|present)|missing", "missing_required_parameter"),
    (r"input should be a valid|invalid type|expected .{0,40}(string|object|list|array)|starting an object",
     "invalid_type"),
    (r"not (currently )?support|n't support|unsupported|not enabled|not available|deprecated"
     r"|(cannot|may not) (both )?be", "unsupported_value"),
    (r"too (long|many)|at most|less than or equal|maximum|exceeds?", "invalid_value"),
    (r"does not match|match(es)? (the )?pattern|failed to satisfy|must be|should be|invalid|is blank|out of range"
     r"|greater than", "invalid_value"),
)  # fmt: skip
_READ_PHRASES = tuple((re.compile(phrase, re.IGNORECASE), code) for phrase, code in _PHRASES)
_SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}|\d{1,5}")
_PATH = r"[A-Za-z_][A-Za-z0-9_]{0,63}(?:\.?\[\d{1,5}\]|\.[A-Za-z0-9_]{1,64})*"
_PREFIX = re.compile(rf"\s*({_PATH}): ")
_QUOTED = re.compile(rf"[`'\"\[]({_PATH})[`'\"\]]")
_DOTTED = re.compile(rf"(?<![\w.]){_PATH}")
_SKIPPED = frozenset({"generatecontentrequest", "converserequest", "request", "value"})
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_OF_TOOLS = re.compile(
    r"does(n't| not) support (tools|tool use|function calling)|requires? --enable-auto-tool-choice",
    re.IGNORECASE,
)
"""How Ollama, vLLM and Bedrock say that the model has no tools."""
_INDEX = re.compile(r"\.?\[(\d+)\]")
_READ_FROM = 4000
_CODES_OF_STATUS: Mapping[str, str] = MappingProxyType({"INVALID_ARGUMENT": "invalid_value"})


def path_of(given: Any) -> str | None:
    """The leading part of a path whose segments are indices or known words; None if the first is neither."""
    if not isinstance(given, str) or len(given) > _LONGEST:
        return None
    path: list[str] = []
    for segment in _INDEX.sub(r".\1", given).split("."):
        if not path and segment.lower() in _SKIPPED:
            continue
        if not _SEGMENT.fullmatch(segment) or not (_known(segment) or (path and segment.isdigit())):
            break
        path.append(f"[{segment}]" if segment.isdigit() else f".{segment}" if path else segment)
    return "".join(path) or None


def field_in(words: str) -> str | None:
    """The field that an error's sentence names: before a colon, in quotes, as a path of several known words, or as one
    that no sentence has otherwise (`tool_choice`)."""
    words = words[:_READ_FROM]
    if _OF_TOOLS.search(words):
        return "tools"
    prefix = _PREFIX.match(words)
    if prefix and (path := path_of(prefix[1])):
        return path
    named = [path for match in _QUOTED.finditer(words) if (path := path_of(match[1]))]
    if named:
        return max(named, key=len)
    bare = [path for match in _DOTTED.finditer(words) if (path := path_of(match[0]))]
    return next(filter(_is_deep, bare), None) or next((path for path in bare if "_" in path), None)


def code_in(codes: Iterable[str], words: str) -> str | None:
    """The reason as one of `CODES`, given as a code, or by a phrase that vendors use."""
    match = next((code for code in sorted(codes) if code in CODES), None)
    if match:
        return match
    words = words[:_READ_FROM]
    by_phrase = next((code for phrase, code in _READ_PHRASES if phrase.search(words)), None)
    return by_phrase or next((_CODES_OF_STATUS[code] for code in codes if code in _CODES_OF_STATUS), None)


def violations(error: Mapping[str, Any]) -> str | None:
    """The first field of Google's `fieldViolations` (google.rpc.BadRequest)."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        entries = detail.get("fieldViolations") if isinstance(detail, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and (path := path_of(entry.get("field"))):
                return path
    return None


def _known(segment: str) -> bool:
    return segment.lower() in _WORDS or _CAMEL.sub(r"_\1", segment).lower() in _WORDS


def _is_deep(path: str) -> bool:
    return "." in path or "[" in path


logger = logging.getLogger(__name__)

_WAIT_MOST_S = 3600
_CONTEXT_CODES = frozenset(
    {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}
)
_CONTEXT_WORDS = re.compile(
    r"maximum (?:context|model) length|context (size|window|length|limit)|prompt is too long|"
    r"input is too long for requested model|inputs?` tokens \+ `max_new_tokens",
    re.IGNORECASE,
)
_TOKENS_AND_MOST = re.compile(r"(\d{1,9}) tokens > (\d{1,9})")
_MOST_AND_TOKENS = re.compile(
    r"maximum context length is (\d{1,9}) tokens.{0,60}?(?:requested|resulted in)(?: about)? (\d{1,9}) tokens",
    re.DOTALL,
)
_INPUT_AND_OUTPUT = re.compile(
    r"input length and `?max_tokens`? exceed context limit: (\d{1,9}) \+ (\d{1,9}) > (\d{1,9})"
)
_COUNTED_TOO_LONG = (
    "The conversation exceeds the context window of the model (prompt is too long: %(tokens)s tokens > %(most)s "
    "maximum, context_length_exceeded). Shorten it or choose a route with more room."
)
_BOTH_TOO_LONG = (
    "The conversation and its answer exceed the context window together (input length and `max_tokens` exceed context "
    "limit: %(prompt)s + %(output)s > %(most)s, context_length_exceeded). Lower `max_tokens`, shorten the "
    "conversation, or choose a route with more room."
)
_TOO_LARGE = "%(provider)s takes no request of this size. Send less, or split the conversation."
_REPAIRED_BY_WORDS = (
    "Invalid `signature` in `thinking` block",
    "`tool_use` ids were found without `tool_result` blocks",
    "image exceeds 5 MB maximum",
)
"""Phrases of Anthropic's by which agents know how to mend a request; they hold nothing of it."""
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
_THROTTLED = "%(provider)s is limiting the rate of requests. Wait %(wait_s)s s and try again."
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
_UNREADABLE_CALL = (
    "%(provider)s reports that the model wrote a tool call that cannot be read (%(reason)s). Try again; fewer tools "
    "or simpler schemas help."
)
_NO_CAUSE = (
    "%(provider)s ended the answer without naming a cause (%(reason)s). Try again, or choose another route."
)
_ADDRESS = (
    "The address set for %(provider)s may not be reached from here. If it is a server of your own, the "
    "operator must name its network in NI_PRIVATE_NETWORKS."
)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Whom we called: the provider's name, whether with a BYOK credential, and which setting holds ours."""

    name: str
    byok: bool = False
    credential_setting: str = ""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error object: `codes` and `words` tell cases apart; `param` and `reason` hold known words only."""

    codes: frozenset[str] = frozenset()
    words: str = ""
    param: str | None = None
    reason: str | None = None


def read_error_body(body: bytes | Any) -> ErrorBody:
    """The error object of a body (bytes, or parsed JSON); an empty one if there is none."""
    try:
        parsed = orjson.loads(body) if isinstance(body, bytes) else body
    except orjson.JSONDecodeError:
        return ErrorBody()
    error = parsed.get("error", parsed) if isinstance(parsed, dict) else parsed
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


def _complaint(codes: frozenset[str], words: str, param: str | None = None) -> ErrorBody:
    known = next((phrase for phrase in _REPAIRED_BY_WORDS if phrase in words[:_READ_FROM]), None)
    return ErrorBody(codes, words, param or field_in(words), known or code_in(codes, words))


def problem_of_fault(fault: OutboundFault, upstream: Upstream) -> errors.Problem:
    """The problem that a failed connection is."""
    if isinstance(fault, TooSlow):
        return errors.UpstreamTimeout(provider=upstream.name, seconds=f"{fault.seconds:.0f}")
    if isinstance(fault, AddressRefused):
        logger.warning("%s: %s", upstream.name, fault)
        return errors.UpstreamError(_ADDRESS, provider=upstream.name)
    if isinstance(fault, ConnectFailed):
        logger.warning("%s: %s", upstream.name, fault)
        ours = isinstance(fault, NoDescriptor)
        return errors.Overloaded() if ours else errors.UpstreamBusy(provider=upstream.name)
    return errors.UpstreamError(provider=upstream.name)


def problem_of_status(
    status: int, error_body: ErrorBody, wait_s: int | None, upstream: Upstream
) -> errors.Problem:
    """The problem that an error response is; `wait_s` is what `retry_after` read."""
    if status == 402 or (status in _SPENT_STATUS and _is_spent(error_body)):
        return _spent(upstream)
    if status in (401, 403):
        return _credential_refused(status, upstream)
    if status == 429 or "rate_limit_exceeded" in error_body.codes:
        return _throttled(wait_s, upstream)
    if status in (408, 504):
        return errors.UpstreamTimeout(
            "%(provider)s gave up on the request because it took too long. Try again, or "
            "choose another route.",
            provider=upstream.name,
        )
    if status >= 500 or status < 400:
        busy = status in (503, 529)
        return (errors.UpstreamBusy if busy else errors.UpstreamError)(
            provider=upstream.name, retry_after_s=wait_s
        )
    return _refused(status, error_body, upstream)


def problem_in_stream(error: Any, upstream: Upstream) -> errors.Problem:
    """The problem that an error object in the middle of a stream is: the upstream's failure, or what its code says."""
    error_body = read_error_body({"error": error})
    if error_body.codes & _SPENT_CODES:
        return _spent(upstream)
    for status in (429, 503, 400):
        if str(status) in error_body.codes:
            return problem_of_status(status, error_body, None, upstream)
    if "rate_limit_exceeded" in error_body.codes:
        return _throttled(None, upstream)
    return after_begin(_refused(500, error_body, upstream), upstream)


def after_begin(problem: errors.Problem, upstream: Upstream) -> errors.Problem:
    """The problem with which an answer ends that has begun: no refusal, because the request was taken."""
    return (
        errors.UpstreamError(provider=upstream.name)
        if isinstance(problem, errors.UpstreamRefused)
        else problem
    )


def unreadable_call(reason: str, upstream: Upstream) -> errors.Problem:
    """The problem of an answer that ended in a call that is none; `reason` is the vendor's own known word."""
    return errors.UpstreamError(_UNREADABLE_CALL, provider=upstream.name, reason=reason)


def stopped_without_cause(reason: str, upstream: Upstream) -> errors.Problem:
    """The problem of an answer that ended by a known word of the vendor's which says nothing."""
    return errors.UpstreamError(_NO_CAUSE, provider=upstream.name, reason=reason)


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
    except (ValueError, TypeError, OverflowError):  # TypeError: a date without a zone
        return None
    if math.isnan(wait_s) or not (given or in_ms):
        return None
    return math.ceil(min(_WAIT_MOST_S, max(1, wait_s)))


def _credential_refused(status: int, upstream: Upstream) -> errors.Problem:
    if upstream.byok:
        return errors.CredentialRefused(provider=upstream.name)
    logger.error(
        "%s refused the gateway's own credential (status %d): renew the value of %s",
        upstream.name,
        status,
        upstream.credential_setting or "its setting",
    )
    return errors.UpstreamAuth(provider=upstream.name)


def _throttled(wait_s: int | None, upstream: Upstream) -> errors.Problem:
    wait_s = wait_s or 1
    return errors.RateLimited(_THROTTLED, provider=upstream.name, wait_s=wait_s, retry_after_s=wait_s)


def _is_spent(error_body: ErrorBody) -> bool:
    """Whether an account has no credit or quota left, whatever status the vendor gives that."""
    return bool(error_body.codes & _SPENT_CODES or _SPENT_WORDS.search(error_body.words))


def _spent(upstream: Upstream) -> errors.Problem:
    if upstream.byok:
        return errors.CredentialQuota(provider=upstream.name)
    logger.error(
        "%s says that the gateway's own account has no credit or quota left: see to the billing of the account that "
        "%s belongs to",
        upstream.name,
        upstream.credential_setting or "the credential",
    )
    return errors.UpstreamQuota(provider=upstream.name)


def context_too_long(error_body: ErrorBody) -> errors.ContextTooLong:
    """The problem of a conversation that does not fit, with the numbers that the upstream gave."""
    words = error_body.words[:_READ_FROM]
    if both := _INPUT_AND_OUTPUT.search(words):
        return errors.ContextTooLong(
            _BOTH_TOO_LONG, param="max_tokens", prompt=both[1], output=both[2], most=both[3]
        )
    if counted := _TOKENS_AND_MOST.search(words):
        return errors.ContextTooLong(_COUNTED_TOO_LONG, tokens=counted[1], most=counted[2])
    if counted := _MOST_AND_TOKENS.search(words):
        return errors.ContextTooLong(_COUNTED_TOO_LONG, tokens=counted[2], most=counted[1])
    return errors.ContextTooLong()


def _refused(status: int, error_body: ErrorBody, upstream: Upstream) -> errors.Problem:
    if error_body.codes & _CONTEXT_CODES or _CONTEXT_WORDS.search(error_body.words):
        return context_too_long(error_body)
    if status == 413:
        return errors.BodyTooLarge(_TOO_LARGE, provider=upstream.name)
    if error_body.codes & _FILTER_CODES or _FILTER_WORDS.search(error_body.words):
        return errors.ContentFiltered()
    if status == 404 or "model_not_found" in error_body.codes:
        return errors.UpstreamMissing(provider=upstream.name)
    return refused_request(status, error_body, upstream)


def refused_request(status: int, error_body: ErrorBody, upstream: Upstream) -> errors.UpstreamRefused:
    """The problem of a refused request, with the field and the reason where they are known words."""
    field, reason = error_body.param, error_body.reason
    given: dict[str, Any] = {"provider": upstream.name, "upstream_status": status}
    if field and reason:
        return errors.UpstreamRefused(_FIELD_AND_REASON, param=field, field=field, reason=reason, **given)
    if field:
        return errors.UpstreamRefused(_FIELD, param=field, field=field, **given)
    if reason:
        return errors.UpstreamRefused(_REASON, reason=reason, **given)
    return errors.UpstreamRefused(**given)
