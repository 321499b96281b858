"""The fake of Bedrock is proven with boto3 and Anthropic's client before anything of ours is tested against it."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from tests.fakes.bedrock_frames import event, exception
from tests.fakes.bedrock_wire import ACCESS, SECRET, BedrockWire, chunk
from tests.fakes.model import ARGUMENTS, THOUGHT
from tests.fakes.openai_server import Script
from tests.fakes.wire_server import FakeWire

OPUS = "global.anthropic.claude-opus-4-8"
MODEL = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
USER: Any = {"role": "user", "content": [{"text": "Bonjour, Zoë! 👋"}]}
TOOLS: Any = [
    {"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}} for name in ("a", "b")
]


@pytest.fixture
def fake() -> Iterator[FakeWire]:
    with FakeWire(BedrockWire()) as server:
        yield server


def client(fake: FakeWire, secret: str = SECRET) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="ca-central-1",
        endpoint_url=fake.url,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def bedrock(fake: FakeWire) -> Iterator[Any]:
    made = client(fake)
    yield made
    made.close()


def test_boto3_gets_an_answer(bedrock: Any) -> None:
    reply = bedrock.converse(modelId=MODEL, messages=[USER])
    assert reply["output"]["message"]["content"] == USER["content"]
    assert reply["usage"]["cacheReadInputTokens"] == 64


def test_boto3_gets_a_stream_of_calls_with_thinking(bedrock: Any) -> None:
    extra = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    asked = {"toolConfig": {"tools": TOOLS}, "inferenceConfig": {"maxTokens": 2000}}
    reply = bedrock.converse_stream(
        modelId=MODEL, messages=[USER], additionalModelRequestFields=extra, **asked
    )
    deltas = [e["contentBlockDelta"]["delta"] for e in reply["stream"] if "contentBlockDelta" in e]
    assert "".join(d.get("reasoningContent", {}).get("text", "") for d in deltas) == THOUGHT
    written = "".join(d.get("toolUse", {}).get("input", "") for d in deltas)
    assert written.count(ARGUMENTS["note"]) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"inferenceConfig": {"temperature": 0.5, "topP": 0.5}}, "cannot both"),
        ({"additionalModelRequestFields": {"foo": 1}}, "foo"),
        ({"messages": [USER, USER]}, "alternate"),
        ({"messages": [{"role": "user", "content": [{"text": " "}]}]}, "blank"),
        ({"modelId": "anthropic.claude-sonnet-4-6"}, "on-demand"),
        (
            {
                "messages": [
                    USER,
                    {
                        "role": "assistant",
                        "content": [{"toolUse": {"toolUseId": "x", "name": "a", "input": {}}}],
                    },
                ]
            },
            "toolConfig",
        ),
    ],
)
def test_what_bedrock_refuses_is_refused(bedrock: Any, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        bedrock.converse(**{"modelId": MODEL, "messages": [USER], **wrong})
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_wrong_signature_is_refused(fake: FakeWire) -> None:
    wrong = client(fake, "wrong")
    with pytest.raises(ClientError, match="signature"):
        wrong.converse(modelId=MODEL, messages=[USER])
    wrong.close()


def test_boto3_raises_an_exception_frame(bedrock: Any, fake: FakeWire) -> None:
    body = event("messageStart", {"role": "assistant"}) + exception("throttlingException", "slow down")
    fake.scripts.append(Script(body=body, headers={"Content-Type": "application/vnd.amazon.eventstream"}))
    stream = bedrock.converse_stream(modelId=MODEL, messages=[USER])["stream"]
    with pytest.raises(EventStreamError, match="slow down"):
        list(stream)
    stream.close()


ASKED: Any = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 99,
    "messages": [{"role": "user", "content": "Bonjour, Zoë! 👋"}],
}


def test_boto3_invokes_claude(bedrock: Any) -> None:
    told = json.loads(bedrock.invoke_model(modelId=MODEL, body=json.dumps(ASKED))["body"].read())
    assert told["content"] == [{"type": "text", "text": "Bonjour, Zoë! 👋"}]
    assert told["usage"]["cache_read_input_tokens"] == 64


def test_boto3_invokes_claude_for_a_stream_of_events(bedrock: Any) -> None:
    frames = bedrock.invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(ASKED))["body"]
    events = [json.loads(frame["chunk"]["bytes"]) for frame in frames]
    assert [events[0]["type"], events[-1]["type"]] == ["message_start", "message_stop"]
    assert "".join(event.get("delta", {}).get("text", "") for event in events) == "Bonjour, Zoë! 👋"
    assert events[-1]["amazon-bedrock-invocationMetrics"]["cacheReadInputTokenCount"] == 64


def test_boto3_raises_an_exception_frame_among_chunks(bedrock: Any, fake: FakeWire) -> None:
    body = chunk({"type": "ping"}) + exception("modelStreamErrorException", "slow down")
    fake.scripts.append(Script(body=body, headers={"Content-Type": "application/vnd.amazon.eventstream"}))
    frames = bedrock.invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(ASKED))["body"]
    with pytest.raises(EventStreamError, match="slow down"):
        list(frames)
    frames.close()


def test_anthropics_own_client_invokes_claude(fake: FakeWire) -> None:
    keys: Any = {"aws_access_key": ACCESS, "aws_secret_key": SECRET, "aws_region": "ca-central-1"}
    tools: Any = [{"name": name, "input_schema": {"type": "object"}} for name in ("a", "b")]
    with (
        anthropic.AnthropicBedrock(base_url=fake.url, max_retries=0, **keys) as client,
        client.messages.stream(model=OPUS, max_tokens=99, messages=ASKED["messages"], tools=tools) as stream,
    ):
        message = stream.get_final_message()
    calls = [(block.name, block.input) for block in message.content if block.type == "tool_use"]
    assert calls == [("a", ARGUMENTS), ("b", ARGUMENTS)]
    assert message.usage.cache_read_input_tokens == 64


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"anthropic_version": "2023-06-01"}, "anthropic_version"),
        ({"anthropic_version": "2026-10-21"}, "anthropic_version"),
        ({"model": MODEL}, "model"),
        ({"stream": True}, "stream"),
        ({"cache_control": {"type": "ephemeral"}}, "cache_control"),
        ({"anthropic_beta": ["claude-code-20250219"]}, "invalid beta flag"),
        ({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}, "context_management"),
        ({"tools": [{"name": "a", "input_schema": {"type": "object"}, "defer_loading": True}]}, "defer_loading"),
        ({"temperature": 0.5, "top_p": 0.5}, "cannot both"),
        ({"foo": 1}, "foo"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "x"}}]}]},
            "URL sources",
        ),
    ],
)  # fmt: skip
def test_what_invoke_refuses_is_refused(bedrock: Any, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        bedrock.invoke_model(modelId=MODEL, body=json.dumps({**ASKED, **wrong}))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
