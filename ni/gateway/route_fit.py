"""Whether the route's model can do what a call asks, and the call with its parameters as the model takes them.

A call is refused only for an ability that is known to be missing, naming the field; where nothing is known of a model,
the server that runs it decides. What is left out or changed is named in `X-NI-Warning`, in the words of the client's
dialect.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.errors import BadRequest, UnsupportedParameter
from ni.domain.route import CallKind, Route, Tier
from ni.providers.parameters import fit, most_images

_NO_PROMPTS = (
    "`%(route)s` makes vectors and answers no prompts. Send its texts to `/v1/embeddings`, or choose a route of kind "
    "`chat`."
)
_NO_VECTORS = (
    "`%(route)s` answers prompts and makes no vectors. Choose a route of kind `embedding`; `GET /v1/models` says the "
    "kind of each."
)

NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "messages": {
            "stop": "stop_sequences",
            "reasoning_effort": "thinking",
            "response_format": "output_config.format",
            "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
        },
        "responses": {
            "reasoning_effort": "reasoning",
            "response_format": "text.format",
            "verbosity": "text.verbosity",
            "max_tokens": "max_output_tokens",
        },
    }
)
"""Names of parameters in a dialect, where they differ from chat's."""
_LONGEST = 512


def require_abilities(call: Call, route: Route) -> None:
    """Raise `UnsupportedParameter` for a call of another kind, and for images, sound or tools that the model lacks."""
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
        for field in call.sounds():
            raise UnsupportedParameter(
                "`%(route)s` cannot listen to sound. Send its words as text, or choose another route.",
                param=field,
                route=route.id,
            )
    if route.capabilities.refuses_images:
        for field, _ in shown:
            raise UnsupportedParameter(
                "`%(route)s` cannot read images. Remove the image, or choose a route with `supports_vision`.",
                param=field,
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


def fitted(call: Call, route: Route) -> Call:
    """The call with its chat body fitted to the route. Raises `UnsupportedParameter` naming the parameter."""
    if call.kind is not CallKind.CHAT:
        return call
    fit_call = fit(call.body, route, NAMES.get(call.dialect, {}))
    if fit_call.body is call.body and not fit_call.warnings:
        return call
    return replace(call, body=fit_call.body, warnings=(*call.warnings, *fit_call.warnings))


def warning(call: Call) -> str:
    """The value of `X-NI-Warning`, each kind once; empty where nothing was left out or changed."""
    kinds: dict[str, dict[str, None]] = {}
    for clause in call.warnings:
        kind, _, names = clause.partition(": ")
        kinds.setdefault(kind, {}).update(dict.fromkeys(filter(None, names.split(", "))))
    return "; ".join(f"{kind}: {', '.join(names)}" if names else kind for kind, names in kinds.items())[
        :_LONGEST
    ]
