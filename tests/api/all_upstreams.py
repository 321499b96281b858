"""Every kind of upstream behind one instance, each a strict fake, with one route of each."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ni.providers.base import SettingLookup
from ni.providers.openai_compatible import Local, OpenAI
from tests.api.instance import Instance
from tests.fakes.doors import make_door, shut_doors
from tests.fakes.openai_server import KEY, FakeOpenAI
from tests.fakes.orders import settings
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire

LOCAL_MODEL = "my-finetune"
ROUTES = (
    "anthropic/claude-sonnet-4-6-us",
    "azure/gpt-4.1-mini-ca",
    "bedrock/global.anthropic.claude-sonnet-4-6-global",
    "local/my-finetune-local",
    "openai/gpt-4.1-mini-us",
    "sandbox/echo-local",
    "vertex_ai/gemini-2.5-flash-ca",
)
_ADDRESS: Mapping[str, dict[str, str]] = {
    "anthropic": {"ANTHROPIC_BASE_URL": "{url}"},
    "azure": {"AZURE_OPENAI_ENDPOINT": "{url}"},
    "bedrock": {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "{url}", "AWS_REGION": "ca-central-1"},
    "vertex_ai": {"NI_VERTEX_ENDPOINT": "{url}"},
}


@dataclass
class Servers:
    """The fakes by provider."""

    wires: dict[str, FakeWire]
    openai: FakeOpenAI
    local: FakeOpenAI


@contextmanager
def all_upstreams(instance: Instance) -> Iterator[Servers]:
    """Put every provider of the instance before its fake."""
    providers = instance.gateway.providers
    with ExitStack() as stack:
        wires = {name: stack.enter_context(FakeWire(UPSTREAMS[name].wire())) for name in _ADDRESS}
        openai, local = stack.enter_context(FakeOpenAI()), stack.enter_context(FakeOpenAI())
        for name, wire in wires.items():
            lookup = _lookup(name, wire)
            providers[name] = UPSTREAMS[name].build(make_door(), lookup)  # type: ignore[index]
        named = settings(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=openai.base_url)
        providers["openai"] = OpenAI(make_door(), named)  # type: ignore[index]
        named = settings(NI_LOCAL_BASE_URL=local.base_url, NI_LOCAL_API_KEY=KEY)
        providers["local"] = Local(make_door(), named)  # type: ignore[index]
        instance.gateway.catalog.with_local([LOCAL_MODEL])
        instance.gateway.catalog.refresh()
        yield Servers(wires, openai, local)
    shut_doors()


def _lookup(name: str, wire: FakeWire) -> SettingLookup:
    return UPSTREAMS[name].lookup(
        **{setting: value.format(url=wire.url) for setting, value in _ADDRESS[name].items()}
    )
