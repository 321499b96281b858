"""Every way in which a call can be refused or fail, as an exception that knows its status and its words.

A `Problem` carries no upstream text and no secret: its sentence is a template of ours (and the message id of its
translation) with short, safe values filled in. Dialects render it; nothing else decides a status.
The cases are those of the error table in `docs/errors.md`, which a test compares with this file.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self


class Problem(Exception):
    """A refusal or failure with an HTTP status, an OpenAI error type and code, and a sentence for a person."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "api_error"
    code: ClassVar[str | None] = "internal_error"
    text: ClassVar[str] = "Something went wrong in the gateway. Try again; the request id helps the operator."
    retry_after_s: int | None = None
    upstream_status: int | None = None
    """The HTTP status of the provider's refusal, for the log; set where its answer is read."""
    should_retry: ClassVar[bool | None] = None
    expected: str = ""
    """The phrase in the sentence that says what a field must be; it is translated apart."""

    def __init__(
        self, text: str = "", *, param: str | None = None, retry_after_s: int | None = None, **fields: Any
    ) -> None:
        self.template = text or self.text
        self.param = param
        self.fields = fields
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s
        super().__init__(self.template)

    @property
    def message(self) -> str:
        """The English sentence."""
        return self.message_in(lambda sentence: sentence)

    def message_in(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language that `translate` gives a template in."""
        fields = self.fields
        if self.expected:
            fields = {**fields, "expected": translate(self.expected) % fields}
        sentence = translate(self.template)
        return sentence % fields if fields else sentence

    def expecting(self, phrase: str) -> Self:
        """The same problem, with what its field must be: `%(expected)s` in its sentence."""
        self.expected = phrase
        self.fields["expected"] = phrase % self.fields
        return self

    def __str__(self) -> str:
        return self.message


def forget_frames(fault: BaseException) -> None:
    """Drop the tracebacks of a fault that was handled, and of those that led to it.

    A frame with its own exception in a variable refers to itself: with all that the call held, megabytes of an answer
    that was too long, it would wait for the garbage collector, which comes rarely.
    """
    waiting: list[BaseException | None] = [fault]
    while waiting:
        each = waiting.pop()
        if each is not None and each.__traceback__ is not None:
            each.__traceback__ = None
            waiting += [each.__cause__, each.__context__]


class InvalidKey(Problem):
    """No, wrong, revoked or expired key: one answer for all four, so that nothing can be probed."""

    status, type, code = 401, "invalid_request_error", "invalid_api_key"
    text = (
        "The API key is missing, wrong, revoked or expired. Send `Authorization: Bearer ni_live_...` with a "
        "key from the portal's Keys page."
    )


class InvalidAdminToken(Problem):
    """No, wrong, revoked or expired token of the administration API: one answer for all four."""

    status, type, code = 401, "invalid_request_error", "invalid_admin_token"
    text = (
        "The token is missing, wrong, revoked or expired. Send `Authorization: Bearer ni_admin_...` with a token from "
        "the portal's page API tokens, or from `ni token create`."
    )


class ScopeMissing(Problem):
    """A good token of the administration API that does not have the scope of the endpoint, or is not the operator's."""

    status, type, code = 403, "permission_error", "insufficient_scope"
    text = "This token does not have the scope `%(scope)s`. Make one that has it, and revoke this one."


class ChangedMeanwhile(Problem):
    """`If-Match` names a state of the object that is no longer the present one."""

    status, type, code = 412, "invalid_request_error", "changed_meanwhile"
    text = "The object was changed since it was read. Read it again, and send its new `ETag` in `If-Match`."


class RotatedMeanwhile(Problem):
    """A key that another request rotated at the same time."""

    status, type, code = 409, "invalid_request_error", "rotated_meanwhile"
    text = "Another request rotated the key at the same time. Read the key before you rotate it again."


class StillInUse(Problem):
    """An object that cannot be deleted, because others depend on it."""

    status, type, code = 409, "invalid_request_error", "still_in_use"
    text = "The object is still in use, so it cannot be deleted."


class AddressNotAllowed(Problem):
    """A good key, from an address that is not in the list of the key."""

    status, type, code = 403, "permission_error", "address_not_allowed"
    text = (
        "This key is not let in from the address that the request came from. Send it from an address in the key's "
        "list, or ask an account owner to change that list."
    )


class BadRequest(Problem):
    """The request itself is at fault; `param` names the field where there is one."""

    status, type, code = 400, "invalid_request_error", "invalid_request_error"
    text = "The request is not valid."


class UnsupportedParameter(BadRequest):
    """The route cannot do what the request asks for (images, tools)."""

    code = "unsupported_parameter"
    text = "The route cannot do what the request asks for. Remove the field, or choose another route."


class PiiBlocked(BadRequest):
    """The request holds personal data of a kind that the key or its account blocks; nothing was sent."""

    code = "pii_blocked"
    text = (
        "The request holds personal data that this key does not let out (%(found)s), so nothing was sent. Remove "
        "it, or ask an account owner to change what the key or the account blocks."
    )

    def __init__(self, *, counts: Mapping[str, int]) -> None:
        self.counts = dict(sorted(counts.items()))
        super().__init__(found=", ".join(f"{kind.lower()}={count}" for kind, count in self.counts.items()))


class NotFound(Problem):
    """No such address or object, or not one that this caller may see."""

    status, type, code = 404, "invalid_request_error", "not_found"
    text = "There is nothing at this address. The endpoints are listed in the documentation under /docs/."


class ModelNotFound(NotFound):
    """A model that the key cannot call, where prose would not do: a list, a schema, a forced tool, a strict key."""

    code = "model_not_found"
    text = "This key can call no model with the id `%(model)s`. `GET /v1/models` lists those it can call."


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    status, type, code = 405, "invalid_request_error", "method_not_allowed"
    text = "This address does not accept that method. The `Allow` header names those it accepts."


class BodyTooLarge(Problem):
    """The body is larger than the limit."""

    status, type, code = 413, "invalid_request_error", "request_too_large"
    text = "The request body is larger than %(limit)s bytes. Send less, or split the conversation."


class UnsupportedEncoding(Problem):
    """A content type or content encoding that the endpoint does not read."""

    status, type, code = 415, "invalid_request_error", "unsupported_media_type"
    text = (
        "Send the body as UTF-8 JSON, `Content-Type: application/json`, plain or with one `Content-Encoding` out of "
        "gzip, deflate, br and zstd."
    )


class BodyTooSlow(Problem):
    """The body did not arrive in time."""

    status, type, code = 408, "invalid_request_error", "request_timeout"
    text = "The request body did not arrive within %(seconds)s s. Send it again."


class ResidencyUnverified(Problem):
    """The residency guard refuses before any data leaves."""

    status, type, code = 403, "permission_error", "residency_unverified"
    text = (
        "Residency of `%(route)s` could not be verified (%(reason)s), so nothing was sent. "
        "Known-good alternative: %(alternative)s."
    )


class IdempotencyMismatch(Problem):
    """An `Idempotency-Key` that came with another body before."""

    status, type, code = 409, "idempotency_error", "idempotency_key_reused"
    should_retry = False
    text = (
        "This `Idempotency-Key` came with another body before, in request %(request)s. Send each new request with "
        "a key of its own."
    )


class IdempotencyInProgress(Problem):
    """The call that an `Idempotency-Key` names is still under way."""

    status, type, code = 409, "idempotency_error", "idempotency_in_progress"
    retry_after_s = 2
    text = (
        "The request with this `Idempotency-Key` is still under way, as request %(request)s. Wait for its answer "
        "on the connection that asked, or ask again in a moment."
    )


class IdempotencyUsed(Problem):
    """The call that an `Idempotency-Key` names was answered, and is not bought again."""

    location: str = ""
    """The path of what an administrative request made."""

    status, type, code = 409, "idempotency_error", "idempotency_key_used"
    should_retry = False
    text = (
        "The request with this `Idempotency-Key` was answered before, as request %(request)s with status %(status)s, "
        "and %(charge)s was charged for it. Answers are never stored, so it cannot be given again; send a new key "
        "to ask anew."
    )


class CapReached(Problem):
    """The key's daily cap does not leave enough for this call."""

    status, type, code = 429, "insufficient_quota", "insufficient_quota"
    should_retry = False
    text = (
        "This key has spent %(spent)s of its daily cap of %(cap)s %(currency)s, and the call could cost up to "
        "%(estimate)s. The cap resets at %(reset_at)s; an account owner can raise it on the portal's Keys page."
    )


class BudgetReached(CapReached):
    """A budget of the key, its owner, the call's tag or the account does not leave enough for this call."""

    text = (
        "This call could cost up to %(estimate)s, which does not fit into %(expected)s: of %(limit)s %(currency)s, "
        "%(spent)s are spent and %(held)s are held for calls under way. The budget resets at %(reset_at)s; an account "
        "owner can raise it on the portal's Budgets page."
    )


class BalanceEmpty(CapReached):
    """The account's prepaid balance does not leave enough for this call."""

    text = (
        "This call could cost up to %(estimate)s, which the account's prepaid balance does not cover: of %(balance)s "
        "%(currency)s, %(held)s are held for calls under way. Ask the operator for credit."
    )


class RateLimited(Problem):
    """Requests per minute of the key, or the provider's own throttling."""

    status, type, code = 429, "rate_limit_error", "rate_limit_exceeded"
    retry_after_s = 1
    text = "Too many requests for this key. Wait %(wait_s)s s and try again."


class ContextTooLong(Problem):
    """The conversation does not fit the model.

    Agents compact a conversation when the message holds one of a few phrases, as Anthropic's form has no code: `prompt
    is too long` (Claude Code, pi), `context_length_exceeded`, `exceeds the context window`. Each sentence, in each
    language, has the first two as they are.
    """

    status, type, code = 400, "invalid_request_error", "context_length_exceeded"
    text = (
        "The conversation exceeds the context window of the model (prompt is too long, context_length_exceeded). "
        "Shorten it or choose a route with more room."
    )


class ContentFiltered(Problem):
    """The provider's filter refused the prompt."""

    status, type, code = 400, "invalid_request_error", "content_filter"
    text = "The provider's content filter refused the prompt. Change the wording or choose another route."


class UpstreamRefused(Problem):
    """The provider called the request invalid: the field and the reason that it named, never its own words."""

    status, type, code = 400, "invalid_request_error", "upstream_rejected"
    text = (
        "%(provider)s did not accept the request for this model (status %(upstream_status)s). Check parameters "
        "that the model may not support."
    )


class UpstreamAuth(Problem):
    """The provider refuses the platform's credential: never 401, or clients would discard their own key."""

    status, type, code = 502, "api_error", "upstream_auth"
    text = "%(provider)s refused the gateway's own credential. The operator has been told in the log."


class CredentialRefused(Problem):
    """The provider refuses the account's own (BYOK) credential."""

    status, type, code = 401, "invalid_request_error", "byok_credential_refused"
    text = "%(provider)s refused the credential stored for your account. Renew it on the portal's BYOK page."


class UpstreamQuota(Problem):
    """The gateway's own account with the provider has no credit or quota left: the operator must act."""

    status, type, code = 502, "api_error", "upstream_quota"
    should_retry = False
    text = (
        "The gateway's own account with %(provider)s has no credit or quota left. The operator has been told in the "
        "log and must act; until then, choose a route of another provider."
    )


class CredentialQuota(Problem):
    """The account's own (BYOK) account with the provider has no credit or quota left."""

    status, type, code = 402, "insufficient_quota", "byok_quota_exhausted"
    should_retry = False
    text = (
        "%(provider)s says that the credential stored for your account has no credit or quota left. Check the "
        "billing of that account with the provider."
    )


class UpstreamMissing(Problem):
    """The provider no longer serves the model."""

    status, type, code = 502, "api_error", "upstream_model_missing"
    text = "%(provider)s does not serve this model any more. Choose another route from `GET /v1/models`."


class UpstreamError(Problem):
    """The provider is down, cut the connection or answered nonsense."""

    status, type, code = 502, "api_error", "upstream_error"
    text = "%(provider)s failed to answer. Try again in a moment, or choose another route."


class UpstreamBusy(UpstreamError):
    """The provider says that it is overloaded or unavailable."""

    status = 503
    retry_after_s = 5
    text = "%(provider)s is overloaded or unavailable. Try again in a moment, or choose another route."


class UpstreamTimeout(Problem):
    """The provider was too slow."""

    status, type, code = 504, "api_error", "upstream_timeout"
    text = "%(provider)s did not answer within %(seconds)s s. Try again, or choose another route."


class DetectionFailed(Problem):
    """Personal data could not be looked for, so nothing was sent."""

    status, type, code = 503, "api_error", "detection_failed"
    retry_after_s = 2
    text = "Personal data could not be checked, so nothing was sent. Try again in a moment."


class StoreUnavailable(Problem):
    """The database is away: never 401, because the key may well be good."""

    status, type, code = 503, "api_error", "store_unavailable"
    retry_after_s = 2
    text = "The gateway's database is unavailable, so nothing was sent. Try again in a moment."


class KeyRetired(Problem):
    """The custody log has a newer key than this gateway: nothing is signed with the old one."""

    status, type, code = 503, "api_error", "custody_key_retired"
    text = (
        "The custody log %(origin)s has a newer key than this gateway, so nothing was signed. The operator copies "
        "the folder `secrets` from the machine that rotated the key, and starts the gateway again."
    )


class Overloaded(Problem):
    """The gateway is at its limit, or stopping."""

    status, type, code = 503, "api_error", "overloaded"
    retry_after_s = 1
    text = "The gateway is at its limit of concurrent requests. Try again in a moment."


class MaskingFull(Overloaded):
    """Too many calls wait for their personal data to be found."""

    text = "Too many requests wait for their personal data to be found, so nothing was sent. Try again in %(wait_s)s s."


class DeploymentFull(Overloaded):
    """Too many calls are under way at a deployment, and wait for it."""

    text = (
        "As many requests are under way at the deployment of this route as it takes, and more wait. Try again in "
        "%(wait_s)s s, or choose another route."
    )


class ClientGone(Exception):
    """The client closed its connection; there is nobody left to answer."""
