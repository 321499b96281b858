"""A number maps a name only under our own list, for the key and the moment it was made for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ni.inchat.answer import InChat, LocalReply, ReplyKind
from ni.inchat.mappings import Mappings
from tests.inchat.cast import (
    ALICE,
    BOB,
    CANADIAN,
    CATALOG,
    CHARLIE,
    FLASH,
    GEMINI,
    MINI_CA,
    SONNET,
    Shelf,
    StoppedClock,
    Talk,
    assistant,
    call,
    reply_to,
    user,
)
from tests.inchat.conftest import Begin

PINNED = "claude-sonnet-4.5"
NUMBER = str(CATALOG.index(SONNET) + 1)


@pytest.fixture
def talk(begin: Begin) -> Talk:
    """Alice has just been shown the list."""
    talk = begin(ALICE, PINNED)
    talk.hear("write a haiku")
    return talk


def nothing_mapped(inchat: InChat) -> bool:
    return inchat.resolve(ALICE, PINNED).pinned is None and inchat.resolve(CHARLIE, PINNED).pinned is None


def test_answering_with_a_number_maps_the_name_for_every_key_of_the_account(
    talk: Talk, inchat: InChat
) -> None:
    reply = talk.say(NUMBER)
    assert reply == LocalReply(reply.text if reply else "", ReplyKind.MAPPED, SONNET)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET
    assert talk.say("write a haiku") is None
    assert reply_to(inchat, BOB, call(PINNED, user("hi"))) is None


def test_another_account_sees_nothing_of_it(talk: Talk, inchat: InChat) -> None:
    talk.hear(NUMBER)
    assert inchat.resolve(CHARLIE, PINNED).pinned is None
    reply = reply_to(inchat, CHARLIE, call(PINNED, user("hi")))
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL


@pytest.mark.parametrize(
    "content",
    [
        NUMBER,
        f" {NUMBER}\n",
        [{"type": "text", "text": NUMBER}],
        f"<user_query>\n{NUMBER}\n</user_query>",
        f"<task>{NUMBER}</task>\n<environment_details>\n# Files\na.py\n</environment_details>",
        f'"{NUMBER}"',
        [
            {"type": "text", "text": "<system-reminder>be brief</system-reminder>"},
            {"type": "text", "text": NUMBER},
        ],
    ],
)
def test_the_number_may_come_in_the_wrapping_of_a_tool(talk: Talk, inchat: InChat, content: object) -> None:
    talk.hear(content)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


@pytest.mark.parametrize(
    "content",
    [
        f"{NUMBER} please",
        f"number {NUMBER}",
        f"{NUMBER} {NUMBER}",
        f"{NUMBER}.5",
        f"-{NUMBER}",
        f"{NUMBER}0000",
        "٤",
        f"<tool_result>{NUMBER}</tool_result>",
        f"<file>x</file> see {NUMBER}",
        [],
        "",
    ],
)
def test_text_that_is_not_that_number_alone_maps_nothing(talk: Talk, inchat: InChat, content: object) -> None:
    reply = talk.say(content)
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert nothing_mapped(inchat)


@pytest.mark.parametrize("number", ["0", "9", "9999"])
def test_a_number_that_is_not_on_the_list_maps_nothing(talk: Talk, inchat: InChat, number: str) -> None:
    assert "not on the list" in talk.hear(number)
    assert nothing_mapped(inchat)


def test_a_number_without_our_list_before_it_is_a_prompt(begin: Begin, inchat: InChat) -> None:
    assert begin(ALICE, GEMINI).say("2") is None
    reply = begin(ALICE, PINNED).say(NUMBER)
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert nothing_mapped(inchat)


def test_the_list_must_be_in_the_message_right_before(talk: Talk, inchat: InChat) -> None:
    talk.history += [user("and?"), assistant("Pick one.")]
    talk.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_a_tools_result_between_list_and_number_breaks_the_answer(talk: Talk, inchat: InChat) -> None:
    talk.history.append({"role": "tool", "tool_call_id": "c", "content": "x"})
    talk.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_a_list_quoted_by_the_user_is_not_ours(begin: Begin, inchat: InChat) -> None:
    listed = begin(ALICE, PINNED).hear("hi")
    talk = begin(ALICE, PINNED)
    talk.history.append(user(listed))
    talk.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_instructions_put_last_do_not_hide_the_number(talk: Talk, inchat: InChat) -> None:
    reply = reply_to(
        inchat, ALICE, call(PINNED, *talk.history, user(NUMBER), {"role": "system", "content": "be brief"})
    )
    assert reply is not None
    assert reply.kind is ReplyKind.MAPPED


def test_the_list_may_come_back_in_parts(talk: Talk, inchat: InChat) -> None:
    talk.history[-1] = assistant([{"type": "text", "text": talk.history[-1]["content"]}])
    talk.hear(NUMBER)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


@pytest.mark.parametrize("stranger", [BOB, CHARLIE])
def test_a_list_shown_to_another_key_is_not_acted_on(talk: Talk, inchat: InChat, stranger: object) -> None:
    talk.caller = CHARLIE if stranger is CHARLIE else BOB
    assert "expired or changed" in talk.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_a_list_shown_for_another_name_is_not_acted_on(talk: Talk, inchat: InChat) -> None:
    talk.model = "gpt-9"
    assert "expired or changed" in talk.hear(NUMBER)
    assert inchat.resolve(ALICE, "gpt-9").pinned is None


def test_a_list_counts_for_a_quarter_of_an_hour(talk: Talk, inchat: InChat, clock: StoppedClock) -> None:
    clock.pass_s(14 * 60)
    talk.hear(NUMBER)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


def test_an_expired_list_is_shown_anew_and_then_counts(
    talk: Talk, inchat: InChat, clock: StoppedClock
) -> None:
    clock.pass_s(15 * 60)
    again = talk.hear(NUMBER)
    assert "expired or changed" in again
    assert "isn't one of the exact route ids your key can call." in again
    assert nothing_mapped(inchat)
    talk.hear(NUMBER)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


def test_numbers_that_have_moved_are_not_applied(talk: Talk, inchat: InChat, shelf: Shelf) -> None:
    shelf.ids.insert(0, "azure/new-model-ca")
    assert "expired or changed" in talk.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_saying_it_twice_changes_nothing_the_second_time(
    talk: Talk, inchat: InChat, mappings: Mappings
) -> None:
    messages = [*talk.history, user(NUMBER)]
    reply_to(inchat, ALICE, call(PINNED, *messages))
    first = mappings.of("acc_a")
    reply = reply_to(inchat, ALICE, call(PINNED, *messages))
    assert reply is not None
    assert reply.kind is ReplyKind.UNCHANGED
    assert mappings.of("acc_a") == first


def test_a_name_that_became_a_route_is_neither_shadowed_nor_mapped(
    talk: Talk, inchat: InChat, shelf: Shelf, mappings: Mappings
) -> None:
    talk.hear(NUMBER)
    shown = talk.history[:2]
    shelf.resolve = lambda model: Shelf.resolve(shelf, GEMINI if model == PINNED else model)  # type: ignore[method-assign]
    assert inchat.resolve(ALICE, PINNED).pinned is None
    reply = reply_to(inchat, ALICE, call(PINNED, *shown, user("1")))
    assert reply is not None
    assert reply.kind is ReplyKind.REFUSED
    assert mappings.route_of("acc_a", PINNED, "key_alice") == SONNET


def test_a_mapping_never_gives_a_key_more_than_its_tiers(talk: Talk, inchat: InChat) -> None:
    talk.hear(NUMBER)
    reply = reply_to(inchat, CANADIAN, call(PINNED, user("hi")))
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert f"to {SONNET}, which this key may not call" in reply.text


@pytest.mark.parametrize(
    ("model", "chosen", "allowed"),
    [
        ("claude-sonnet-4.5-ca", SONNET, False),
        ("my-model-ca", "openai/gpt-4.1-mini-us", False),
        ("my-model-ca", MINI_CA, True),
        ("My-Model-CA", SONNET, False),
        ("my-model-ca", "local/qwen2.5-coder-local", True),
        ("my-model-local", MINI_CA, False),
        ("my-model-us", SONNET, False),
        ("my-model-us", MINI_CA, True),
        ("my-model-global", SONNET, True),
        ("my-model-america", SONNET, True),
    ],
)
def test_a_name_maps_only_to_a_route_as_strict_as_it_says(
    begin: Begin, inchat: InChat, model: str, chosen: str, allowed: bool
) -> None:
    talk = begin(ALICE, model)
    talk.hear("hi")
    reply = talk.say(str(CATALOG.index(chosen) + 1))
    assert reply is not None
    assert reply.kind is (ReplyKind.MAPPED if allowed else ReplyKind.REFUSED)
    assert inchat.resolve(ALICE, model).pinned == (chosen if allowed else None)


def test_a_number_under_an_expired_list_goes_to_the_model_once_the_name_is_mapped(
    talk: Talk, clock: StoppedClock
) -> None:
    shown = talk.history[-1]
    talk.hear(NUMBER)
    clock.pass_s(3600)
    talk.history = [user("hi"), shown]
    assert talk.say("2") is None


def test_with_commands_off_a_number_maps_nothing(talk: Talk, inchat: InChat) -> None:
    talk.caller = replace(ALICE, commands=False)
    reply = talk.say(NUMBER)
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert nothing_mapped(inchat)


def test_another_process_follows_within_five_seconds(
    talk: Talk, open_mappings: Callable[[], Mappings], clock: StoppedClock
) -> None:
    other = open_mappings()
    assert other.route_of("acc_a", PINNED, "key_alice") is None
    talk.hear(NUMBER)
    clock.pass_s(5.1)
    assert other.route_of("acc_a", PINNED, "key_alice") == SONNET
    assert other.unpin("acc_a", PINNED, "")
    assert not other.unpin("acc_a", PINNED, "")
    assert FLASH not in {pinned.route_id for pinned in other.of("acc_a")}
