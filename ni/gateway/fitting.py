"""A call as the route's model takes it: parameters by the providers' table, warnings in the client's own words."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ni.domain.call import Call
from ni.domain.route import CallKind, Route
from ni.providers.parameters import fit

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
"""What a dialect calls a parameter, where it is not chat's name."""
_LONGEST = 512


def fitted(call: Call, route: Route) -> Call:
    """The call with its chat body fitted to the route. Raises `UnsupportedParameter` naming the parameter."""
    if call.kind is not CallKind.CHAT:
        return call
    found = fit(call.body, route, NAMES.get(call.dialect, {}))
    if found.body is call.body and not found.warnings:
        return call
    return replace(call, body=found.body, warnings=(*call.warnings, *found.warnings))


def warning(call: Call) -> str:
    """The value of `X-NI-Warning`; empty where nothing was left out or changed."""
    return "; ".join(call.warnings)[:_LONGEST]
