"""What a call asks of a model, held against what the route's model can do: refused by name before anything is sent."""

from ni.domain.call import Call
from ni.domain.errors import UnsupportedParameter
from ni.domain.route import Route, Tier
from ni.providers.parameters import most_images


def require_abilities(call: Call, route: Route) -> None:
    """Raise `UnsupportedParameter` for images to a route without vision, tools to one without function calling."""
    tools = next((name for name in ("tools", "functions") if call.body.get(name)), None)
    if tools and not route.capabilities.function_calling:
        raise UnsupportedParameter(
            "`%(route)s` cannot call tools. Remove `%(field)s`, or choose a route whose capabilities say "
            "`supports_function_calling`.",
            param=tools,
            field=tools,
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
    if route.tier is not Tier.OWN_HARDWARE and "audio" not in route.capabilities.modalities:
        for found in call.sounds():
            raise UnsupportedParameter(
                "`%(route)s` cannot listen to sound. Send its words as text, or choose another route.",
                param=found,
                route=route.id,
            )
    if not route.capabilities.vision:
        for found, _ in shown:
            raise UnsupportedParameter(
                "`%(route)s` cannot read images. Remove the image, or choose a route with `supports_vision`.",
                param=found,
                route=route.id,
            )
