"""What each provider says when it does not answer, and the problem that a client is told: one table per adapter.

Bodies, types and statuses are the vendors' own. A row that a wire cannot say is left out with the reason beside it.
"""

from dataclasses import dataclass, field
from typing import Any

from ni.domain import errors
from ni.domain.errors import Problem

Json = dict[str, Any]

ROWS: dict[str, type[Problem]] = {
    "credential": errors.UpstreamAuth,
    "own credential": errors.CredentialRefused,
    "throttle": errors.RateLimited,
    "quota": errors.UpstreamQuota,
    "context": errors.ContextTooLong,
    "filter": errors.ContentFiltered,
    "overloaded": errors.UpstreamBusy,
    "failed": errors.UpstreamError,
    "too large": errors.BodyTooLarge,
    "timeout": errors.UpstreamTimeout,
    "not served": errors.UpstreamMissing,
    "not understood": errors.UpstreamRefused,
}
WAIT_S = 7


@dataclass(frozen=True)
class Refusal:
    """An answer that is none; `waits` says whether it asks to wait `WAIT_S`."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)
    waits: bool = False


Table = dict[str, list[Refusal]]


def _openai(status: int, code: str | None, kind: str = "invalid_request_error", **more: str) -> Refusal:
    error = {"message": "Zoe, in words", "type": kind, "param": None, "code": code, **more}
    return Refusal(status, {"error": error})


def _waiting(refusal: Refusal, **headers: str) -> Refusal:
    named = {name.replace("_", "-"): value for name, value in headers.items()} or {"Retry-After": str(WAIT_S)}
    return Refusal(refusal.status, refusal.body, {**refusal.headers, **named}, waits=True)


OPENAI: Table = {
    "too large": [_openai(413, None)],
    "credential": [_openai(401, "invalid_api_key"), _openai(403, "unsupported_country_region_territory")],
    "own credential": [_openai(401, "invalid_api_key")],
    "throttle": [
        _waiting(_openai(429, "rate_limit_exceeded", "requests")),
        _waiting(_openai(429, "rate_limit_exceeded", "tokens"), retry_after_ms="6800"),
        _openai(429, None),
    ],
    "quota": [
        _openai(429, "insufficient_quota", "insufficient_quota"),
        _openai(429, "billing_not_active", "billing_not_active"),
        _openai(400, "billing_hard_limit_reached"),
        Refusal(402, {"error": {"message": "Insufficient credits", "code": 402}}),  # OpenRouter
        Refusal(402, {}),
    ],
    "context": [_openai(400, "context_length_exceeded"), _openai(400, "string_above_max_length")],
    "filter": [_openai(400, "content_policy_violation"), _openai(400, "content_filter")],
    "overloaded": [_openai(503, None, "server_error"), _waiting(_openai(503, None, "server_error"))],
    "failed": [_openai(500, None, "server_error"), _openai(502, None)],
    "timeout": [_openai(408, None), _openai(504, None)],
    "not served": [_openai(404, "model_not_found")],
    "not understood": [_openai(400, "unknown_parameter"), _openai(422, None)],
}


def _azure(status: int, code: str, words: str = "Zoe, in words", **more: Any) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": words, **more}})


_JUDGED = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": True}}}
AZURE: Table = {
    "too large": [_azure(413, "RequestEntityTooLarge")],
    "credential": [_azure(401, "401"), _azure(403, "403"), _azure(401, "PermissionDenied")],
    "own credential": [_azure(401, "401")],
    "throttle": [_waiting(_azure(429, "429")), _azure(429, "RateLimitReached")],
    "quota": [
        _azure(429, "insufficient_quota"),
        _azure(403, "403", "Out of call volume quota. Quota will be replenished in 10.06:00:00."),
    ],
    "context": [
        _azure(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.")
    ],
    "filter": [_azure(400, "content_filter", innererror=_JUDGED)],
    "overloaded": [_azure(503, "503")],
    "failed": [_azure(500, "InternalServerError"), _azure(502, "BadGateway")],
    "timeout": [_azure(408, "Timeout"), _azure(504, "GatewayTimeout")],
    "not served": [_azure(404, "DeploymentNotFound"), _azure(404, "404", "Resource not found")],
    "not understood": [_azure(400, "BadRequest")],
}


def _anthropic(status: int, kind: str, words: str = "Zoe, in words") -> Refusal:
    error = {"type": kind, "message": words}
    return Refusal(status, {"type": "error", "error": error, "request_id": "req_1"})


ANTHROPIC: Table = {
    "credential": [_anthropic(401, "authentication_error"), _anthropic(403, "permission_error")],
    "own credential": [_anthropic(401, "authentication_error")],
    "throttle": [_waiting(_anthropic(429, "rate_limit_error")), _anthropic(429, "rate_limit_error")],
    "quota": [
        _anthropic(402, "billing_error"),
        _anthropic(
            400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."
        ),
        _anthropic(
            400,
            "invalid_request_error",
            "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
        ),
    ],
    "context": [
        _anthropic(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    ],
    "too large": [_anthropic(413, "request_too_large")],
    "filter": [_anthropic(400, "invalid_request_error", "Output blocked by content filtering policy")],
    "overloaded": [_anthropic(529, "overloaded_error"), _anthropic(503, "api_error")],
    "failed": [_anthropic(500, "api_error")],
    "timeout": [_anthropic(504, "timeout_error")],
    "not served": [_anthropic(404, "not_found_error")],
    "not understood": [_anthropic(400, "invalid_request_error", "max_tokens: Field required")],
}


def _bedrock(status: int, kind: str, words: str = "Zoe, in words") -> Refusal:
    named = {"x-amzn-ErrorType": f"{kind}:http://internal.amazon.com/coral/{kind}/"}
    return Refusal(status, {"message": words}, named)


def _invalid(words: str) -> Refusal:
    return _bedrock(400, "ValidationException", words)


BEDROCK: Table = {
    "too large": [_bedrock(413, "RequestEntityTooLargeException")],
    "credential": [
        _bedrock(403, "AccessDeniedException"),
        _bedrock(403, "ExpiredTokenException"),
        _bedrock(400, "UnrecognizedClientException"),
        _bedrock(403, "InvalidSignatureException"),
    ],
    "own credential": [_bedrock(403, "AccessDeniedException")],
    "throttle": [
        _bedrock(429, "ThrottlingException"),
        _bedrock(400, "ServiceQuotaExceededException"),
        _waiting(_bedrock(429, "ThrottlingException")),
    ],
    "quota": [
        _bedrock(
            403,
            "AccessDeniedException",
            "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided.",
        )
    ],
    "context": [
        _invalid("Input is too long for requested model."),
        _invalid(
            "This model's maximum context length is 32768 tokens. Please reduce the length of the prompt"
        ),
    ],
    "filter": [_invalid("Output blocked by content filtering policy")],
    "overloaded": [_bedrock(503, "ServiceUnavailableException"), _bedrock(429, "ModelNotReadyException")],
    "failed": [_bedrock(500, "InternalServerException"), _bedrock(424, "ModelErrorException")],
    "timeout": [_bedrock(408, "ModelTimeoutException")],
    "not served": [
        _bedrock(404, "ResourceNotFoundException"),
        _invalid("The provided model identifier is invalid."),
        _invalid("Invocation of model ID x with on-demand throughput isn't supported."),
    ],
    "not understood": [_invalid("The maximum tokens you requested exceeds the model limit of 8192.")],
}


def _google(status: int, named: str, words: str = "Zoe, in words", *details: Json) -> Refusal:
    error = {"code": status, "message": words, "status": named, "details": list(details)}
    return Refusal(status, {"error": error}, waits=any("retryDelay" in detail for detail in details))


_LATER = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{WAIT_S}.2s"}
_UNPAID = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "BILLING_DISABLED"}
VERTEX: Table = {
    "too large": [_google(413, "INVALID_ARGUMENT")],
    "credential": [_google(401, "UNAUTHENTICATED"), _google(403, "PERMISSION_DENIED")],
    "own credential": [_google(401, "UNAUTHENTICATED")],
    "throttle": [_google(429, "RESOURCE_EXHAUSTED"), _google(429, "RESOURCE_EXHAUSTED", "Zoe", _LATER)],
    "quota": [_google(403, "PERMISSION_DENIED", "Zoe", _UNPAID)],  # RESOURCE_EXHAUSTED is a rate
    "context": [
        _google(
            400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed"
        )
    ],
    "filter": [
        Refusal(200, {"promptFeedback": {"blockReason": reason}})
        for reason in ("SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "MODEL_ARMOR", "JAILBREAK")
    ],
    "overloaded": [_google(503, "UNAVAILABLE")],
    "failed": [_google(500, "INTERNAL")],
    "timeout": [_google(504, "DEADLINE_EXCEEDED"), _google(499, "CANCELLED")],
    "not served": [_google(404, "NOT_FOUND", "Publisher Model `x` was not found")],
    "not understood": [_google(400, "INVALID_ARGUMENT"), _google(400, "FAILED_PRECONDITION")],
}

TABLES: dict[str, Table] = {
    "anthropic": ANTHROPIC,
    "anthropic messages": ANTHROPIC,
    "azure": AZURE,
    "bedrock": BEDROCK,
    "bedrock messages": BEDROCK,
    "local": {
        **OPENAI,
        "own credential": [],
    },  # an operator's server: nobody brings a credential for it
    "openai": OPENAI,
    "vertex_ai": VERTEX,
}
