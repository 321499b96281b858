"""What of a request is left out although it means something stands in `X-NI-Warning`; nothing vanishes in silence."""

import json

import pytest
from openai.types.responses import ResponseInputItemParam

from ni.dialects.responses_request import dropped_items
from tests.api.everywhere import (
    ANTHROPIC,
    AZURE,
    CHAT,
    CLAUDE,
    EIGHT,
    GEMINI,
    HI,
    MESSAGES,
    OPENAI,
    OWN,
    RESPONSES,
    SIX,
    WARNING,
    Everywhere,
    Json,
    answered,
    error_of,
)
from tests.sdk_bodies import PNG

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
SAID: Json = {"max_tokens": 50, "messages": [HI]}
TRANSLATED = (AZURE, GEMINI, OPENAI, OWN)
CLEARING = {"edits": [{"type": "clear_tool_uses_20250919"}]}
COMPACTING = {"edits": [{"type": "compact_20260112"}]}
LEFT_OUT: dict[str, object] = {
    "mcp_servers": [{"type": "url", "url": "https://tools.example.ca", "name": "tools"}],
    "container": "container_1",
    "context_management": COMPACTING,
    "service_tier": "standard_only",
    "speed": "fast",
    "inference_geo": "us",
    "fallbacks": [{"model": "claude-3"}],
    "thread": {"type": "create"},
}


@pytest.mark.parametrize("route", [*TRANSLATED, ANTHROPIC, CLAUDE])
@pytest.mark.parametrize("member", LEFT_OUT)
def test_a_member_of_messages_that_is_left_out_is_named(gateway: Everywhere, route: str, member: str) -> None:
    told = answered(gateway.post(MESSAGES, {"model": route, **SAID, member: LEFT_OUT[member]}))
    assert told.headers[WARNING] == f"dropped parameters: {member}"


@pytest.mark.parametrize("route", [*TRANSLATED, ANTHROPIC, CLAUDE])
def test_what_means_nothing_is_not_named(gateway: Everywhere, route: str) -> None:
    thinking = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
    quiet: Json = {
        "mcp_servers": [], "container": None, "service_tier": "auto", "speed": "standard", "metadata": {"user_id": "u"},
        "context_management": thinking, "diagnostics": {}, "cache_control": {"type": "ephemeral"},
    }  # fmt: skip
    told = answered(gateway.post(MESSAGES, {"model": route, **SAID, **quiet}))
    assert WARNING not in told.headers


@pytest.mark.parametrize("route", [*TRANSLATED, ANTHROPIC, CLAUDE])
def test_clearing_of_results_is_named_where_it_is_not_done(gateway: Everywhere, route: str) -> None:
    body = {"model": route, **SAID, "context_management": CLEARING}
    beta = {"anthropic_beta": "context-management-2025-06-27"}
    told = answered(gateway.post(MESSAGES, body, **beta))
    done = "context_management" in gateway.sent(route)
    assert done == (route in (ANTHROPIC, CLAUDE))
    assert told.headers.get(WARNING) == (None if done else "dropped parameters: context_management")


@pytest.mark.parametrize("member", ["strict", "input_examples", "allowed_callers"])
def test_what_bedrock_refused_and_a_second_try_left_out_is_named(gateway: Everywhere, member: str) -> None:
    value = {"strict": True, "input_examples": [{}], "allowed_callers": ["direct"]}[member]
    tool = {"name": "look", "input_schema": {"type": "object"}, member: value}
    body = {"model": CLAUDE, **SAID, "context_management": CLEARING, "tools": [tool]}
    beta = {"anthropic_beta": "context-management-2025-06-27"}
    told = answered(gateway.post(MESSAGES, body, **beta))
    assert "context_management" not in gateway.sent(CLAUDE)
    assert told.headers[WARNING] == f"dropped parameters: context_management, tools.{member}"


def test_what_is_left_out_in_two_places_is_named_in_one_clause(gateway: Everywhere) -> None:
    body = {"model": AZURE, **SAID, "speed": "fast", "top_k": 3}
    told = answered(gateway.post(MESSAGES, body | {"context_management": COMPACTING}))
    assert told.headers[WARNING].count("dropped parameters") == 1


SEARCHED: list[Json] = [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "weather"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    {"type": "text", "text": "Sunny."},
]


@pytest.mark.parametrize("route", TRANSLATED)
def test_blocks_of_a_providers_tools_are_named(gateway: Everywhere, route: str) -> None:
    messages = [HI, {"role": "assistant", "content": SEARCHED}, HI]
    told = answered(gateway.post(MESSAGES, {"model": route, "max_tokens": 50, "messages": messages}))
    assert told.headers[WARNING] == "dropped blocks: server_tool_use, web_search_tool_result"


@pytest.mark.parametrize("route", TRANSLATED)
def test_the_summary_of_a_compacted_conversation_reaches_the_model(gateway: Everywhere, route: str) -> None:
    block = {"type": "compaction", "content": "They spoke of lakes.", "encrypted_content": "xyz"}
    body = {"max_tokens": 50, "messages": [HI, {"role": "assistant", "content": [block]}, HI]}
    answered(gateway.post(MESSAGES, {"model": route, **body}))
    assert "They spoke of lakes." in json.dumps(gateway.sent(route))
    assert "xyz" not in json.dumps(gateway.sent(route))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("thread", {"type": "continue", "previous_message_id": "msg_1"}),
        ("compaction", {"type": "summarize"}),
    ],
)
def test_what_only_anthropics_servers_could_answer_is_refused(
    gateway: Everywhere, member: str, value: Json
) -> None:
    refused = gateway.post(MESSAGES, {"model": OPENAI, **SAID, member: value})
    assert refused.status_code == 400
    assert f"`{member}`" in error_of(refused)["message"]


OF_RESPONSES: dict[str, object] = {
    "truncation": "auto",
    "top_logprobs": 3,
    "include": ["message.output_text.logprobs"],
    "context_management": [{"type": "compaction", "compact_threshold": 1000}],
    "store": True,
    "moderation": {"model": "omni-moderation-latest"},
}


@pytest.mark.parametrize("path", [RESPONSES, CHAT], ids=["responses", "cursor"])
@pytest.mark.parametrize("member", OF_RESPONSES)
def test_a_member_of_responses_that_is_left_out_is_named(gateway: Everywhere, path: str, member: str) -> None:
    body = {"model": OWN, "input": [HI], member: OF_RESPONSES[member]}
    assert member in answered(gateway.post(path, body)).headers[WARNING]


def test_what_means_nothing_in_responses_is_not_named(gateway: Everywhere) -> None:
    quiet = {
        "truncation": "disabled", "top_logprobs": 0, "include": ["reasoning.encrypted_content"], "store": False,
        "metadata": {"a": "b"}, "max_tool_calls": 3, "stream_options": {"include_obfuscation": False}, "user": "u",
    }  # fmt: skip
    told = answered(gateway.post(RESPONSES, {"model": OPENAI, "input": "hi", **quiet}))
    assert WARNING not in told.headers


@pytest.mark.parametrize("name", ["presence_penalty", "frequency_penalty"])
def test_penalties_of_responses_are_passed(gateway: Everywhere, name: str) -> None:
    """Open Responses has them, and the answer repeats them."""
    told = answered(gateway.post(RESPONSES, {"model": OPENAI, "input": "hi", name: 0.5}))
    assert gateway.sent(OPENAI)[name] == json.loads(told.data)[name] == 0.5


# ------------------------------------------------------------------------------------------------------ items of tools

SHELL = {"type": "exec", "command": ["ls", "/srv/lakes"], "env": {}}
PATCH = {"type": "update_file", "path": "lakes.md", "diff": "@@"}
RUNS: dict[str, list[Json]] = {
    "local_shell": [
        {"type": "local_shell_call", "id": "ls_1", "call_id": "c1", "action": SHELL, "status": "completed"},
        {"type": "local_shell_call_output", "id": "c1", "output": "lakes-of-canada"},
    ],
    "local_shell answered as a function": [
        {"type": "local_shell_call", "id": "ls_1", "call_id": "c1", "action": SHELL, "status": "completed"},
        {"type": "function_call_output", "call_id": "c1", "output": "lakes-of-canada"},
    ],
    "shell": [
        {"type": "shell_call", "call_id": "c1", "action": {"commands": ["ls /srv/lakes"]}},
        {
            "type": "shell_call_output",
            "call_id": "c1",
            "output": [{"stdout": "lakes-of-canada", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
        },
    ],
    "apply_patch": [
        {"type": "apply_patch_call", "call_id": "c1", "operation": PATCH, "status": "completed"},
        {"type": "apply_patch_call_output", "call_id": "c1", "output": "lakes-of-canada", "status": "completed"},
    ],
    "mcp": [
        {
            "type": "mcp_call",
            "id": "mcp_1",
            "name": "find",
            "server_label": "maps",
            "arguments": '{"what":"lakes"}',
            "output": "lakes-of-canada",
        }
    ],
    "code_interpreter": [
        {
            "type": "code_interpreter_call",
            "id": "ci_1",
            "code": "print('lakes')",
            "container_id": "x",
            "status": "completed",
            "outputs": [{"type": "logs", "logs": "lakes-of-canada"}],
        }
    ],
    "file_search": [
        {
            "type": "file_search_call",
            "id": "fs_1",
            "queries": ["lakes"],
            "status": "completed",
            "results": [{"file_id": "f", "text": "lakes-of-canada"}],
        }
    ],
    "program": [
        {"type": "program", "id": "p", "call_id": "c1", "code": "lakes()", "fingerprint": "x"},
        {"type": "program_output", "id": "q", "call_id": "c1", "result": "lakes-of-canada", "status": "completed"},
    ],
    "tool_search": [
        {"type": "tool_search_call", "call_id": "c1", "arguments": {"query": "lakes"}},
        {"type": "tool_search_output", "call_id": "c1", "tools": [{"type": "function", "name": "lakes-of-canada"}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("route", dict.fromkeys((*SIX, *EIGHT)))
@pytest.mark.parametrize("run", RUNS)
def test_what_another_tool_did_reaches_every_model(gateway: Everywhere, route: str, run: str) -> None:
    body = {"model": route, "input": [HI, *RUNS[run], HI]}
    told = answered(gateway.post(RESPONSES, body))
    sent = json.dumps(gateway.sent(route))
    assert "lakes" in sent.replace("lakes-of-canada", "")
    assert "lakes-of-canada" in sent
    assert WARNING not in told.headers


@pytest.mark.parametrize("route", [OPENAI, CLAUDE, GEMINI])
def test_a_screen_that_a_computer_showed_reaches_the_model(gateway: Everywhere, route: str) -> None:
    shown = {"type": "computer_screenshot", "image_url": f"data:image/png;base64,{PNG}"}
    items = [
        {"type": "computer_call", "id": "x", "call_id": "c1", "action": {"type": "screenshot"}},
        {"type": "computer_call_output", "call_id": "c1", "output": shown},
    ]
    answered(gateway.post(RESPONSES, {"model": route, "input": [HI, *items]}))
    assert PNG in json.dumps(gateway.sent(route))


@pytest.mark.parametrize("kind", ["compaction", "compaction_trigger", "item_reference"])
@pytest.mark.parametrize("path", [RESPONSES, CHAT], ids=["responses", "cursor"])
def test_an_item_without_which_the_answer_would_be_another_is_refused(
    gateway: Everywhere, path: str, kind: str
) -> None:
    items = [HI, {"type": kind, "id": "i", "encrypted_content": "x"}, HI]
    refused = gateway.post(path, {"model": OPENAI, "input": items})
    assert refused.status_code == 400
    assert error_of(refused)["param"] == "input[1]"
    assert "Send the items" in error_of(refused)["message"]


@pytest.mark.parametrize(
    "kind", ["web_search_call", "image_generation_call", "mcp_list_tools", "additional_tools"]
)
@pytest.mark.parametrize("path", [RESPONSES, CHAT], ids=["responses", "cursor"])
def test_an_item_that_is_left_out_is_named(gateway: Everywhere, path: str, kind: str) -> None:
    body = {"model": OPENAI, "input": [HI, {"type": kind, "id": "i"}, HI]}
    assert answered(gateway.post(path, body)).headers[WARNING] == f"dropped items: {kind}"


@pytest.mark.parametrize("kind", ["ghost_snapshot", "ana.roy@example.ca"])
def test_a_kind_that_no_reference_has_is_not_repeated(gateway: Everywhere, kind: str) -> None:
    body = {"model": OPENAI, "input": [HI, {"type": kind}]}
    assert answered(gateway.post(RESPONSES, body)).headers[WARNING] == "dropped items: others"


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("wrong", [7, [], {}, True, ""])
def test_a_wrong_type_in_an_item_is_refused_by_name(gateway: Everywhere, run: str, wrong: object) -> None:
    for at, item in enumerate(RUNS[run]):
        for member in item.keys() - {"type", "status", "fingerprint", "container_id"}:
            items = [HI, *RUNS[run][:at], {**item, member: wrong}, *RUNS[run][at + 1 :]]
            told = gateway.post(RESPONSES, {"model": OPENAI, "input": items})
            assert told.status_code in (200, 400), (member, told.data)
            assert told.status_code == 200 or error_of(told)["param"].startswith(f"input[{at + 1}]")


def test_every_kind_of_item_of_the_sdk_is_read_refused_or_named() -> None:
    """So that a kind of a newer SDK is seen here first."""
    named = ("web_search_call", "image_generation_call", "mcp_list_tools", "mcp_approval_request",
             "mcp_approval_response", "additional_tools", "configuration_update")  # fmt: skip
    refused = ("compaction", "compaction_trigger", "item_reference")
    told = [kind for kind in kinds_of(ResponseInputItemParam) if dropped_items([{"type": kind}])]
    assert sorted(told) == sorted((*named, *refused))


def kinds_of(union: object) -> set[str]:
    """The values of `type` in a union of typed dictionaries."""
    import typing

    found: set[str] = set()
    for member in typing.get_args(union):
        if not hasattr(member, "__annotations__"):
            found |= kinds_of(member)
            continue
        hint = typing.get_type_hints(member, include_extras=True)["type"]
        while typing.get_origin(hint) is not typing.Literal:
            hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
        found |= set(typing.get_args(hint))
    return found
