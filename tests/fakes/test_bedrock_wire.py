"""The fake of Bedrock is proven with boto3 before anything of ours is tested against it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from tests.fakes.bedrock_frames import event, exception
from tests.fakes.bedrock_wire import ACCESS, SECRET, BedrockWire
from tests.fakes.model import ARGUMENTS, THOUGHT
from tests.fakes.openai_server import Script
from tests.fakes.wire_server import FakeWire

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
