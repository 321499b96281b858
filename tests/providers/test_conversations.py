"""Every provider carries the same table of conversations, streamed and not, and gives the same shape: that of OpenAI.

The official client's own types are the measure of the shape.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from ni.domain.reply import Usage
from ni.providers.base import Provider, ProviderRequest
from ni.providers.usage import completion_of
from tests.fakes.doors import make_door
from tests.fakes.orders import order
from tests.fakes.upstreams import UPSTREAMS, Upstream
from tests.fakes.wire_server import FakeWire
from tests.providers.table import ROWS, Row, shape

Json = dict[str, Any]
USAGE = Usage(uncached=20, cached=64, cache_write=16, output=12, reasoning=8, cache_write_1h=6)


@pytest.fixture(params=sorted(UPSTREAMS))
def upstream(request: pytest.FixtureRequest) -> Upstream:
    return UPSTREAMS[request.param]


@pytest.fixture
def fake(upstream: Upstream) -> Iterator[FakeWire]:
    with FakeWire(upstream.wire()) as server:
        yield server


@pytest.fixture
def provider(upstream: Upstream) -> Provider:
    return upstream.build(make_door(), upstream.lookup())


def told(provider: Provider, given: ProviderRequest) -> tuple[Json, Usage | None]:
    """The completion that comes back, whole or put together from its chunks, and the usage."""
    exchange = provider.send(given)
    if not given.stream:
        completion = exchange.reply()
        ChatCompletion.model_validate(completion, strict=True)
        return completion, exchange.usage
    chunks = list(exchange.chunks())
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk, strict=True)
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    endings = [c for c in chunks for choice in c["choices"] if choice["finish_reason"]]
    assert len(endings) == 1
    assert chunks[-1]["choices"] == []
    assert exchange.usage is not None
    return completion_of(chunks), exchange.usage


def read(completion: Json) -> Json:
    """What the table speaks of, in a completion."""
    (choice,) = completion["choices"]
    message = choice["message"]
    calls = message.get("tool_calls") or []
    assert len({call["id"] for call in calls}) == len(calls)
    assert all(call["type"] == "function" for call in calls)
    return {
        "text": (message["content"] or None) if calls else message["content"],
        "thought": message.get("reasoning_content"),
        "calls": [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls],
        "finish": choice["finish_reason"],
    }


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_provider_gives_the_same_shape(
    upstream: Upstream, fake: FakeWire, provider: Provider, row: Row, stream: bool
) -> None:
    given = order(upstream.route(fake), *row.messages, stream=stream, **row.fields)
    if row.problem:
        with pytest.raises(row.problem):
            told(provider, given)
        return
    completion, usage = told(provider, given)
    assert read(completion) == shape(row, upstream.shows_thinking)
    counted = usage.prompt, usage.output  # type: ignore[union-attr]  # `told` saw that there is one
    assert counted == (USAGE.prompt, USAGE.output)
    assert completion["usage"]["total_tokens"] == 112


def test_all_providers_count_in_disjoint_classes(
    upstream: Upstream, fake: FakeWire, provider: Provider
) -> None:
    _, usage = told(provider, order(upstream.route(fake)))
    assert usage == upstream.counts(USAGE)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_several_answers_are_refused_by_name_where_a_model_gives_one(
    upstream: Upstream, fake: FakeWire, provider: Provider, stream: bool
) -> None:
    given = order(upstream.route(fake), stream=stream, n=2)
    if stream in upstream.several:
        assert len(told_several(provider, given)["choices"]) == 2
        return
    with pytest.raises(Exception, match="takes `n` up to 1"):
        provider.send(given)


def told_several(provider: Provider, given: ProviderRequest) -> Json:
    """A completion of several choices."""
    exchange = provider.send(given)
    return completion_of(exchange.chunks()) if given.stream else exchange.reply()
