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
    Conversation,
    FakeCatalog,
    StoppedClock,
    assistant,
    call,
    reply_to,
    user,
)
from tests.inchat.conftest import Begin

PINNED = "claude-sonnet-4.5"
NUMBER = str(CATALOG.index(SONNET) + 1)


@pytest.fixture
def conversation(begin: Begin) -> Conversation:
    """Alice has just been shown the list."""
    conversation = begin(ALICE, PINNED)
    conversation.hear("write a haiku")
    return conversation


def nothing_mapped(inchat: InChat) -> bool:
    return inchat.resolve(ALICE, PINNED).pinned is None and inchat.resolve(CHARLIE, PINNED).pinned is None


def test_answering_with_a_number_maps_the_name_for_every_key_of_the_account(
    conversation: Conversation, inchat: InChat
) -> None:
    reply = conversation.say(NUMBER)
    assert reply == LocalReply(reply.text if reply else "", ReplyKind.MAPPED, SONNET)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET
    assert conversation.say("write a haiku") is None
    assert reply_to(inchat, BOB, call(PINNED, user("hi"))) is None


def test_another_account_sees_nothing_of_it(conversation: Conversation, inchat: InChat) -> None:
    conversation.hear(NUMBER)
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
def test_the_number_may_come_in_the_wrapping_of_a_tool(
    conversation: Conversation, inchat: InChat, content: object
) -> None:
    conversation.hear(content)
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
def test_text_that_is_not_that_number_alone_maps_nothing(
    conversation: Conversation, inchat: InChat, content: object
) -> None:
    reply = conversation.say(content)
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert nothing_mapped(inchat)


@pytest.mark.parametrize("number", ["0", "9", "9999"])
def test_a_number_that_is_not_on_the_list_maps_nothing(
    conversation: Conversation, inchat: InChat, number: str
) -> None:
    assert "not on the list" in conversation.hear(number)
    assert nothing_mapped(inchat)


def test_a_number_without_our_list_before_it_is_a_prompt(begin: Begin, inchat: InChat) -> None:
    assert begin(ALICE, GEMINI).say("2") is None
    reply = begin(ALICE, PINNED).say(NUMBER)
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert nothing_mapped(inchat)


def test_the_list_must_be_in_the_message_right_before(conversation: Conversation, inchat: InChat) -> None:
    conversation.history += [user("and?"), assistant("Pick one.")]
    conversation.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_a_tools_result_between_list_and_number_breaks_the_answer(
    conversation: Conversation, inchat: InChat
) -> None:
    conversation.history.append({"role": "tool", "tool_call_id": "c", "content": "x"})
    conversation.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_a_list_quoted_by_the_user_is_not_ours(begin: Begin, inchat: InChat) -> None:
    listed = begin(ALICE, PINNED).hear("hi")
    conversation = begin(ALICE, PINNED)
    conversation.history.append(user(listed))
    conversation.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_instructions_put_last_do_not_hide_the_number(conversation: Conversation, inchat: InChat) -> None:
    reply = reply_to(
        inchat,
        ALICE,
        call(PINNED, *conversation.history, user(NUMBER), {"role": "system", "content": "be brief"}),
    )
    assert reply is not None
    assert reply.kind is ReplyKind.MAPPED


def test_the_list_may_come_back_in_parts(conversation: Conversation, inchat: InChat) -> None:
    conversation.history[-1] = assistant([{"type": "text", "text": conversation.history[-1]["content"]}])
    conversation.hear(NUMBER)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


@pytest.mark.parametrize("stranger", [BOB, CHARLIE])
def test_a_list_shown_to_another_key_is_not_acted_on(
    conversation: Conversation, inchat: InChat, stranger: object
) -> None:
    conversation.caller = CHARLIE if stranger is CHARLIE else BOB
    assert "expired or changed" in conversation.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_a_list_shown_for_another_name_is_not_acted_on(conversation: Conversation, inchat: InChat) -> None:
    conversation.model = "gpt-9"
    assert "expired or changed" in conversation.hear(NUMBER)
    assert inchat.resolve(ALICE, "gpt-9").pinned is None


def test_a_list_counts_for_a_quarter_of_an_hour(
    conversation: Conversation, inchat: InChat, clock: StoppedClock
) -> None:
    clock.pass_s(14 * 60)
    conversation.hear(NUMBER)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


def test_an_expired_list_is_shown_anew_and_then_counts(
    conversation: Conversation, inchat: InChat, clock: StoppedClock
) -> None:
    clock.pass_s(15 * 60)
    again = conversation.hear(NUMBER)
    assert "expired or changed" in again
    assert "isn't one of the exact route ids your key can call." in again
    assert nothing_mapped(inchat)
    conversation.hear(NUMBER)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


def test_numbers_that_have_moved_are_not_applied(
    conversation: Conversation, inchat: InChat, catalog: FakeCatalog
) -> None:
    catalog.ids.insert(0, "azure/new-model-ca")
    assert "expired or changed" in conversation.hear(NUMBER)
    assert nothing_mapped(inchat)


def test_saying_it_twice_changes_nothing_the_second_time(
    conversation: Conversation, inchat: InChat, mappings: Mappings
) -> None:
    messages = [*conversation.history, user(NUMBER)]
    reply_to(inchat, ALICE, call(PINNED, *messages))
    first = mappings.of("acc_a")
    reply = reply_to(inchat, ALICE, call(PINNED, *messages))
    assert reply is not None
    assert reply.kind is ReplyKind.UNCHANGED
    assert mappings.of("acc_a") == first


def test_a_name_that_became_a_route_is_neither_shadowed_nor_mapped(
    conversation: Conversation, inchat: InChat, catalog: FakeCatalog, mappings: Mappings
) -> None:
    conversation.hear(NUMBER)
    shown = conversation.history[:2]
    catalog.resolve = lambda model: FakeCatalog.resolve(catalog, GEMINI if model == PINNED else model)  # type: ignore[method-assign]
    assert inchat.resolve(ALICE, PINNED).pinned is None
    reply = reply_to(inchat, ALICE, call(PINNED, *shown, user("1")))
    assert reply is not None
    assert reply.kind is ReplyKind.REFUSED
    assert mappings.route_of("acc_a", PINNED, "key_alice") == SONNET


def test_a_mapping_never_gives_a_key_more_than_its_tiers(conversation: Conversation, inchat: InChat) -> None:
    conversation.hear(NUMBER)
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
    conversation = begin(ALICE, model)
    conversation.hear("hi")
    reply = conversation.say(str(CATALOG.index(chosen) + 1))
    assert reply is not None
    assert reply.kind is (ReplyKind.MAPPED if allowed else ReplyKind.REFUSED)
    assert inchat.resolve(ALICE, model).pinned == (chosen if allowed else None)


def test_a_number_under_an_expired_list_goes_to_the_model_once_the_name_is_mapped(
    conversation: Conversation, clock: StoppedClock
) -> None:
    shown = conversation.history[-1]
    conversation.hear(NUMBER)
    clock.pass_s(3600)
    conversation.history = [user("hi"), shown]
    assert conversation.say("2") is None


def test_with_commands_off_a_number_maps_nothing(conversation: Conversation, inchat: InChat) -> None:
    conversation.caller = replace(ALICE, commands=False)
    reply = conversation.say(NUMBER)
    assert reply is not None
    assert reply.kind is ReplyKind.UNKNOWN_MODEL
    assert nothing_mapped(inchat)


def test_another_process_follows_within_five_seconds(
    conversation: Conversation, open_mappings: Callable[[], Mappings], clock: StoppedClock
) -> None:
    other = open_mappings()
    assert other.route_of("acc_a", PINNED, "key_alice") is None
    conversation.hear(NUMBER)
    clock.pass_s(5.1)
    assert other.route_of("acc_a", PINNED, "key_alice") == SONNET
    assert other.unpin("acc_a", PINNED, "")
    assert not other.unpin("acc_a", PINNED, "")
    assert FLASH not in {pinned.route_id for pinned in other.of("acc_a")}
