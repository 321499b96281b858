"""Routes that no file lists: the models of the operator's own server, which cost nothing and run where it runs."""

from collections.abc import Iterable

from ni.catalog.capabilities import own_capabilities
from ni.catalog.load import ROUTE_ID
from ni.domain.route import Deployment, Price, Route, Tier

FREE = Price(since="2026-01-01", input=0, output=0, cached_input=0, cache_write=0)


def local_routes(models: Iterable[str], deployment: Deployment) -> tuple[Route, ...]:
    """`local/<id>-local` for each model, sorted; a name that cannot be a route id is left out.

    The server's names are not trusted: they end up in lists that chat clients render.
    """
    named = {f"local/{model}-local": model for model in models}
    return tuple(
        Route(
            id=route_id,
            provider="local",
            upstream_model=named[route_id],
            tier=Tier.OWN_HARDWARE,
            deployment=deployment,
            capabilities=own_capabilities(named[route_id], {}, deployment.options),
            price=FREE,
        )
        for route_id in sorted(named)
        if ROUTE_ID.fullmatch(route_id)
    )
