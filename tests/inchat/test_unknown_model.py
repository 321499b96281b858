"""A model name that is not a route gets a numbered list, as a normal message."""

import re
from dataclasses import replace

import pytest

from ni.domain.route import Tier
from ni.inchat.answer import ReplyKind
from tests.inchat.cast import (
    ALICE,
    CANADIAN,
    CATALOG,
    FLASH,
    GEMINI,
    MINI_CA,
    SONNET,
    FakeCatalog,
    assistant,
    call,
    reply_to,
    user,
)
from tests.inchat.conftest import Begin

PINNED = "claude-sonnet-4.5"


def test_the_reply_says_what_is_wrong_what_is_closest_what_there_is_and_how_to_choose(begin: Begin) -> None:
    reply = begin(ALICE, PINNED).say("hi")
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert reply.text.startswith('"claude-sonnet-4.5" isn\'t one of the exact route ids your key can call.\n')
    assert f"\nClosest match: 4. {SONNET}\n" in reply.text
    listed = re.findall(r"^(\d+)\. (.*)$", reply.text, re.MULTILINE)
    assert listed == [(str(number), route_id) for number, route_id in enumerate(CATALOG, start=1)]
    for way in (
        "Reply with a number",
        "exact route ids",
        "GET /api/billing/models",
        "Models page",
        "ni-models",
    ):
        assert way in reply.text
    assert re.search(r"\[ni-map:[A-Z2-7]{8}\]$", reply.text)


@pytest.mark.parametrize("model", CATALOG)
def test_an_exact_route_id_is_left_to_its_route(begin: Begin, model: str) -> None:
    assert begin(ALICE, model).say("hi") is None


def test_ids_are_compared_exactly_and_case_counts(begin: Begin) -> None:
    assert "isn't one of" in begin(ALICE, GEMINI.upper()).hear("hi")
    assert "isn't one of" in begin(ALICE, GEMINI + " ").hear("hi")


def test_the_list_holds_what_the_key_can_call_and_nothing_else(begin: Begin) -> None:
    text = begin(CANADIAN, PINNED).hear("hi")
    assert GEMINI in text
    assert SONNET not in text


def test_a_route_of_a_tier_the_key_may_not_use_gets_the_list_but_no_offer_to_map_it(begin: Begin) -> None:
    text = begin(CANADIAN, SONNET).hear("hi")
    assert text.startswith(f'"{SONNET}" isn\'t one of the exact route ids your key can call.')
    assert "not one for this key" in text
    assert "[ni-map:" not in text
    assert "Reply with a number" not in text


def test_a_key_that_can_call_nothing_gets_its_own_text(begin: Begin) -> None:
    text = begin(replace(ALICE, tiers=frozenset({Tier.US_CLOUD})), PINNED).hear("hi")
    assert "isn't one of the exact route ids your key can call." in text
    assert "can't call any route" in text
    assert "Closest match" not in text
    assert "[ni-map:" not in text


def test_a_route_that_only_the_residency_guard_refuses_is_left_to_the_guard(
    begin: Begin, catalog: FakeCatalog
) -> None:
    catalog.refused = {GEMINI}
    assert begin(ALICE, GEMINI).say("hi") is None
    assert GEMINI not in begin(ALICE, PINNED).hear("hi")


def test_a_route_that_is_not_set_up_gets_the_list(begin: Begin, catalog: FakeCatalog) -> None:
    catalog.off = {GEMINI}
    assert "isn't one of" in begin(ALICE, GEMINI).hear("hi")


@pytest.mark.parametrize(
    "model",
    [
        "x`y",
        "a|b|c",
        "[click](https://evil.example)",
        "a\nClosest match: 1. fake\n",
        "<img src=x onerror=alert(1)>",
        "a\u202eb",
        "tab\there",
        "![x](y)",
        "x" * 256,
    ],
)
def test_a_model_name_cannot_become_markup_a_second_line_or_a_long_text(begin: Begin, model: str) -> None:
    first = begin(ALICE, model).hear("hi").split("\n")[0]
    assert first.endswith("isn't one of the exact route ids your key can call.")
    assert not re.search(r"(?<!\\)[`|\[\]<>]", first)
    assert first.isprintable()
    assert len(first) < 200


def test_with_commands_off_the_reply_offers_neither_number_nor_command(begin: Begin) -> None:
    text = begin(replace(ALICE, commands=False), PINNED).hear("hi")
    assert "isn't one of the exact route ids your key can call." in text
    assert "Closest match: 4." in text
    assert "ni-models" not in text
    assert "Reply with" not in text
    assert "[ni-map:" not in text


def test_the_suggestion_keeps_what_the_name_says_about_residency(begin: Begin) -> None:
    assert f"Closest match: 1. {GEMINI}" in begin(ALICE, "gemini-2.5-pro").hear("hi")
    assert FLASH in begin(ALICE, "gemini-flash-ca").hear("hi").split("Routes your key")[0]
    suggested = begin(ALICE, "claude-sonnet-4.5-ca").hear("hi").split("Routes your key")[0]
    assert SONNET not in suggested


def test_the_last_turn_may_be_a_tools_result(begin: Begin) -> None:
    conversation = begin(ALICE, PINNED)
    reply = reply_to(
        conversation.inchat,
        ALICE,
        call(PINNED, user("x"), assistant(None), {"role": "tool", "tool_call_id": "c", "content": "1"}),
    )
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL


def test_equal_names_go_to_the_first_in_the_list(begin: Begin) -> None:
    assert f"Closest match: 3. {MINI_CA}" in begin(ALICE, "gpt-4.1-mini").hear("hi")
