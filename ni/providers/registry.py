"""The providers of this gateway: which class implements each one, and what they list beside a catalog.

`ni/domain/providers.py` describes them. A provider that serves OpenAI's API needs a descriptor with `api` there, and a
line `"name": openai_compatible("name")` here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ni.domain.providers import PROVIDERS
from ni.domain.route import Route
from ni.outbound.client import EgressClient
from ni.providers.anthropic import Anthropic
from ni.providers.azure import Azure
from ni.providers.base import ModelLister, Provider, ServedModel, SettingLookup
from ni.providers.bedrock import Bedrock
from ni.providers.openai_compatible import Local, OpenAI, OpenAICompatible
from ni.providers.sandbox import Sandbox
from ni.providers.vertex import Vertex

Builder = Callable[[EgressClient, SettingLookup], Provider]


def openai_compatible(name: str) -> Builder:
    """Builds the described provider `name`, which serves OpenAI's API and has no peculiarities."""
    return lambda egress, lookup: OpenAICompatible(PROVIDERS[name], egress, lookup)


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


def build_providers(egress: EgressClient, lookup: SettingLookup) -> Mapping[str, Provider]:
    """Every provider by the name that routes use, built once for the process."""
    return {name: build(egress, lookup) for name, build in BUILDERS.items()}


def lister_of(provider: str, providers: Mapping[str, Provider]) -> ModelLister | None:
    """The provider of that name if it can be asked which models it serves, else None."""
    lister: object = providers.get(provider)
    return lister if isinstance(lister, ModelLister) and PROVIDERS[provider].lists_models else None


@dataclass(frozen=True, slots=True)
class Finding:
    """A route and what its provider lists; `served` is None where the model is not listed any more."""

    route: Route
    served: ServedModel | None


def compare(routes: Iterable[Route], served: Iterable[ServedModel]) -> list[Finding]:
    """Each route beside what its provider lists."""
    by_model = {entry.model: entry for entry in served}
    return [Finding(route, by_model.get(route.upstream_model)) for route in routes]


def unknown(routes: Iterable[Route], served: Iterable[ServedModel]) -> list[ServedModel]:
    """The listed models that have no route."""
    known = {route.upstream_model for route in routes}
    return [entry for entry in served if entry.model not in known]
