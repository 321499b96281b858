"""A local server against the fake: extensions pass, redirecting fields do not, and its models are listed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ni.domain import errors
from ni.providers.generation_parameters import OVERRIDES, without_overrides
from ni.providers.openai_compatible import Local
from tests.fakes.doors import make_door
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fakes.orders import order, route, settings


def local(fake: FakeOpenAI, **more: str) -> Local:
    return Local(
        make_door(), settings(**{"NI_LOCAL_BASE_URL": fake.base_url, "NI_LOCAL_API_KEY": KEY, **more})
    )


@pytest.mark.parametrize("stream", [False, True])
def test_the_server_named_by_the_setting_answers(fake: FakeOpenAI, stream: bool) -> None:
    exchange = local(fake).send(order(route("local", "qwen"), stream=stream))
    content = list(exchange.chunks()) if stream else exchange.reply()
    assert content
    assert exchange.usage
    assert fake.requests[0]["model"] == "qwen"


@pytest.mark.parametrize("stream", [False, True])
def test_two_answers_have_two_ids_though_the_server_repeats_its_own(fake: FakeOpenAI, stream: bool) -> None:
    """Ollama draws its ids from 999 numbers (openai/openai.go), and others say one constant; the fake does."""
    ids = []
    for number in ("8f2e3b7d9a1c4f08", "8f2e3b7d9a1c4f09"):
        asked = replace(order(route("local", "qwen"), stream=stream), request_id=number)
        exchange = local(fake).send(asked)
        (identity,) = {chunk["id"] for chunk in (exchange.chunks() if stream else [exchange.reply()])}
        ids.append(identity)
    assert ids == ["chatcmpl-8f2e3b7d9a1c4f08", "chatcmpl-8f2e3b7d9a1c4f09"]


def test_the_models_of_the_server_are_listed(fake: FakeOpenAI) -> None:
    assert local(fake).models(route("local").deployment) == ["qwen", "llama3:8b"]


def test_extensions_pass_and_fields_that_redirect_do_not() -> None:
    body = {"messages": [], "top_k": 5, "min_p": 0.1, "chat_template_kwargs": {}}
    assert without_overrides(body | dict.fromkeys(OVERRIDES, "http://evil")) == body
    assert {
        "api_base",
        "base_url",
        "api_key",
        "organization",
        "extra_headers",
        "extra_body",
        "extra_query",
        "custom_llm_provider",
    } <= OVERRIDES


def test_a_server_without_key_gets_no_authorization() -> None:
    with FakeOpenAI() as fake:
        provider = Local(make_door(), settings(NI_LOCAL_BASE_URL=fake.base_url))
        with pytest.raises(errors.UpstreamAuth):
            provider.send(order(route("local", "qwen")))
        assert "authorization" not in fake.headers[0]


@pytest.mark.parametrize(
    ("script", "problem"),
    [(Script(status=200, no_answer=True), errors.UpstreamError), (Script(cut_at=5), errors.UpstreamError)],
)
def test_a_listing_that_fails_is_a_problem(
    fake: FakeOpenAI, script: Script, problem: type[errors.Problem]
) -> None:
    fake.scripts.append(script)
    with pytest.raises(problem):
        local(fake).models(route("local").deployment)


def test_it_says_what_is_missing(fake: FakeOpenAI) -> None:
    deployment = route("local").deployment
    assert "NI_LOCAL_BASE_URL" in str(Local(make_door(), settings()).missing(deployment))
    assert local(fake).missing(deployment) is None


def test_a_number_that_json_cannot_carry_is_a_bad_request(fake: FakeOpenAI) -> None:
    with pytest.raises(errors.BadRequest):
        local(fake).send(order(route("local", "qwen"), seed=2**70))
    assert fake.requests == []


def test_a_refusal_whose_body_is_cut_is_told_by_its_status(fake: FakeOpenAI) -> None:
    fake.scripts.append(Script(status=429, body=b'{"error": {}}', cut_at=4))
    with pytest.raises(errors.RateLimited):
        local(fake).send(order(route("local", "qwen")))


def test_the_guards_veto_stops_an_order_before_it_leaves(fake: FakeOpenAI) -> None:
    def refuse(addresses: Sequence[str]) -> None:
        raise errors.ResidencyUnverified(route="local/qwen-local", reason=addresses[0], alternative="none")

    with pytest.raises(errors.ResidencyUnverified):
        local(fake).send(replace(order(route("local", "qwen")), vet=refuse))
    assert fake.connections == 0
