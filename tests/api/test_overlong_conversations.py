"""Agents shorten or mend a conversation by words in an error: ours has them, in every dialect and language."""

import json

import pytest

from tests.api.everywhere import (
    ANTHROPIC,
    CHAT,
    CLAUDE,
    GEMINI,
    HI,
    MESSAGES,
    OPENAI,
    OWN,
    RESPONSES,
    Everywhere,
    Json,
)
from tests.fakes.openai_server import Script

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
BODIES: dict[str, Json] = {
    CHAT: {"messages": [HI]}, RESPONSES: {"input": "hi"}, MESSAGES: {"max_tokens": 9, "messages": [HI]},
}  # fmt: skip
SAYS = {
    ANTHROPIC: "prompt is too long: 200001 tokens > 200000 maximum",
    CLAUDE: "Input is too long for requested model.",
    OPENAI: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    OWN: "This model's maximum context length is 8192 tokens. However, you requested 9001 tokens in all.",
    GEMINI: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
}
NUMBERS = {ANTHROPIC: "200001 tokens > 200000", OPENAI: "9001 tokens > 8192", OWN: "9001 tokens > 8192"}


def refuse(gateway: Everywhere, route: str, words: str, path: str, language: str = "en") -> Json:
    """The error that a client gets where the provider says these words with 400."""
    error = {"type": "invalid_request_error", "message": words}
    body: Json = {"type": "error", "error": error, "message": words}
    script = Script(status=400, body=json.dumps(body).encode())
    gateway.fakes[route.partition("/")[0]].scripts.append(script)
    answer = gateway.post(path, {"model": route, **BODIES[path]}, Accept_Language=language)
    assert answer.status_code == 400
    told: Json = json.loads(answer.data)["error"]
    return told


@pytest.mark.parametrize("language", ["en", "fr-CA"])
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("route", SAYS)
def test_an_overlong_prompt_is_told_in_the_words_that_agents_know(
    gateway: Everywhere, route: str, path: str, language: str
) -> None:
    told = refuse(gateway, route, SAYS[route], path, language)
    assert "prompt is too long" in told["message"]
    assert "context_length_exceeded" in told["message"]
    assert NUMBERS.get(route, "") in told["message"]
    assert path == MESSAGES or told["code"] == "context_length_exceeded"


@pytest.mark.parametrize("language", ["en", "fr-CA"])
def test_claude_code_reads_by_how_much_to_lower_its_limit(gateway: Everywhere, language: str) -> None:
    words = (
        "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length"
    )
    told = refuse(gateway, ANTHROPIC, words, MESSAGES, language)
    assert "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000" in told["message"]


@pytest.mark.parametrize("route", [ANTHROPIC, CLAUDE])
@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        (
            "messages.1.content.0: Invalid `signature` in `thinking` block",
            "Invalid `signature` in `thinking` block",
        ),
        (
            "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1",
            "`tool_use` ids were found without `tool_result` blocks",
        ),
        (
            "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 6 MB",
            "image exceeds 5 MB maximum",
        ),
    ],
)
def test_what_agents_mend_by_words_is_told_in_these_and_no_more(
    gateway: Everywhere, route: str, words: str, phrase: str
) -> None:
    message = refuse(gateway, route, words, MESSAGES)["message"]
    assert phrase in message
    assert "toolu_1" not in message


def test_a_body_too_large_for_the_provider_stays_413(gateway: Everywhere) -> None:
    gateway.fakes["anthropic"].scripts.append(
        Script(status=413, body=b'{"error":{"type":"request_too_large"}}')
    )
    answer = gateway.post(MESSAGES, {"model": ANTHROPIC, **BODIES[MESSAGES]})
    assert (answer.status_code, json.loads(answer.data)["error"]["type"]) == (413, "request_too_large")
