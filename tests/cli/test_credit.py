"""`ni account credit` and `statement`, and what credit does to calls."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import RunningGateway, free_port

PRICED = "openai/gpt-4.1-mini-us"
pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    nowhere = {"OPENAI_API_KEY": "sk-of-the-tests", "OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}
    instance = RunningGateway(tmp_path, NI_PREPAID="on", **nowhere)
    instance.ni("init")
    yield instance
    instance.kill()


def test_credit_is_summed_and_the_statement_shows_each_grant(gateway: RunningGateway) -> None:
    assert gateway.ni("account", "credit", "default", "5.00", "--note", "=first")["balance"] == "5.00"
    assert gateway.ni("account", "credit", "default", "-1.50")["balance"] == "3.50"
    lines = gateway.ni("account", "statement", "default")
    assert [(line["amount"], line["balance"]) for line in lines] == [("5.00", "5.00"), ("-1.50", "3.50")]
    assert lines[0]["note"] == "'=first"


def test_an_empty_balance_refuses_until_the_operator_grants_credit(gateway: RunningGateway) -> None:
    key = gateway.start().key()
    status, answer = ask(gateway, key, PRICED)
    assert (status, answer["error"]["code"]) == (429, "insufficient_quota")
    gateway.ni("account", "credit", "default", "1")
    assert (
        ask(gateway, key, PRICED)[1]["error"]["code"] == "upstream_error"
    )  # nobody listens there: it was sent


def test_an_empty_balance_refuses_nothing_that_is_free(gateway: RunningGateway) -> None:
    assert ask(gateway, gateway.start().key(), "sandbox/echo-local")[0] == 200


def ask(gateway: RunningGateway, key: str, model: str) -> tuple[int, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 9}
    request = urllib.request.Request(
        f"{gateway.url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
