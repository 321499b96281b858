"""Sends a call to its provider, and once more where that is safe: nothing has reached the client, and the provider said
that it did not take the request (throttled, overloaded, not reached).

We wait at least as long as the provider asks for; a wait over `LONGEST_S` is left to the client, in `Retry-After`. At
most one call in ten is sent again, so that a provider in trouble gets little more load.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ni.custody.record import Commitment
from ni.domain.errors import Problem, RateLimited, UnsupportedParameter, UpstreamBusy
from ni.domain.ids import Random
from ni.domain.route import CallKind
from ni.gateway.context import Admitted, Answered, RequestContext, SentRequest
from ni.gateway.residency_check import ResidencyCheck
from ni.providers.base import Embedder, Provider, ProviderRequest, ProviderResponse
from ni.providers.prompted_tools import send_with_prompted_tools

DRAIN_S = 0.5
"""How long a whole answer is waited for after its client left: to learn what it cost, if it was about to end."""
LONGEST_S = 2.0
USUAL_S = 0.2
JITTER_S = 0.3
SHARE = 0.1
MOST_SAVED = 10.0


class Sender:
    """Sends requests of one process; `_allowance` is how many may still be repeated."""

    def __init__(
        self, providers: Mapping[str, Provider], residency_check: ResidencyCheck, random: Random
    ) -> None:
        self._providers = providers
        self._residency_check = residency_check
        self._random = random
        self._allowance = MOST_SAVED

    def send(self, context: RequestContext, admitted: Admitted) -> SentRequest:
        """Send, and wait for the response headers while the client waits too. Raises `Problem`, `ClientGone`."""
        exchange = self._accepted(context, admitted)
        sent = context.sent = SentRequest(admitted, exchange, Commitment(self._random))
        context.answered = Answered(exchange.peer, delivered=sent.delivered)
        return sent

    def _accepted(self, context: RequestContext, admitted: Admitted) -> ProviderResponse:
        """The exchange that the provider began, at the first or the second attempt."""
        resolved, masked = admitted.resolved, admitted.masked
        order = ProviderRequest(
            context.request_id,
            resolved.route,
            masked.body,
            resolved.call.stream,
            cache_tag=context.caller.account_id,
            headers=resolved.call.headers,
            form=masked.form,
            byok=resolved.credential,
            vet=self._residency_check.vet(context, admitted),
            sent=admitted.sent_bodies.add,
            dropped=partial(_warn, context),
        )
        method = _method(self._providers[resolved.route.provider], resolved.call.kind)
        if masked.form == "chat" and not resolved.route.capabilities.has_own_tools:
            method = partial(send_with_prompted_tools, method)
        send = partial(method, order)
        patience_s = 0.0 if resolved.call.stream else DRAIN_S
        self._allowance = min(MOST_SAVED, self._allowance + SHARE)
        try:
            return context.client.watch(send, patience_s)
        except (RateLimited, UpstreamBusy) as problem:
            wait_s = pause_before_again(problem, self._random)
            if wait_s is None or self._allowance < 1:
                raise
        self._allowance -= 1
        context.client.watch(partial(time.sleep, wait_s))
        return context.client.watch(send, patience_s)


def _warn(context: RequestContext, names: Sequence[str]) -> None:
    """Name in `X-NI-Warning` what a second try left out."""
    if context.resolved is not None and names:
        call = context.resolved.call
        clause = f"dropped parameters: {', '.join(names)}"
        context.resolved = replace(context.resolved, call=call.warned((*call.warnings, clause)))


def _method(provider: Provider, kind: CallKind) -> Callable[[ProviderRequest], ProviderResponse]:
    """The provider's method for calls of this kind. Raises `UnsupportedParameter` where it makes no embeddings."""
    if kind is CallKind.CHAT:
        return provider.send
    if not isinstance(provider, Embedder):
        raise UnsupportedParameter(
            "%(provider)s makes no vectors. Choose a route of kind `embedding`.",
            param="model",
            provider=provider.display_name,
        )
    return provider.embed


def pause_before_again(problem: Problem, random: Random) -> float | None:
    """Seconds to wait before sending again; None if the client has to repeat the call."""
    # The provider's own value, not the class default that clients get where it gave none.
    asked_s = vars(problem).get("retry_after_s")
    floor_s = USUAL_S if asked_s is None else float(asked_s)
    return None if floor_s > LONGEST_S else floor_s + JITTER_S * random(1)[0] / 255
