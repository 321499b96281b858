"""Unique secrets are planted everywhere and searched for everywhere: files, logs, numbers, answers to others."""

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import traces
from tests.fakes.openai_server import FakeOpenAI, Script
from tests.running import RunningGateway

PROMPT = "canary-prompt-5b1fce77"
ANSWER = "canary-answer-90ab12cd"
CREDENTIAL = "sk-canary-credential-77aa31"
TOOL = "canary-tool-argument-1f2e3d"


@pytest.fixture
def upstream() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as served:
        yield served


@pytest.fixture
def gateway(tmp_path: Path, upstream: FakeOpenAI) -> Iterator[RunningGateway]:
    instance = RunningGateway(
        tmp_path, OPENAI_API_KEY=CREDENTIAL, OPENAI_BASE_URL=upstream.base_url, NI_LOG_LEVEL="debug"
    )
    instance.ni("init")
    yield instance.start()
    instance.stop()


def ask(gateway: RunningGateway, key: str, **changes: Any) -> tuple[int, bytes]:
    messages = [
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": None,
         "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": f'"{TOOL}"'}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": ANSWER},
    ]  # fmt: skip
    body = json.dumps({"model": "openai/gpt-4.1-mini-us", "messages": messages, **changes}).encode()
    request = urllib.request.Request(f"{gateway.url}/v1/chat/completions", body, {
        "Authorization": f"Bearer {key}", "Content-Type": "application/json"})  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def test_no_secret_and_no_content_is_written_down_anywhere(
    gateway: RunningGateway, upstream: FakeOpenAI
) -> None:
    key = gateway.key()
    echo = json.dumps({"error": {"message": f"{PROMPT} {CREDENTIAL}", "type": "x", "code": "x"}}).encode()
    upstream.scripts.extend([
        Script(), Script(), Script(status=400, body=echo), Script(status=429, body=echo), Script(status=500, body=echo),
        Script(body=b"data: " + echo + b"\n\n", headers={"Content-Type": "text/event-stream"}),
        Script(cut_at=40), Script(no_answer=True), Script(no_answer=True),
    ])  # fmt: skip
    statuses, answers = [], []
    for at in range(8):
        with contextlib.suppress(OSError, ValueError):
            status, answer = ask(gateway, key, stream=at in (1, 5, 6))
            statuses.append(status)
            answers.append(answer)
    statuses.append(ask(gateway, key, model="sandbox/echo-local", temperature=[PROMPT])[0])
    statuses.append(ask(gateway, key, model=f"claude-{CREDENTIAL[:3]}", messages=[{"role": PROMPT}])[0])
    ask(gateway, key[:-1] + "x")
    assert 401 in statuses or 502 in statuses
    with urllib.request.urlopen(f"{gateway.url}/metrics", timeout=10) as response:
        numbers = response.read()
    assert b"ni_calls_total" in numbers
    gateway.stop()
    kept = traces.files(gateway.home)
    assert any("ni.db" in name for name in kept)
    kept["/metrics"] = numbers
    kept["the answers"] = b"".join(answer for answer in answers if b'"error"' in answer)
    assert traces.found(kept, (PROMPT, ANSWER, CREDENTIAL, TOOL, key)) == []
