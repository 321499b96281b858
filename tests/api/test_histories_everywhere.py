"""Histories, files and tools as agents send them, on every provider: each kind that was refused, with neighbours."""

import json

import pytest

from tests.api.everywhere import (
    AGAIN,
    ANTHROPIC,
    AZURE,
    CALL,
    CALLED,
    CHAT,
    CLAUDE,
    GEMINI,
    HI,
    IMAGE,
    LLAMA,
    LOOK,
    MESSAGES,
    MISTRAL,
    OPENAI,
    OWN,
    RESPONSES,
    RESULT,
    SIX,
    WARNING,
    Everywhere,
    Json,
    answered,
    error_of,
)
from tests.sdk_bodies import PDF, PNG

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])


# ---------------------------------------------------------------------------------------------------- images and files


@pytest.mark.parametrize("route", [AZURE, CLAUDE, GEMINI, OPENAI, ANTHROPIC])
@pytest.mark.parametrize("count", [33, 50])
def test_a_browser_agent_may_show_many_images(gateway: Everywhere, route: str, count: int) -> None:
    answered(gateway.post(CHAT, {"model": route, "messages": [{"role": "user", "content": [IMAGE] * count}]}))


@pytest.mark.parametrize(("route", "most"), [(AZURE, 50), (CLAUDE, 100)])
def test_more_images_than_the_provider_takes_are_refused_by_place(
    gateway: Everywhere, route: str, most: int
) -> None:
    refused = gateway.post(
        CHAT, {"model": route, "messages": [{"role": "user", "content": [IMAGE] * (most + 1)}]}
    )
    assert error_of(refused)["param"] == f"messages[0].content[{most}]"
    assert str(most) in error_of(refused)["message"]


FILE = {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}
BARE_FILE = {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}}
DOCUMENT = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}
INPUT_FILE = {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}


@pytest.mark.parametrize("route", [GEMINI, CLAUDE, ANTHROPIC, MISTRAL, OPENAI])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, {"messages": [{"role": "user", "content": [FILE]}]}),
        (CHAT, {"messages": [{"role": "user", "content": [{"type": "text", "text": "what?"}, BARE_FILE]}]}),
        (RESPONSES, {"input": [{"role": "user", "content": [INPUT_FILE]}]}),
        (MESSAGES, {"max_tokens": 50, "messages": [{"role": "user", "content": [DOCUMENT]}]}),
    ],
)
def test_a_pdf_reaches_what_reads_it(gateway: Everywhere, route: str, path: str, body: Json) -> None:
    answered(gateway.post(path, {"model": route, **body}))
    assert PDF in json.dumps(gateway.sent(route))


@pytest.mark.parametrize(("route", "status"), [(ANTHROPIC, 200), (AZURE, 400), (GEMINI, 400), (MISTRAL, 400)])
def test_a_document_at_an_address_goes_to_what_fetches_it(
    gateway: Everywhere, route: str, status: int
) -> None:
    document = {"type": "document", "source": {"type": "url", "url": "https://files.example/a.pdf"}}
    body = {"model": route, "max_tokens": 50, "messages": [{"role": "user", "content": [document]}]}
    response = gateway.post(MESSAGES, body)
    assert response.status_code == status
    assert status == 200 or "`messages[0].content[0].source.type`" in error_of(response)["message"]


@pytest.mark.parametrize("route", [CLAUDE, ANTHROPIC, GEMINI])
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_an_image_under_a_wrong_name_goes_under_its_own(gateway: Everywhere, route: str, path: str) -> None:
    source = {"type": "base64", "media_type": "image/jpeg", "data": PNG}
    image = {"image_url": {"url": f"data:image/jpeg;base64,{PNG}"}, "type": "image_url"}
    part = image if path == CHAT else {"type": "image", "source": source}
    answered(
        gateway.post(
            path, {"model": route, "max_tokens": 50, "messages": [{"role": "user", "content": [part]}]}
        )
    )
    assert "jpeg" not in json.dumps(gateway.sent(route))


# ------------------------------------------------------------------------------------------------------------- history


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "developer", "content": "d"}, HI],
        [{"role": "system", "content": "i"}, {"role": "developer", "content": "d"}, HI],
        [
            {"role": "developer", "content": [{"type": "text", "text": "i"}]},
            HI,
            {"role": "system", "content": "late"},
        ],
        [{"role": "system", "content": "i"}, HI, {"role": "developer", "content": "late"}, AGAIN],
    ],
)
def test_a_server_of_ones_own_gets_one_system_message_first(
    gateway: Everywhere, messages: list[Json]
) -> None:
    answered(gateway.post(CHAT, {"model": OWN, "messages": messages}))
    roles = [message["role"] for message in gateway.sent(OWN)["messages"]]
    assert roles[0] == "system"
    assert set(roles[1:]) == {"user"}


def test_codex_can_start_on_a_server_of_ones_own(gateway: Everywhere) -> None:
    late = {"role": "developer", "content": "late"}
    items = [{"role": "developer", "content": "d"}, HI, late, AGAIN]
    answered(gateway.post(RESPONSES, {"model": OWN, "instructions": "i", "input": items}))
    assert gateway.sent(OWN)["messages"] == [
        {"role": "system", "content": "i\n\nd"},
        HI,
        {"role": "user", "content": "late"},
        AGAIN,
    ]


@pytest.mark.parametrize("text", ['{"$ref":"#/x",  "v":1.10,"v":1.10}', '{"result": 1}', "[1, 2]", "plain"])
def test_gemini_is_told_a_result_word_for_word(gateway: Everywhere, text: str) -> None:
    messages = [HI, CALLED, {**RESULT, "content": text}]
    answered(gateway.post(CHAT, {"model": GEMINI, "messages": messages, "tools": [LOOK]}))
    (part,) = gateway.sent(GEMINI)["contents"][-1]["parts"]
    assert part["functionResponse"]["response"] == {"output": text}


USED: Json = {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "look", "input": {}}]}
TOOLS: list[Json] = [{"name": "look", "input_schema": {"type": "object"}}]


@pytest.mark.parametrize(
    ("route", "told"),
    [
        (GEMINI, '{"error": "no"}'),
        (AZURE, '"Error: no"'),
        (OWN, '"Error: no"'),
        (MISTRAL, '[{"text": "Error: "}, {"text": "no"}]'),
        (CLAUDE, '"is_error": true'),
    ],
)
def test_a_model_is_told_that_a_tool_failed(gateway: Everywhere, route: str, told: str) -> None:
    failed = {"type": "tool_result", "tool_use_id": "c1", "is_error": True, "content": "no"}
    messages = [HI, USED, {"role": "user", "content": [failed]}]
    answered(gateway.post(MESSAGES, {"model": route, "max_tokens": 50, "messages": messages, "tools": TOOLS}))
    assert told in json.dumps(gateway.sent(route))


def called(call_id: str) -> Json:
    return {"type": "function_call", "call_id": call_id, "name": "look", "arguments": "{}"}


def output(call_id: str) -> Json:
    return {"type": "function_call_output", "call_id": call_id, "output": f"result {call_id}"}


@pytest.mark.parametrize("route", [*SIX, MISTRAL])
@pytest.mark.parametrize(
    "items",
    [
        [called("a"), HI, output("a")],
        [called("a"), called("b"), output("a"), called("c"), output("b"), output("c")],
        [called("a"), called("b"), output("b"), AGAIN, output("a"), HI],
        [
            called("a"),
            {"role": "assistant", "content": "I wait."},
            output("a"),
            called("b"),
            AGAIN,
            output("b"),
        ],
    ],
)
def test_outputs_may_come_later_than_their_calls(gateway: Everywhere, route: str, items: list[Json]) -> None:
    tools = [{"type": "function", "name": "look", "parameters": {"type": "object"}}]
    answered(gateway.post(RESPONSES, {"model": route, "input": [HI, *items], "tools": tools}))
    sent = json.dumps(gateway.sent(route))
    assert all(f"result {item['call_id']}" in sent for item in items if "output" in item)


REMINDED = [
    {"type": "tool_result", "tool_use_id": "c1", "content": "r"},
    {"type": "text", "text": "<system-reminder>x</system-reminder>"},
]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, {"messages": [HI, CALLED, RESULT, AGAIN], "tools": [LOOK]}),
        (CHAT, {"messages": [HI, {**CALLED, "content": "I look."}, RESULT, AGAIN], "tools": [LOOK]}),
        (
            CHAT,
            {
                "messages": [HI, CALLED, RESULT, {"role": "assistant", "content": "ok"}, AGAIN],
                "tools": [LOOK],
            },
        ),
        (
            MESSAGES,
            {"max_tokens": 9, "messages": [HI, USED, {"role": "user", "content": REMINDED}], "tools": TOOLS},
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_mistral_gets_no_turn_with_words_beside_calls_or_results(
    gateway: Everywhere, path: str, body: Json, stream: bool
) -> None:
    answered(gateway.post(path, {"model": MISTRAL, "stream": stream, **body}))
    for message in gateway.sent(MISTRAL)["messages"]:
        kinds = {next(iter(block)) for block in message["content"]}
        assert len(kinds) == 1


def test_llama_is_told_of_calls_and_results_in_words(gateway: Everywhere) -> None:
    answered(gateway.post(CHAT, {"model": LLAMA, "messages": [HI, CALLED, RESULT, AGAIN]}))
    sent = gateway.sent(LLAMA)
    assert "toolConfig" not in sent
    assert sent["messages"][1]["content"] == [{"text": '{"name":"look","parameters":{"a":"x"}}'}]
    assert [block["text"] for block in sent["messages"][2]["content"]] == ["Result of look:", "r", "again"]
    assert "Do not call" in sent["system"][0]["text"]


# --------------------------------------------------------------------------------------------------------------- tools

NEWER: Json = {
    "eager_input_streaming": True,
    "strict": True,
    "input_examples": [{}],
    "allowed_callers": ["direct"],
}


@pytest.mark.parametrize("names", [[*NEWER], ["strict"], ["input_examples", "allowed_callers"]], ids=str)
def test_bedrock_is_asked_again_without_fields_of_tools_that_it_does_not_know(
    gateway: Everywhere, names: list[str]
) -> None:
    tool = {**TOOLS[0], "description": "d", **{name: NEWER[name] for name in names}}
    answered(gateway.post(MESSAGES, {"model": CLAUDE, "max_tokens": 50, "messages": [HI], "tools": [tool]}))
    assert gateway.sent(CLAUDE)["tools"] == [{**TOOLS[0], "description": "d"}]


DATED: list[Json] = [
    {"type": "bash_20250124", "name": "bash"},
    {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    {"type": "memory_20250818", "name": "memory"},
    {"type": "computer_20250124", "name": "computer", "display_width_px": 1024, "display_height_px": 768},
]


def test_tools_that_claudes_clients_run_reach_claude_as_they_are(gateway: Everywhere) -> None:
    for route in (ANTHROPIC, CLAUDE):
        body = {"model": route, "max_tokens": 50, "messages": [HI], "tools": DATED}
        assert WARNING not in answered(gateway.post(MESSAGES, body)).headers
        assert gateway.sent(route)["tools"] == DATED


@pytest.mark.parametrize("route", [AZURE, GEMINI, MISTRAL, OWN])
def test_elsewhere_they_are_functions_whose_calls_come_back_by_their_names(
    gateway: Everywhere, route: str
) -> None:
    response = answered(
        gateway.post(MESSAGES, {"model": route, "max_tokens": 50, "messages": [HI], "tools": DATED})
    )
    used = [block["name"] for block in json.loads(response.data)["content"] if block["type"] == "tool_use"]
    assert used == [tool["name"] for tool in DATED]


@pytest.mark.parametrize("route", [*SIX, MISTRAL])
@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_may_have_a_long_name_in_chat(gateway: Everywhere, route: str, stream: bool) -> None:
    name = "mcp__a.server-with-a-very-long-name__" + "tool_" * 12
    tool = {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    chosen = {"type": "function", "function": {"name": name}}
    body = {"model": route, "messages": [HI], "tools": [tool], "tool_choice": chosen, "stream": stream}
    told = answered(gateway.post(CHAT, body)).data.decode()
    assert name in told
    assert name not in json.dumps(gateway.sent(route))
    call = {**CALL, "function": {"name": name, "arguments": "{}"}}
    messages = [HI, {"role": "assistant", "content": None, "tool_calls": [call]}, RESULT]
    answered(gateway.post(CHAT, {"model": route, "messages": messages, "tools": [tool]}))
