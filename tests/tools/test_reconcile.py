"""Every provider's own log agrees with what was booked, to the nano-dollar; arithmetic of the tool against examples."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.catalog.load import SHIPPED
from ni.domain.route import CallKind, Route
from ni.store.tables.metering import totals, usage
from tests.assembled import Assembled, assembled
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tools.reconcile import Entry, booked, differences, entry_of, main, nanos_of, price_of

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])

ADDRESSES = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "azure": "AZURE_OPENAI_ENDPOINT",
    "bedrock": "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "vertex_ai": "NI_VERTEX_ENDPOINT",
}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}


@dataclass
class World:
    """A gateway between a key and a fake of every provider."""

    home: Path
    gateway: Assembled
    fakes: dict[str, FakeOpenAI]
    headers: dict[str, str]

    def ask(self, route: Route, content: Any, **more: Any) -> bytes:
        """Ask and read all of the answer."""
        body = {"model": route.id, "messages": [{"role": "user", "content": content}], **more}
        answer = self.gateway.client.post("/v1/chat/completions", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)

    @property
    def routes(self) -> list[Route]:
        """A route of chat of every kind to each provider that charges: by what it can and how it is priced."""
        kinds = {
            (route.provider, route.deployment.id, bool(route.price and route.price.bands), route.capabilities.vision,
             route.capabilities.function_calling): route
            for route in reversed(self.gateway.gateway.catalog.routes())
            if route.provider in self.fakes and route.capabilities.serves(CallKind.CHAT)
        }  # fmt: skip
        return list(kinds.values())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        openai = stack.enter_context(FakeOpenAI())
        fakes: dict[str, FakeOpenAI] = {
            name: stack.enter_context(FakeWire(upstream.wire())) for name, upstream in UPSTREAMS.items()
        }
        environ = {"OPENAI_BASE_URL": openai.base_url, "OPENAI_API_KEY": KEY}
        environ |= {ADDRESSES[name]: fake.base_url.removesuffix("/v1") for name, fake in fakes.items()}
        for upstream in UPSTREAMS.values():
            environ |= upstream.named
        home = tmp_path_factory.mktemp("reconcile")
        environ |= {"NI_PRIVATE_NETWORKS": "127.0.0.0/8", "NI_RESIDENCY_MODE": "monitor"}
        made = stack.enter_context(assembled(home, **environ))
        yield World(home, made, fakes | {"openai": openai}, made.headers(pii=False))


def drawn(chance: random.Random, route: Route) -> str:
    """A prompt that asks for counts that the call can have; some reach the prices of long prompts, where it has such.

    The dots make the prompt as long as what is counted: a provider that counts more than was sent is not believed.
    """
    assert route.price is not None
    sizes = [chance.choice([0, 1, 7, 1203]) for _ in range(3)]
    if route.price.bands and chance.random() < 0.5:
        sizes[chance.randrange(3)] = route.price.bands[0].above + 1
    output = min(chance.choice([1, 13, 4096]), route.capabilities.max_output_tokens)
    counts = f"COUNTS {sizes[0] + 1} {sizes[1]} {sizes[2]} {sizes[2] // 3} {output} {output // 2}"
    return counts + " " + "." * sum(sizes)


def use(world: World, route: Route) -> None:
    """Plain, streamed, with tools, with an image, cut short by its limit, and streams that end early."""
    chance = random.Random(route.id)  # noqa: S311 - the same counts each time
    for stream in (False, True):
        world.ask(route, drawn(chance, route), stream=stream)
        world.ask(route, f"LENGTH {drawn(chance, route)}", stream=stream)
        if route.capabilities.vision:
            image = {"type": "image_url", "image_url": {"url": PIXEL}}
            world.ask(route, [{"type": "text", "text": drawn(chance, route)}, image], stream=stream)
        if route.capabilities.function_calling:
            world.ask(route, drawn(chance, route), stream=stream, tools=[TOOL])
    for cut_at in (4000, 5000):
        world.fakes[route.provider].scripts.append(Script(cut_at=cut_at))
        world.ask(route, drawn(chance, route) + " once more" * 200, stream=True)


def test_every_provider_agrees_to_the_nano_dollar_on_every_kind_of_route(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = 0
    for route in world.routes:
        log = world.fakes[route.provider].log
        log.clear()
        use(world, route)
        file = world.home / "provider.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in log))
        assert main([str(file), str(world.home / "ni.db"), route.id, str(SHIPPED)]) == 0, (
            capsys.readouterr().out
        )
        told = [line for line in log if not line["cut"]]
        assert len(booked(world.home / "ni.db", route.id)) == len(told) >= 4
        assert len(log) - len(told) == len(booked(world.home / "ni.db", route.id, "counted")) == 2
        assert "ended early: 2 answers" in capsys.readouterr().out
        answers += len(told)
    assert answers > 100
    assert {route.provider for route in world.routes} == set(world.fakes)


def test_sums_of_the_rows_are_the_totals_in_both_columns_and_currencies(world: World) -> None:
    """Runs on what the test before it left; alone it makes its own."""
    use(world, world.routes[0])
    names = ("provider_cost_nanos", "ni_charge_nanos", "provider_cost_usd_nanos")
    with world.gateway.gateway.database.read() as connection:
        sums = [
            connection.execute(sa.select(*(sa.func.sum(table.c[name]) for name in names))).one()
            for table in (usage, totals)
        ]
    assert sums[0] == sums[1]
    assert min(sums[0]) > 0


def test_the_price_is_that_of_the_day(tmp_path: Path) -> None:
    file = tmp_path / "catalog.toml"
    prices = '{ since = "2026-01-01", input = "1" }, { since = "2027-01-01", input = "2" }'
    file.write_text(f'[[routes]]\nid = "a"\nprices = [{prices}]\n')
    days = (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [price_of(file, "a", day)["input"] for day in days] == ["1", "1", "2"]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 2}, Entry(9, 0, 0, 2)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 1},
            },
            Entry(5, 3, 1, 2),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": None}, Entry(9, 0, 0, 2)),
        (
            {
                "input_tokens": 5,
                "cache_read_input_tokens": 3,
                "cache_creation_input_tokens": 1,
                "output_tokens": 2,
            },
            Entry(5, 3, 1, 2),
        ),
        (
            {
                "input_tokens": 5,
                "cache_creation_input_tokens": 4,
                "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 3},
                "output_tokens": 2,
            },
            Entry(5, 0, 4, 2, hour=3),
        ),
        (
            {"inputTokens": 5, "cacheReadInputTokens": 3, "cacheWriteInputTokens": 1, "outputTokens": 2},
            Entry(5, 3, 1, 2),
        ),
        (
            {
                "inputTokens": 5,
                "cacheWriteInputTokens": 4,
                "cacheDetails": [{"ttl": "5m", "inputTokens": 1}, {"ttl": "1h", "inputTokens": 3}],
                "outputTokens": 2,
            },
            Entry(5, 0, 4, 2, hour=3),
        ),
        (
            {
                "promptTokenCount": 9,
                "cachedContentTokenCount": 3,
                "candidatesTokenCount": 2,
                "thoughtsTokenCount": 4,
            },
            Entry(6, 3, 0, 6),
        ),
        ({"usage": {"inputTokens": 5, "outputTokens": 2}, "cut": True}, Entry(5, 0, 0, 2, cut=True)),
    ],
)
def test_each_providers_words_are_read_into_disjoint_classes(line: dict[str, Any], entry: Entry) -> None:
    assert entry_of(line) == entry


def test_a_line_of_nobodys_is_refused() -> None:
    with pytest.raises(ValueError, match="not the usage"):
        entry_of({"tokens": 9})


@pytest.mark.parametrize(
    ("ours", "found"),
    [
        (
            [],
            [
                "1000000 nano-USD: the provider's log has it 1 times, ours 0 times",
                "in all 1000000 and 0 nano-USD",
            ],
        ),
        ([("a", 10**6)], []),
        (
            [("a", 10**6 + 1)],
            [
                "1000000 nano-USD: the provider's log has it 1 times, ours 0 times",
                "1000001 nano-USD: the provider's log has it 0 times, ours 1 times",
                "in all 1000000 and 1000001 nano-USD",
            ],
        ),
    ],
)
def test_one_nano_more_or_less_is_found(ours: Sequence[tuple[str, int]], found: list[str]) -> None:
    assert differences([Entry(1000, 0, 0, 0)], ours, {"input": "1", "output": "1"}) == found


def test_long_prompts_are_priced_whole_by_their_band() -> None:
    price = price_of(SHIPPED, "vertex_ai/gemini-2.5-pro-ca", date(2026, 11, 30))
    assert nanos_of(Entry(200_000, 0, 0, 0), price) == 250_000_000
    assert nanos_of(Entry(200_001, 0, 0, 1), price) == 500_017_500
