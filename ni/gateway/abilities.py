"""What a call asks of a model, held against what the route's model can do: refused by name before anything is sent."""

from ni.domain.call import Call
from ni.domain.errors import UnsupportedParameter
from ni.domain.route import Route
from ni.providers.parameters import most_images


def require_abilities(call: Call, route: Route) -> None:
    """Raise `UnsupportedParameter` for images to a route without vision, tools to one without function calling."""
    if call.body.get("tools") and not route.capabilities.function_calling:
        raise UnsupportedParameter(
            "`%(route)s` cannot call tools. Remove `tools`, or choose a route whose capabilities say "
            "`supports_function_calling`.",
            param="tools",
            route=route.id,
        )
    shown = list(call.images())
    most = most_images(route)
    if most is not None and len(shown) > most:
        raise UnsupportedParameter(
            "The request shows %(count)s images, and `%(route)s` takes %(limit)s. Leave out the oldest.",
            param=shown[most][0],
            count=len(shown),
            route=route.id,
            limit=most,
        )
    if not route.capabilities.vision:
        for found, _ in shown:
            raise UnsupportedParameter(
                "`%(route)s` cannot read images. Remove the image, or choose a route with `supports_vision`.",
                param=found,
                route=route.id,
            )
