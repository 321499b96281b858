"""The commands: where they are seen, where they are only mentioned, and what each does."""

from dataclasses import replace
from typing import Any

import pytest

from ni.domain.route import Tier
from ni.inchat.answer import InChat, ReplyKind
from ni.inchat.commands import Command, Typed, recognise
from ni.inchat.mappings import Mappings
from tests.inchat.cast import (
    ALICE,
    BOB,
    CANADIAN,
    CATALOG,
    FLASH,
    GEMINI,
    SONNET,
    FakeCatalog,
    StoppedClock,
    call,
    reply_to,
    user,
)
from tests.inchat.conftest import Begin

PINNED = "claude-sonnet-4.5"


@pytest.mark.parametrize(
    "text",
    [
        "ni-models",
        "  ni-models  ",
        "\n\nni-models\n",
        "NI-Models",
        "`ni-models`",
        '"ni-models"',
        "“ni-models”",
        "'ni-models'",
        "<user_query>\nni-models\n</user_query>",
        "<task>ni-models</task>",
        "<user_message>ni-models</user_message>",
        "<system-reminder>\nToday is Monday.\n</system-reminder>\nni-models",
        "<additional_data><file>a.py</file></additional_data>\n<user_query>ni-models</user_query>",
        "<task>\nni-models\n</task>\n\n<environment_details>\n# VSCode\n</environment_details>",
        "ni-models\n<environment_details>\nx\n</environment_details>",
        '<user_query id="1">ni-models</user_query>',
        "ni-models\nand more on the next line",
    ],
)
def test_a_command_at_the_start_is_seen_through_wrapping(text: str) -> None:
    assert recognise(text) == Typed(Command.MODELS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What does ni-models do?",
        "please ni-models",
        "ni-models lists the models",
        "ni-modelsx",
        "ni-model",
        "ni-",
        "ni models",
        "/ni-models",
        "# ni-models",
        "<div>ni-models</div> is wrong",
        "<file>\nni-models\n</file>\nexplain this",
        "<div>ni-models",
        "Explain:\n```\nni-models\n```",
        "ni-unmap all",
        "ni-status now",
        "ni-map-model 2 or 3?",
        "ni-map-model is a command",
        "<b>ni-models</b>",
        "x\nni-models",
        "- ni-models",
        "ni-helper",
        "xni-help",
    ],
)
def test_a_prompt_that_merely_mentions_a_command_is_not_caught(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("ni-map-model", ""),
        ("ni-map-model 3", "3"),
        (f"ni-map-model {GEMINI}", GEMINI),
        (f"ni-map-model `{GEMINI}`", GEMINI),
        ("NI-MAP-MODEL  3 ", "3"),
    ],
)
def test_ni_map_model_takes_one_argument_or_none(text: str, argument: str) -> None:
    assert recognise(text) == Typed(Command.MAP, argument)


@pytest.mark.parametrize(
    "text",
    [
        "ni-models" + "\n" * 300_000,
        "<a>" * 100_000,
        "ni-models\n" + "\n<" * 100_000,
        "<user_query>" * 100_000,
        " " * 1_000_000 + "ni-models",
        "1" * 1_000_000,
        "ni-" + "a-" * 300_000,
    ],
)
def test_no_text_is_expensive_to_look_at(text: str) -> None:
    recognise(text)


@pytest.mark.parametrize("model", [GEMINI, PINNED])
@pytest.mark.parametrize(
    ("text", "happened"),
    [
        ("ni-help", ReplyKind.HELPED),
        ("ni-models", ReplyKind.LISTED),
        ("ni-status", ReplyKind.STATUS),
        ("ni-unmap", ReplyKind.UNCHANGED),
    ],
)
def test_commands_are_answered_whatever_the_tools_model_is(
    begin: Begin, model: str, text: str, happened: ReplyKind
) -> None:
    reply = begin(ALICE, model).say(text)
    assert reply is not None
    assert reply.kind is happened


def test_help_names_every_command(begin: Begin) -> None:
    text = begin(ALICE, GEMINI).hear("ni-help")
    assert all(command.value in text for command in Command if command is not Command.NUMBER)


def test_models_lists_what_the_key_can_call_in_order(begin: Begin) -> None:
    text = begin(ALICE, GEMINI).hear("ni-models")
    assert [line for line in text.splitlines() if line[:1].isdigit()] == [
        f"{number}. {route_id}" for number, route_id in enumerate(CATALOG, start=1)
    ]
    assert SONNET not in begin(CANADIAN, GEMINI).hear("ni-models")


def test_a_list_asked_for_can_be_answered_with_a_number(begin: Begin, inchat: InChat) -> None:
    conversation = begin(ALICE, PINNED)
    assert "isn't one of the exact route ids" in conversation.hear("ni-models")
    conversation.hear("2")
    assert inchat.resolve(ALICE, PINNED).pinned == FLASH
    conversation.hear("ni-map-model")
    conversation.hear("1")
    assert inchat.resolve(ALICE, PINNED).pinned == GEMINI


@pytest.mark.parametrize("choice", ["4", SONNET])
def test_ni_map_model_maps_by_number_or_by_id(begin: Begin, inchat: InChat, choice: str) -> None:
    reply = begin(ALICE, PINNED).say(f"ni-map-model {choice}")
    assert reply is not None
    assert (reply.kind, reply.route_id) == (ReplyKind.MAPPED, SONNET)
    assert inchat.resolve(ALICE, PINNED).pinned == SONNET


@pytest.mark.parametrize("choice", ["0", "9", "azure/nothing-ca", SONNET.upper(), "²"])
def test_ni_map_model_refuses_what_is_not_on_the_list(begin: Begin, inchat: InChat, choice: str) -> None:
    reply = begin(ALICE, PINNED).say(f"ni-map-model {choice}")
    assert reply is not None
    assert reply.kind is ReplyKind.REFUSED
    assert inchat.resolve(ALICE, PINNED).pinned is None


def test_a_key_cannot_map_to_a_route_it_may_not_call(begin: Begin, inchat: InChat) -> None:
    assert "not on the list" in begin(CANADIAN, PINNED).hear(f"ni-map-model {SONNET}")
    assert inchat.resolve(ALICE, PINNED).pinned is None


def test_an_exact_route_id_is_never_mapped(begin: Begin, inchat: InChat) -> None:
    assert "never mapped" in begin(ALICE, GEMINI).hear(f"ni-map-model {SONNET}")
    assert "never mapped" in begin(CANADIAN, SONNET).hear("ni-map-model 1")
    assert inchat.resolve(ALICE, GEMINI).pinned is None


def test_a_number_after_a_list_means_that_list(
    begin: Begin, inchat: InChat, catalog: FakeCatalog, clock: StoppedClock
) -> None:
    conversation = begin(ALICE, PINNED)
    conversation.hear("ni-models")
    catalog.ids.reverse()
    assert "expired or changed" in conversation.hear("ni-map-model 1")
    assert inchat.resolve(ALICE, PINNED).pinned is None
    conversation.hear("ni-map-model 1")
    assert inchat.resolve(ALICE, PINNED).pinned == CATALOG[-1]


def test_a_mapping_can_be_replaced_and_undone_by_any_key_of_the_account(begin: Begin, inchat: InChat) -> None:
    begin(ALICE, PINNED).hear("ni-map-model 1")
    begin(BOB, PINNED).hear("ni-map-model 2")
    assert inchat.resolve(ALICE, PINNED).pinned == FLASH
    reply = begin(ALICE, PINNED).say("ni-unmap")
    assert reply is not None
    assert (reply.kind, reply.route_id) == (ReplyKind.UNMAPPED, FLASH)
    assert inchat.resolve(ALICE, PINNED).pinned is None
    assert "not mapped" in begin(ALICE, PINNED).hear("ni-unmap")


def test_status_says_where_the_name_goes_and_what_the_key_may_do(begin: Begin) -> None:
    before = begin(ALICE, PINNED).hear("ni-status")
    assert "no route that your key can call" in before
    begin(ALICE, PINNED).hear("ni-map-model 1")
    text = begin(replace(ALICE, cap_nanos=5_000_000_000, key_name="a|b"), PINNED).hear("ni-status")
    assert f"Goes to: {GEMINI} (managed_canadian_cloud, CA)" in text
    assert f"- {PINNED} → {GEMINI}" in text
    assert "Max spend per day: 5.00" in text
    assert "PII substitution: on" in text
    assert "a\\|b" in text


@pytest.mark.parametrize("text", ["ni-help", "ni-models", "ni-map-model 1", "ni-unmap", "ni-status"])
def test_with_commands_off_the_text_goes_to_the_model(begin: Begin, text: str) -> None:
    assert begin(replace(ALICE, commands=False), GEMINI).say(text) is None


@pytest.mark.parametrize(
    "messages",
    [
        [user("ni-models"), {"role": "assistant", "content": "x"}, user("thanks")],
        [{"role": "system", "content": "ni-models"}, user("hi")],
        [user("ni-models"), {"role": "assistant", "content": "ni-models"}],
        [
            user("ni-models"),
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "tool", "tool_call_id": "c", "content": "ni-models"},
        ],
    ],
)
def test_only_the_last_user_message_gives_commands(inchat: InChat, messages: list[Any]) -> None:
    assert reply_to(inchat, ALICE, call(GEMINI, *messages)) is None


def test_a_command_is_seen_among_parts_and_images(inchat: InChat) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    reply = reply_to(inchat, ALICE, call(GEMINI, user([image, {"type": "text", "text": "ni-help"}])))
    assert reply is not None
    assert reply.kind is ReplyKind.HELPED


def test_an_account_has_room_for_so_many_mappings(
    begin: Begin, inchat: InChat, mappings: Mappings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ni.inchat.mappings.MOST_PER_ACCOUNT", 2)
    for model in ("one", "two"):
        begin(ALICE, model).hear("ni-map-model 1")
    reply = begin(ALICE, "three").say("ni-map-model 1")
    assert reply is not None
    assert reply.kind is ReplyKind.REFUSED
    assert inchat.resolve(ALICE, "three").pinned is None
    assert len(mappings.of("acc_a")) == 2
    begin(ALICE, "two").hear("ni-map-model 2")
    assert inchat.resolve(ALICE, "two").pinned == FLASH


def test_a_key_that_can_call_nothing_is_told_so_by_every_list(begin: Begin) -> None:
    nobody = replace(ALICE, tiers=frozenset({Tier.US_CLOUD}))
    for text in ("ni-models", "ni-map-model", "ni-map-model 1"):
        assert "can't call any route" in begin(nobody, PINNED).hear(text)
