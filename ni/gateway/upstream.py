"""Asking the provider, and asking once more where that is safe: nothing has reached the client, and the provider said
that it did not take the request (throttled, overloaded, not reached).

What the provider asked to wait is a floor; a wait that a person would notice is left to the client, who is told it. At
most one call in ten is asked again, so that a provider in trouble is not pressed harder.
"""

import time
from collections.abc import Callable
from functools import partial

from ni.domain.errors import Problem, RateLimited, UnsupportedParameter, UpstreamBusy
from ni.domain.ids import Random
from ni.domain.route import CallKind
from ni.gateway.context import RequestContext
from ni.gateway.dependencies import Dependencies
from ni.gateway.residency_check import ResidencyCheck
from ni.providers.provider import Embedder, Exchange, Order, Provider

DRAIN_S = 0.5
"""How long a whole answer is waited for after its client left: to learn what it cost, if it was about to end."""
LONGEST_S = 2.0
USUAL_S = 0.2
JITTER_S = 0.3
SHARE = 0.1
MOST_SAVED = 10.0


class Sender:
    """Sends orders for one process; `_allowance` is what it may still ask again."""

    def __init__(self, dependencies: Dependencies, residency_check: ResidencyCheck) -> None:
        self._residency_check = residency_check
        self._providers = dependencies.providers
        self._random = dependencies.random
        self._allowance = MOST_SAVED

    def send(self, context: RequestContext) -> Exchange:
        """Ask, and wait for the headers for as long as the client waits too. Raises `Problem`, `ClientGone`."""
        route, masked = context.route, context.masked
        assert route is not None and masked is not None  # the line decides and masks before it sends
        order = Order(
            context.request_id,
            route,
            masked.body,
            context.call.stream,
            cache_tag=context.caller.account_id,
            headers=context.call.headers,
            form=masked.form,
            byok=context.credential,
            vet=self._residency_check.vet(context),
        )
        ask = partial(_way(self._providers[route.provider], context.call.kind), order)
        patience_s = 0.0 if context.call.stream else DRAIN_S
        self._allowance = min(MOST_SAVED, self._allowance + SHARE)
        try:
            return context.client.watch(ask, patience_s)
        except (RateLimited, UpstreamBusy) as problem:
            wait_s = pause_before_again(problem, self._random)
            if wait_s is None or self._allowance < 1:
                raise
        self._allowance -= 1
        context.client.watch(partial(time.sleep, wait_s))
        return context.client.watch(ask, patience_s)


def _way(provider: Provider, kind: CallKind) -> Callable[[Order], Exchange]:
    """How a call of this kind is sent. Raises `UnsupportedParameter` where the provider makes no vectors."""
    if kind is CallKind.CHAT:
        return provider.send
    if not isinstance(provider, Embedder):
        raise UnsupportedParameter(
            "%(provider)s makes no vectors. Choose a route of kind `embedding`.",
            param="model",
            provider=provider.entity,
        )
    return provider.embed


def pause_before_again(problem: Problem, random: Random) -> float | None:
    """Seconds to wait before asking again, or None if that is for the client to do."""
    asked_s = vars(problem).get(
        "retry_after_s"
    )  # what the provider said, not what we say where it said nothing
    floor_s = USUAL_S if asked_s is None else float(asked_s)
    return None if floor_s > LONGEST_S else floor_s + JITTER_S * random(1)[0] / 255
