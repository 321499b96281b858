"""A prompt with personal data through the running gateway: stand-ins reach the provider, originals the client."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.fakes.openai_server import KEY, FakeOpenAI
from tests.running import RunningGateway

MODEL = "openai/gpt-4.1-mini-us"
ORIGINALS = ("Margaret Thornton", "margaret.thornton@gmail.com", "514-276-4410", "130 692 544")
CONTACT = "Write to margaret.thornton@gmail.com or call 514-276-4410; my SIN is 130 692 544."
PROMPT = f"My name is Margaret Thornton. {CONTACT}"


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as served:
        yield served


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, upstream: FakeOpenAI) -> Iterator[openai.OpenAI]:
    home: Path = tmp_path_factory.mktemp("gateway")
    gateway = RunningGateway(home, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=upstream.base_url, NI_PII_WORKERS="1")
    gateway.ni("init")
    gateway.start()
    key = gateway.key("--pii", "on")
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=3, timeout=60) as connected:
        yield connected
    gateway.stop()


def ask(text: str) -> Any:
    return [{"role": "user", "content": text}]


def left(upstream: FakeOpenAI) -> str:
    """What the provider got last."""
    return json.dumps(upstream.requests[-1], ensure_ascii=False)


def test_the_provider_sees_stand_ins_and_the_client_its_own_words(
    client: openai.OpenAI, upstream: FakeOpenAI
) -> None:
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=ask(PROMPT))
    assert [original for original in ORIGINALS if original in left(upstream)] == []
    assert raw.parse().choices[0].message.content == PROMPT
    assert raw.headers["x-ni-pii"] == "on; email=1, person=1, phone=1, sin=1"


def test_a_stream_is_restored_as_it_comes(client: openai.OpenAI, upstream: FakeOpenAI) -> None:
    stream = client.chat.completions.create(model=MODEL, messages=ask(PROMPT), stream=True)
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(pieces) == PROMPT
    assert [original for original in ORIGINALS if original in left(upstream)] == []


def test_the_same_person_has_the_same_stand_in_from_turn_to_turn(
    client: openai.OpenAI, upstream: FakeOpenAI
) -> None:
    client.chat.completions.create(model=MODEL, messages=ask(PROMPT))
    first = upstream.requests[-1]["messages"][0]
    history = [
        *ask(PROMPT),
        {"role": "assistant", "content": f"Hello. {PROMPT}"},
        *ask("And what is Margaret's e-mail?"),
    ]
    client.chat.completions.create(model=MODEL, messages=history)
    assert upstream.requests[-1]["messages"][0] == first
    assert "Margaret" not in left(upstream)


def test_what_is_nobodys_data_arrives_as_it_was(client: openai.OpenAI, upstream: FakeOpenAI) -> None:
    text = (
        "Fix `def parse_config(path)` in src/app/main.py: it raises KeyError on version 2.4.1 at line 1024."
    )
    client.chat.completions.create(model=MODEL, messages=ask(text))
    assert upstream.requests[-1]["messages"][0]["content"] == text
