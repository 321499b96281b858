"""What speaks the wire format of each provider; `ni/domain/providers.py` says the rest of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ni.outbound.client import EgressClient
from ni.providers.anthropic import Anthropic
from ni.providers.azure import Azure
from ni.providers.base import Lookup, Provider
from ni.providers.bedrock import Bedrock
from ni.providers.openai_compatible import Local, OpenAI
from ni.providers.sandbox import Sandbox
from ni.providers.vertex import Vertex

Builder = Callable[[EgressClient, Lookup], Provider]

BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "anthropic": Anthropic,
        "azure": Azure,
        "bedrock": Bedrock,
        "local": Local,
        "openai": OpenAI,
        "sandbox": lambda egress, lookup: Sandbox(),
        "vertex_ai": Vertex,
    }
)


def build_providers(egress: EgressClient, lookup: Lookup) -> Mapping[str, Provider]:
    """Every provider by the name that routes use, built once for the process."""
    return {name: build(egress, lookup) for name, build in BUILDERS.items()}
