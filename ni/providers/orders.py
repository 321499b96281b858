"""What adapters read off an order in the same way: whose it is, and what its answer's chunks begin with."""

from ni.domain.call import Json
from ni.domain.clock import Clock
from ni.providers.provider import Order


def owner_of(order: Order) -> str:
    """Whose keepsakes an order may see: those of its account, made on the same route."""
    return f"{order.cache_tag}\n{order.route.id}"


def frame_of(order: Order, clock: Clock) -> Json:
    """What every chunk of the answer begins with."""
    return {
        "id": f"chatcmpl-{order.request_id}",
        "created": int(clock.now().timestamp()),
        "model": order.route.upstream_model,
    }
