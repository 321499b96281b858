"""What a call asks of a model, held against what the route's model can do: refused by name before anything is sent.

Only what is known to be missing is refused; of a model that nobody described, the operator's own server decides.
"""

from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.errors import BadRequest, UnsupportedParameter
from ni.domain.route import CallKind, Route, Tier
from ni.providers.parameters import most_images

_NO_PROMPTS = (
    "`%(route)s` makes vectors and answers no prompts. Send its texts to `/v1/embeddings`, or choose a route of kind "
    "`chat`."
)
_NO_VECTORS = (
    "`%(route)s` answers prompts and makes no vectors. Choose a route of kind `embedding`; `GET /v1/models` says the "
    "kind of each."
)


def require_abilities(call: Call, route: Route) -> None:
    """Raise `UnsupportedParameter` for a call of another kind, images to a route without vision, tools likewise."""
    if call.kind is CallKind.CHAT and not route.capabilities.serves(CallKind.CHAT):
        raise UnsupportedParameter(_NO_PROMPTS, param="model", route=route.id)
    if call.kind is CallKind.EMBEDDING and not route.capabilities.serves(CallKind.EMBEDDING):
        raise UnsupportedParameter(_NO_VECTORS, param="model", route=route.id)
    tools = next((name for name in ("tools", "functions") if call.body.get(name)), None)
    if tools and route.capabilities.refuses_tools:
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
    if route.capabilities.refuses_images:
        for found, _ in shown:
            raise UnsupportedParameter(
                "`%(route)s` cannot read images. Remove the image, or choose a route with `supports_vision`.",
                param=found,
                route=route.id,
            )


def require_readable(call: Call, caller: Caller) -> None:
    """Raise `BadRequest` for text given as numbers of tokens by a key whose texts are looked through."""
    if caller.pii and call.token_field:
        raise BadRequest(
            "`%(field)s` holds token numbers, which cannot be looked through for personal data, and this key has PII "
            "substitution on. Send text.",
            param=call.token_field,
            field=call.token_field,
        )
