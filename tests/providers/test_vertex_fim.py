"""Codestral on Vertex AI: prompt and suffix by `rawPredict`, as Mistral's page on Vertex AI has it; nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ni.domain.errors import BadRequest, UnsupportedParameter
from ni.domain.reply import Usage
from ni.providers.base import ProviderRequest, ProviderResponse
from ni.providers.usage import completion_of
from ni.providers.vertex import Vertex
from tests.fakes.doors import make_door
from tests.fakes.orders import order
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.vertex_wire import VertexWire
from tests.fakes.wire_server import FakeWire

UPSTREAM = UPSTREAMS["vertex_ai"]
MODEL = "mistralai/codestral-2501"
FILL = {"prompt": "def f(", "suffix": ")"}


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(VertexWire()) as server:
        yield server


def fill(
    wire: FakeWire, body: dict[str, Any], *, model: str = MODEL, stream: bool = False
) -> ProviderResponse:
    given = order(UPSTREAM.route(wire, model), stream=stream)
    return Vertex(make_door(), UPSTREAM.lookup()).send(replace(given, body=body, form="completions"))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("body", "text"), [(FILL, "def f(…)"), ({"prompt": ["def f("]}, "def f(…")])
def test_what_stands_between_comes_back(wire: FakeWire, body: Any, text: str, *, stream: bool) -> None:
    exchange = fill(wire, body, stream=stream)
    told = completion_of(exchange.chunks()) if stream else exchange.reply()
    assert (told["choices"][0]["message"]["content"], told["choices"][0]["finish_reason"]) == (text, "stop")
    assert exchange.usage == Usage(uncached=7, output=3)


@pytest.mark.parametrize(
    ("model", "path", "named"),
    [
        ("mistralai/codestral-2", "codestral-2", "codestral-2"),
        ("mistralai/codestral@2405", "codestral@2405", "codestral"),
    ],
)
def test_the_path_names_the_version_and_the_body_does_not(
    wire: FakeWire, model: str, path: str, named: str
) -> None:
    fill(wire, FILL, model=model).reply()
    assert f"/publishers/mistralai/models/{path}:rawPredict" in wire.seen[-1].path
    assert wire.seen[-1].body["model"] == named


def test_what_it_knows_is_passed_under_its_names(wire: FakeWire) -> None:
    known = {"temperature": 0.2, "top_p": 0.9, "stop": ["\n"], "max_tokens": 9, "seed": 7, "user": "u"}
    quiet = {"n": 1, "best_of": 1, "presence_penalty": 0, "echo": False, "logit_bias": {}}
    fill(wire, {**FILL, **known, **quiet}).reply()
    expected = {"temperature": 0.2, "top_p": 0.9, "stop": ["\n"], "max_tokens": 9, "random_seed": 7}
    assert wire.seen[-1].body == {**FILL, **expected, "model": "codestral-2501", "stream": False}


def test_the_output_is_bounded_by_what_is_reserved(wire: FakeWire) -> None:
    most = UPSTREAM.route(wire, MODEL).capabilities.max_output_tokens
    for given in ({}, {"max_tokens": 10 * most}):
        fill(wire, {**FILL, **given}).reply()
        assert wire.seen[-1].body["max_tokens"] == most


@pytest.mark.parametrize(
    "more",
    [{"n": 2}, {"echo": True}, {"best_of": 3}, {"logprobs": 5}, {"presence_penalty": 0.5}, {"top_k": 4}],
)
def test_what_it_cannot_do_is_refused_by_name(wire: FakeWire, more: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter) as refused:
        fill(wire, {**FILL, **more})
    assert refused.value.param == next(iter(more))
    assert not wire.seen


@pytest.mark.parametrize("prompt", [["a", "b"], [1, 2], [[1], [2]]])
def test_several_prompts_and_token_numbers_are_refused(wire: FakeWire, prompt: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        fill(wire, {"prompt": prompt})
    assert refused.value.param == "prompt"


def test_a_conversation_is_told_where_to_go(wire: FakeWire) -> None:
    given: ProviderRequest = order(UPSTREAM.route(wire, MODEL))
    with pytest.raises(UnsupportedParameter, match="/v1/completions"):
        Vertex(make_door(), UPSTREAM.lookup()).send(given)


def test_only_codestral_is_spoken_to_so(wire: FakeWire) -> None:
    provider = Vertex(make_door(), UPSTREAM.lookup())
    assert provider.native_format(UPSTREAM.route(wire, MODEL)) == "completions"
    assert provider.native_format(UPSTREAM.route(wire, "gemini-2.5-pro")) == ""
