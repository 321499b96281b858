"""What a call asks of a model, held against what the route's model can do: refused by name before anything is sent.

Only what is known to be missing is refused; of a model that nobody described, the operator's own server decides.
"""

from ni.domain.call import Call
from ni.domain.errors import UnsupportedParameter
from ni.domain.route import Route


def require_abilities(call: Call, route: Route) -> None:
    """Raise `UnsupportedParameter` for images to a route without vision, tools to one without function calling."""
    if call.body.get("tools") and route.capabilities.refuses_tools:
        raise UnsupportedParameter(
            "`%(route)s` cannot call tools. Remove `tools`, or choose a route whose capabilities say "
            "`supports_function_calling`.",
            param="tools",
            route=route.id,
        )
    if route.capabilities.refuses_images:
        for found, _ in call.images():
            raise UnsupportedParameter(
                "`%(route)s` cannot read images. Remove the image, or choose a route with `supports_vision`.",
                param=found,
                route=route.id,
            )
