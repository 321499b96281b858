"""Routes, the deployments behind them, their prices and capabilities, and drift of a deployment's place.

Tier, suffix, region and jurisdiction are fields of the catalog; none of them is parsed out of a route id.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum


class Tier(StrEnum):
    """Classes of routes by where they run."""

    OWN_HARDWARE = "own_hardware"
    CANADIAN_CLOUD = "managed_canadian_cloud"
    US_CLOUD = "managed_us_cloud"
    GLOBAL_CLOUD = "managed_global_cloud"
    PROVIDER_API = "provider_api"


class CallKind(StrEnum):
    """What a model returns and a call asks for: an answer in words, or vectors."""

    CHAT = "chat"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can do; sizes in tokens.

    `function_calling`: the model's API has tools. `prompted_tools`: it has none, and calls them well enough where they
    are written into its prompt. The values of the fields in `unknown` are guesses: no source states them.
    """

    modalities: tuple[str, ...] = ("text",)
    context_window: int = 8192
    max_output_tokens: int = 4096
    function_calling: bool = False
    streaming: bool = True
    json_schema: bool = False
    reasoning: bool = False
    unknown: frozenset[str] = frozenset()
    kind: CallKind = CallKind.CHAT
    prompted_tools: bool = False

    @property
    def vision(self) -> bool:
        """Whether the model is known to read images."""
        return "image" in self.modalities

    @property
    def refuses_images(self) -> bool:
        """Whether the model is known not to read images."""
        return not self.vision and "modalities" not in self.unknown

    @property
    def has_own_tools(self) -> bool:
        """Whether the model's API has tools, as far as is known."""
        return self.function_calling or "function_calling" in self.unknown

    @property
    def prompts_tools(self) -> bool:
        """Whether tools are written into the model's prompt."""
        return self.prompted_tools and not self.has_own_tools

    @property
    def refuses_tools(self) -> bool:
        """Whether the model is known not to call tools, nor by its prompt."""
        return not self.has_own_tools and not self.prompted_tools

    @property
    def takes_tools(self) -> bool:
        """Whether a call with tools is known to be served, in one way or the other."""
        return self.function_calling or self.prompts_tools

    def serves(self, kind: CallKind) -> bool:
        """Whether calls of this kind may be sent to the model."""
        return self.kind is kind or "kind" in self.unknown


@dataclass(frozen=True, slots=True)
class Band:
    """Nano-USD per million tokens of each class, for calls whose whole input is more than `above` tokens."""

    above: int
    input: int
    output: int
    cached_input: int
    cache_write: int
    cache_write_1h: int | None = None

    @property
    def hour_write(self) -> int:
        """The price of what is written to the cache for an hour.

        Where the catalog does not say: twice the input, as Anthropic and AWS charge, or the input's own price where
        no writes are priced apart.
        """
        if self.cache_write_1h is not None:
            return self.cache_write_1h
        return self.input if self.cache_write == self.input else max(2 * self.input, self.cache_write)


@dataclass(frozen=True, slots=True)
class Price:
    """Nano-USD per million tokens of each disjoint class; `since` is an ISO date.

    `request` and `image` are nano-USD each, for models that are priced so; `bands` hold for long prompts, shortest
    first; `margin_millionths` overrides the instance's margin for this route. `cache_write_1h` is None where the
    catalog does not say it. `source` names the list or page that says so, with its day; two prices that differ in it
    alone are the same.
    """

    since: str
    input: int
    output: int
    cached_input: int
    cache_write: int
    request: int = 0
    image: int = 0
    bands: tuple[Band, ...] = ()
    margin_millionths: int | None = None
    cache_write_1h: int | None = None
    source: str = field(default="", compare=False)
    _lowest: Band = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the band below all others once: a call asks for it several times."""
        lowest = Band(0, self.input, self.output, self.cached_input, self.cache_write, self.cache_write_1h)
        object.__setattr__(self, "_lowest", lowest)

    @property
    def free(self) -> bool:
        """Whether no call is charged anything."""
        bands = (self._lowest, *self.bands)
        rates = [
            (each.input, each.output, each.cached_input, each.cache_write, each.hour_write) for each in bands
        ]
        return not (self.request or self.image or any(map(any, rates)))

    def band(self, prompt_tokens: int) -> Band:
        """The prices of a call with `prompt_tokens` of input."""
        for band in reversed(self.bands):
            if prompt_tokens > band.above:
                return band
        return self._lowest


@dataclass(frozen=True, slots=True)
class Deployment:
    """Provider, region, endpoint and the names of the settings that hold its address and credential."""

    id: str
    provider: str
    region: str
    jurisdiction: str
    endpoint: str = ""
    endpoint_setting: str = ""
    credential_setting: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """An exact model id that can be called, with everything that is fixed by naming it.

    `upstream_model` is the name that the provider gets; `litellm_model` is `<provider>/<upstream model>` as other tools
    write it. `price` is the one in force, or None: then the route is not callable. `further` is the same route at the
    deployments that are tried where `deployment` cannot take a call, in order. `retires` is the ISO day on which the
    provider ends the model, as it announced it, and `successor` the route to choose then; both empty where unknown.
    """

    id: str
    provider: str
    upstream_model: str
    tier: Tier
    deployment: Deployment
    capabilities: Capabilities
    price: Price | None
    enabled: bool = True
    lifecycle: str = "active"
    retires: str = ""
    successor: str = ""
    further: tuple["Route", ...] = ()

    @property
    def places(self) -> tuple["Route", ...]:
        """The route at each of its deployments, in the order in which they are tried."""
        return (self, *self.further)

    @property
    def jurisdiction(self) -> str:
        """The country whose law applies where the model runs, as the catalog claims it."""
        return self.deployment.jurisdiction

    @property
    def is_model(self) -> bool:
        """Whether a model answers; False for the sandbox, which repeats what it is sent."""
        return self.provider != "sandbox"

    def is_within(self, tiers: AbstractSet[Tier], names: AbstractSet[str]) -> bool:
        """Whether the route is of one of `tiers` and, where there are `names`, among these."""
        return self.tier in tiers and (not names or self.id in names)

    @property
    def litellm_model(self) -> str:
        """The upstream model in the notation of `X-NI-Resolved-Litellm-Model`."""
        return f"{self.provider}/{self.upstream_model}"


@dataclass(frozen=True, slots=True)
class Drift:
    """A deployment that was found elsewhere than the catalog says, as the operator is told.

    `rule` is the residency rule that it breaks; `expected` and `found` are short words of ours, never a client's.
    `refused` says whether the call was stopped (enforce) or went on with less claimed for it (monitor).
    """

    provider: str
    deployment: str
    route: str
    rule: str
    expected: str
    found: str
    refused: bool
