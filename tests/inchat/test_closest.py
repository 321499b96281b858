"""The closest match: for the names that people and tools really use, and always the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.inchat.closest import closest, suffix_of
from tests.inchat.cast import CATALOG, FLASH, GEMINI, HAIKU, LOCAL, MINI_CA, MINI_US, OPUS, SONNET, route

ROUTES = [route(route_id) for route_id in CATALOG]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-sonnet-4.5", SONNET),
        ("claude-sonnet-4-6", SONNET),
        ("Claude Sonnet 4.6", SONNET),
        ("claude-3-5-sonnet-20241022", SONNET),
        ("anthropic/claude-sonnet-4.6", SONNET),
        ("sonnet", SONNET),
        ("global.anthropic.claude-sonnet-4-6", SONNET),
        ("claude-sonnet-4-6-thinking-high", SONNET),
        ("claude-opus-4.8", OPUS),
        ("claude-opus-5", OPUS),
        ("claude-haiku-4-5", HAIKU),
        ("claude-haiku-4.5-20251001", HAIKU),
        ("gemini-2.5-pro", GEMINI),
        ("google/gemini-2.5-pro", GEMINI),
        ("gemini/gemini-2.5-pro", GEMINI),
        ("GEMINI-2.5-PRO", GEMINI),
        ("vertex_ai/gemini-2.5-pro", GEMINI),
        ("models/gemini-2.5-pro-latest", GEMINI),
        ("gemni-2.5-pro", GEMINI),
        ("Vertex_AI/Gemini-2.5-Pro-CA", GEMINI),
        ("gemini-2.5-pro-us", GEMINI),
        ("gemini-2.5-flash", FLASH),
        ("gemini-2-5-flash-preview", FLASH),
        ("gemini-flash", FLASH),
        ("gpt-4.1-mini", MINI_CA),
        ("gpt-4-1-mini", MINI_CA),
        ("azure/gpt-4.1-mini", MINI_CA),
        ("gpt-4.1-mini-ca", MINI_CA),
        ("openai/gpt-4.1-mini", MINI_US),
        ("gpt-4.1-mini-us", MINI_US),
        ("gpt-4o", MINI_CA),
        ("qwen2.5-coder", LOCAL),
        ("ollama/qwen2.5-coder:7b", LOCAL),
        ("local/qwen", LOCAL),
    ],
)
def test_the_route_somebody_meant_is_suggested(name: str, expected: str) -> None:
    place = closest(name, ROUTES)
    assert place is not None
    assert ROUTES[place].id == expected


@given(st.text(max_size=300))
def test_every_name_has_one_suggestion_at_most_and_always_the_same(name: str) -> None:
    place = closest(name, ROUTES)
    assert place == closest(name, list(ROUTES))
    assert place is None or ROUTES[place].is_model


@pytest.mark.parametrize(
    "name", ["zebra", "my-thing", "???", "default", "x", "", "the best one", "échantillon"]
)
def test_what_is_like_no_route_is_closest_to_none(name: str) -> None:
    assert closest(name, ROUTES) is None


@pytest.mark.parametrize("listed", CATALOG)
def test_an_id_without_its_prefix_or_suffix_means_its_route(listed: str) -> None:
    whole = route(listed)
    if not whole.is_model:
        return
    bare = listed.partition("/")[2]
    for name in (listed, bare, listed.removesuffix(suffix_of(listed)), bare.upper()):
        place = closest(name, ROUTES)
        assert place is not None
        assert name.lower() in ROUTES[place].id.lower()
    place = closest(bare, ROUTES)
    assert place is not None
    assert ROUTES[place].id == listed


def test_the_sandbox_is_an_alternative_to_no_model() -> None:
    sandbox = replace(route("sandbox/echo-local"), provider="sandbox")
    for name in ("sandbox/echo", "echo", "echo-local", "sandbox/echo-locl", "gpt-4"):
        assert closest(name, [sandbox]) is None


def test_nothing_is_suggested_where_there_is_nothing() -> None:
    assert closest("gpt-4", []) is None


@pytest.mark.parametrize("suffix", ["-local", "-ca", "-us", "-global"])
@pytest.mark.parametrize(
    "behind",
    [
        "",
        " ",
        "\t",
        "\n",
        "\0",
        "\u200b",
        "\u00a0",
        "\u202e",
        ".",
        "/",
        ":latest",
        "@2026",
        " (preview)",
        "[1m]",
    ],
)
def test_nothing_behind_a_suffix_hides_it(suffix: str, behind: str) -> None:
    assert suffix_of(f"azure/gpt-4.1{suffix}{behind}") == suffix


@pytest.mark.parametrize(
    "name",
    [
        "foo-\u0441\u0430",
        "foo-\uff43\uff41",
        "foo\u2010ca",
        "foo\u2212ca",
        "FOO-CA",
        "foo_ca",
        "foo-\u200bca",
    ],
)
def test_letters_and_dashes_that_look_like_a_suffix_are_one(name: str) -> None:
    assert suffix_of(name) == "-ca"


@pytest.mark.parametrize("name", ["foo-cat", "foo-usa", "mica", "focus", "claude-ca-2", "bedrock/x-v1:0"])
def test_what_is_no_suffix_is_none(name: str) -> None:
    assert suffix_of(name) == ""
