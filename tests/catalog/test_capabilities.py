"""Capabilities: the row, then the family, then little."""

import pytest

from ni.catalog.capabilities import DEFAULT, base_model, capabilities_of


@pytest.mark.parametrize(
    "upstream_model",
    [
        "global.anthropic.claude-sonnet-4-6",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "claude-opus-5-5",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
        "gpt-4.1-mini",
        "gpt-5.4",
    ],
)
def test_families_that_see_and_call_tools_say_so_whoever_serves_them(upstream_model: str) -> None:
    able = capabilities_of(upstream_model, {})
    assert able.vision
    assert able.function_calling


@pytest.mark.parametrize(
    ("upstream_model", "context_window", "function_calling"),
    [
        ("meta.llama3-70b-instruct-v1:0", 8_192, False),
        ("mistral.mistral-large-2402-v1:0", 32_000, True),
    ],
)
def test_older_text_models_claim_no_more_than_they_can(
    upstream_model: str, context_window: int, function_calling: bool
) -> None:
    able = capabilities_of(upstream_model, {})
    assert not able.vision
    assert able.context_window == context_window
    assert able.function_calling is function_calling


def test_the_longest_rule_wins() -> None:
    assert capabilities_of("claude-haiku-4-5", {}).max_output_tokens == 64_000
    assert capabilities_of("claude-3-haiku", {}).max_output_tokens == 32_000


def test_an_unknown_model_claims_text_alone() -> None:
    assert capabilities_of("nobody/knows-this", {}) == DEFAULT
    assert not DEFAULT.vision
    assert not DEFAULT.function_calling


def test_the_row_overrides_the_family_field_by_field() -> None:
    able = capabilities_of("gemini-2.5-pro", {"modalities": ["text"], "context_window": 10})
    assert (able.vision, able.context_window, able.function_calling) == (False, 10, True)


def test_base_names_have_no_profile_and_no_vendor() -> None:
    assert base_model("us.anthropic.claude-haiku-4-5-v1:0") == "claude-haiku-4-5-v1:0"
    assert base_model("DeepSeek-V3.2") == "deepseek-v3.2"
