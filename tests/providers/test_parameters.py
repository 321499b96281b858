"""The table of parameters: what each family is sent is what its provider's rules take, and what was lost is named."""

from dataclasses import replace
from typing import Any

import pytest

from ni.domain.errors import UnsupportedParameter
from ni.domain.route import Capabilities, Route
from ni.providers.generation_parameters import only_openai
from ni.providers.parameters import FAMILIES, PARAMETERS, fit, model_family, most_images, supported
from tests.fakes.openai_rules import refuse
from tests.fakes.orders import USER, route

ABLE = Capabilities(("text", "image"), 200_000, 16_000, True, True, True, True)
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
ASKED: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.5,
    "top_k": 5,
    "min_p": 0.1,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "repetition_penalty": 1.1,
    "seed": 7,
    "logprobs": True,
    "top_logprobs": 2,
    "logit_bias": {"1": 1},
    "stop": ["a", "b", "c", "d", "e", "f"],
    "n": 1,
    "max_tokens": 99_999,
    "max_completion_tokens": 99_999,
    "parallel_tool_calls": False,
    "response_format": SCHEMA,
    "reasoning_effort": "max",
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "verbosity": "low",
    "prediction": {"type": "content", "content": "x"},
    "modalities": ["text"],
    "audio": {"voice": "x", "format": "mp3"},
    "service_tier": "priority",
    "store": True,
    "metadata": {"a": "b"},
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
    "prompt_cache_options": {"mode": "explicit"},
    "safety_identifier": "s",
    "user": "u",
    "web_search_options": {},
    "moderation": {},
}
MODELS = [
    ("openai", "gpt-4.1-mini", "gpt"),
    ("openai", "gpt-4o-2024-08-06", "gpt"),
    ("azure", "gpt-4.1-mini", "gpt"),
    ("openai", "gpt-5", "gpt-5"),
    ("openai", "gpt-5-mini-2025-08-07", "gpt-5"),
    ("openai", "gpt-5-chat-latest", "gpt-5-chat"),
    ("openai", "gpt-5.1", "gpt-5.1"),
    ("openai", "gpt-5.2", "gpt-5.2"),
    ("openai", "gpt-5.4-mini", "gpt-5.2"),
    ("openai", "gpt-5.6-terra", "gpt-5.6"),
    ("openai", "o3", "o-series"),
    ("azure", "o4-mini", "o-series"),
    ("openai", "gpt-5-codex", "gpt-5-codex"),
    ("openai", "gpt-5.3-chat-latest", "gpt-5.x-chat"),
    ("azure", "gpt-oss-120b", "gpt-oss"),
    ("azure", "DeepSeek-V3.2", "foundry"),
    ("bedrock", "global.anthropic.claude-sonnet-4-6", "claude-4.1"),
    ("bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3"),
    ("anthropic", "claude-3-7-sonnet-20250219", "claude-3.7"),
    ("anthropic", "claude-opus-4-8", "claude-4.7"),
    ("anthropic", "claude-of-tomorrow", "claude-4.7"),
    ("bedrock", "mistral.mistral-large-2402-v1:0", "converse"),
    ("bedrock", "meta.llama3-70b-instruct-v1:0", "converse"),
    ("vertex_ai", "gemini-2.5-flash", "gemini-2.5"),
    ("vertex_ai", "gemini-3.1-pro-preview", "gemini-3"),
    ("vertex_ai", "gemini-3.8-flash", "gemini-3.6"),
    ("vertex_ai", "gemini-3.5-flash-lite", "gemini-3.6"),
    ("vertex_ai", "gemini-2.0-flash", "gemini"),
    ("local", "my-finetune", "own"),
    ("sandbox", "echo", "own"),
]


def to(provider: str, model: str) -> Route:
    return replace(route(provider, model), capabilities=ABLE)


@pytest.mark.parametrize(("provider", "model", "family"), MODELS)
def test_a_model_belongs_to_its_family(provider: str, model: str, family: str) -> None:
    assert model_family(provider, model) == family


def test_every_family_is_met_by_these_tests() -> None:
    assert {family for _, _, family in MODELS} | {"gpt-5-pro"} == FAMILIES.keys()


@pytest.mark.parametrize(("provider", "model"), [(p, m) for p, m, _ in MODELS if p in ("openai", "azure")])
@pytest.mark.parametrize(
    "more", [{}, {"tools": [TOOL]}, {"reasoning_effort": "none"}], ids=["", "tools", "none"]
)
def test_no_parameter_alone_makes_openai_refuse(provider: str, model: str, more: dict[str, Any]) -> None:
    refused = {}
    for name in ASKED.keys() - (
        {"parallel_tool_calls"} if "tools" not in more else set()
    ):  # the dialect drops it
        body = {"messages": [USER], name: ASKED[name], **more}
        sent = only_openai(fit(body, to(provider, model)).body)
        if refusal := refuse(sent | {"model": model}):
            refused[name] = refusal
    assert refused == {}


@pytest.mark.parametrize(("provider", "model"), [(p, m) for p, m, _ in MODELS])
def test_a_body_that_fits_already_is_not_touched(provider: str, model: str) -> None:
    once = fit({"messages": [USER], "tools": [TOOL], **ASKED}, to(provider, model))
    again = fit(once.body, to(provider, model))
    assert again.body == once.body
    assert again.warnings == ()
    plain = {"messages": [USER]}
    assert fit(plain, to(provider, model)).body is plain


@pytest.mark.parametrize(("provider", "model"), [(p, m) for p, m, f in MODELS if f != "own"])
def test_what_is_lost_is_named_and_nothing_else(provider: str, model: str) -> None:
    body = {"messages": [USER], **ASKED}
    fitted = fit(body, to(provider, model))
    said = " ".join(fitted.warnings)
    quiet = {"user", "safety_identifier", "prompt_cache_key", "n", "modalities", "max_tokens"}
    lost = {name for name in ASKED if name not in fitted.body} - quiet
    renamed = {"max_completion_tokens"} if "max_tokens" in fitted.body else set()
    taken_for_effort = {"thinking"} if "thinking" not in said else set()
    assert {name for name in lost - renamed - taken_for_effort if name not in said} == set()
    kept = [name for name in ASKED if fitted.body.get(name) == ASKED[name]]
    assert [name for name in kept if f" {name}," in said] == []


def test_a_server_of_ones_own_decides_itself() -> None:
    body = {"messages": [USER], **ASKED}
    assert fit(body, to("local", "anything")).body is body


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("gpt-5", "none", "minimal"),
        ("gpt-5", "xhigh", "high"),
        ("gpt-5.1", "minimal", "none"),
        ("gpt-5.2", "max", "xhigh"),
        ("o3", "minimal", "low"),
        ("gpt-5-pro", "low", "high"),
        ("gpt-5", "medium", "medium"),
    ],
)
def test_an_effort_becomes_the_nearest_that_the_model_knows(model: str, asked: str, sent: str) -> None:
    fitted = fit({"messages": [USER], "reasoning_effort": asked}, to("openai", model))
    assert fitted.body["reasoning_effort"] == sent
    assert bool(fitted.warnings) == (asked != sent)


@pytest.mark.parametrize(
    ("budget", "effort"),
    [(1024, "low"), (2048, "low"), (2049, "medium"), (16_384, "medium"), (32_000, "high")],
)
def test_a_budget_of_thinking_is_an_effort_for_a_reasoning_model(budget: int, effort: str) -> None:
    body = {"messages": [USER], "thinking": {"type": "enabled", "budget_tokens": budget}}
    fitted = fit(body, to("openai", "gpt-5"))
    assert fitted.body == {"messages": [USER], "reasoning_effort": effort}
    assert fitted.warnings == ()


@pytest.mark.parametrize(("model", "sent"), [("gpt-5.4", None), ("gpt-5.6", "none"), ("gpt-5.1", "high")])
def test_newer_models_do_not_reason_beside_tools_in_chat(model: str, sent: str | None) -> None:
    body = {"messages": [USER], "tools": [TOOL], "reasoning_effort": "high"}
    assert fit(body, to("openai", model)).body.get("reasoning_effort") == sent


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}),
        ({"top_p": 0.5}, {"top_p": 0.5}),
        ({"temperature": 1.5}, {"temperature": 1}),
        ({"temperature": 0.5, "reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        ({"temperature": 0.5, "reasoning_effort": "none"}, {"temperature": 0.5, "reasoning_effort": "none"}),
    ],
)
def test_claude_samples_by_one_of_two_and_not_while_it_thinks(
    given: dict[str, Any], left: dict[str, Any]
) -> None:
    assert fit({"messages": [USER], **given}, to("anthropic", "claude-sonnet-4-5")).body == {
        "messages": [USER],
        **left,
    }


@pytest.mark.parametrize(("provider", "model"), [(p, m) for p, m, f in MODELS if f != "own"])
def test_an_answer_in_sound_is_refused_by_name(provider: str, model: str) -> None:
    with pytest.raises(UnsupportedParameter) as caught:
        fit({"messages": [USER], "modalities": ["text", "audio"]}, to(provider, model))
    assert caught.value.param == "modalities"


@pytest.mark.parametrize(("provider", "model"), [(p, m) for p, m, _ in MODELS])
def test_the_lists_name_what_has_an_effect(provider: str, model: str) -> None:
    listed = supported(to(provider, model))
    assert set(listed) <= set(PARAMETERS)
    body = {"messages": [USER], "tools": [TOOL], **ASKED}
    left = fit(body, to(provider, model)).body
    assert {name for name in left if name in PARAMETERS} - set(listed) == set()
    assert "service_tier" not in listed or provider in ("local", "sandbox")


def test_a_model_without_tools_lists_none() -> None:
    unable = replace(to("bedrock", "meta.llama3-70b"), capabilities=Capabilities())
    assert not {"tools", "tool_choice", "reasoning_effort"} & set(supported(unable))


def test_names_of_the_clients_dialect_are_used() -> None:
    fitted = fit({"messages": [USER], "stop": ["a"] * 6}, to("openai", "gpt-4o"), {"stop": "stop_sequences"})
    assert fitted.warnings == ("changed parameters: stop_sequences=first 4 of 6",)


def test_each_cloud_has_its_number_of_images() -> None:
    found = {(p, m): most_images(to(p, m)) for p, m, _ in MODELS}
    assert found["local", "my-finetune"] is None
    assert found["azure", "gpt-4.1-mini"] == 50
    assert found["bedrock", "mistral.mistral-large-2402-v1:0"] == 20
    large = replace(to("anthropic", "claude-opus-4-8"), capabilities=replace(ABLE, context_window=1_000_000))
    assert (most_images(large), found["anthropic", "claude-opus-4-8"]) == (600, 100)
