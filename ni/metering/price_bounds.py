"""What a call may cost before it is sent: the most it can come to, and the least with which it is worth sending.

Where the client bounded the output, the two are the same. Where nobody did, the model's own limit is the most, and a
smaller grant is turned into a limit that we set. A model that reasons spends its first tokens on thought: cut short,
it would answer with nothing, so its least is larger.
"""

from dataclasses import dataclass

from ni.domain.call import Call, Json
from ni.domain.reply import Usage
from ni.domain.route import Route
from ni.metering.cost import Ceiling, Quantities, Terms, ceiling
from ni.metering.estimate import bound

LEAST_OUTPUT = 256
LEAST_REASONED = 4096
LIMITS = ("max_completion_tokens", "max_tokens")


@dataclass(frozen=True, slots=True)
class PriceBounds:
    """The bounds of one call, in output tokens and in nanos. `choices` is how many answers its output is shared by."""

    ceiling: Ceiling
    most: Usage
    least_output: int
    choices: int

    @property
    def most_output(self) -> int:
        """The most output tokens, over all choices."""
        return self.most.output

    @property
    def most_nanos(self) -> int:
        """The most that the call can be charged."""
        return self.ceiling.nanos(self.most_output)

    @property
    def least_nanos(self) -> int:
        """The least hold with which the call is worth sending."""
        return self.ceiling.nanos(self.least_output)

    def limit_for(self, hold_nanos: int) -> int | None:
        """Output tokens per choice that a hold covers; None where it covers all that the call can use."""
        low, high = self.least_output // self.choices, self.most_output // self.choices
        if low >= high or self.ceiling.nanos(high * self.choices) <= hold_nanos:
            return None
        while low < high:
            middle = (low + high + 1) // 2
            if self.ceiling.nanos(middle * self.choices) <= hold_nanos:
                low = middle
            else:
                high = middle - 1
        return low


def price_bounds(call: Call, route: Route, body_bytes: int, terms: Terms, byok: bool) -> PriceBounds:
    """The bounds of a call whose request has `body_bytes`; the route has a price, or it could not be called."""
    assert route.price is not None
    most = bound(call, route, body_bytes)
    choices = call.body.get("n") or 1
    least = most.output
    if not any(call.body.get(name) for name in LIMITS):
        enough = LEAST_REASONED if route.capabilities.reasoning else LEAST_OUTPUT
        least = min(most.output, enough * choices)
    images = sum(1 for _ in call.images())
    most_charged = ceiling(Quantities(most, images), route.price, terms, byok)
    return PriceBounds(most_charged, most, least, choices)


def with_limit(body: Json, route: Route, output: int) -> Json:
    """The body with an output limit of ours, under the name that the model's family knows."""
    name = LIMITS[0] if route.capabilities.reasoning else LIMITS[1]
    return {**body, name: output}
