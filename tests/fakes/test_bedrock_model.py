"""AWS's own description of Converse, as botocore carries it, as the measure of what we send to Bedrock."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from ni.domain.errors import Problem
from tests.fakes.bedrock_wire import BedrockWire
from tests.fakes.doors import make_door
from tests.fakes.orders import order
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tests.providers.table import ROWS, Row

MODELS = (
    "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "mistral.mistral-large-2402-v1:0",
    "meta.llama3-70b-instruct-v1:0",
    "amazon.nova-pro-v1:0",
)


@pytest.fixture
def fake() -> Iterator[FakeWire]:
    with FakeWire(BedrockWire()) as server:
        yield server


@pytest.fixture(scope="module")
def converse() -> OperationModel:
    service = botocore.session.get_session().get_service_model("bedrock-runtime")
    return service.operation_model("Converse")


def faults(converse: OperationModel, body: dict[str, Any]) -> str:
    """What AWS's client would refuse of a body before it sends it: unknown names, wrong types, two of a choice."""
    report = ParamValidator().validate({"modelId": "m", **body}, converse.input_shape)
    return str(report.generate_report())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_we_send_is_what_aws_describes(
    fake: FakeWire, converse: OperationModel, row: Row, model: str
) -> None:
    upstream = UPSTREAMS["bedrock"]
    provider = upstream.build(make_door(), upstream.lookup())
    with suppress(
        Problem
    ):  # of ours, or of the fake where a model can do less: what was sent is looked at all the same
        provider.send(order(upstream.route(fake, model), *row.messages, **row.fields)).reply()
    assert fake.seen or row.problem or model != MODELS[0]
    assert [found for seen in fake.seen if (found := faults(converse, seen.body))] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"messages": [{"role": "user", "content": [{"txt": "a"}]}]}, "txt"),
        ({"messages": [], "inferenceConfig": {"maxToken": 1}}, "maxToken"),
        ({"messages": [{"role": "user"}]}, "content"),
        ({"inferenceConfig": {"maxTokens": "1"}}, "maxTokens"),
    ],
)
def test_what_aws_does_not_describe_is_found(
    converse: OperationModel, body: dict[str, Any], words: str
) -> None:
    assert words in faults(converse, body)
