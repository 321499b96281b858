"""A look at servers of one's own: what each program says of its models, and what is told where none is reached."""

from typing import Any

import pytest

from ni.domain.errors import BadRequest
from ni.domain.secret import Secret
from ni.providers.local_probe import ServerProbe, plain_address
from tests.fakes.doors import make_door
from tests.fakes.own_servers import Answers, OwnServerFake, llama_cpp, lm_studio, local_ai, ollama, vllm

KEY = "own-canary-0123456789"
SEEN: list[tuple[Answers, str, dict[str, dict[str, Any]]]] = [
    (
        ollama,
        "Ollama",
        {
            "llama3.2:3b": {
                "context_window": 8192, "kind": "chat", "modalities": ["text"], "function_calling": True,
                "reasoning": False, "json_schema": True,
            },
            "qwen3-vl:8b": {
                "context_window": 32768, "kind": "chat", "modalities": ["text", "image"], "function_calling": True,
                "reasoning": True, "json_schema": True,
            },
            "nomic-embed-text:latest": {
                "kind": "embedding", "modalities": ["text"], "function_calling": False, "reasoning": False,
                "json_schema": False,
            },
        },
    ),
    (
        llama_cpp,
        "llama.cpp",
        {
            "/models/Qwen 2.5.gguf": {
                "context_window": 16384, "json_schema": True, "modalities": ["text", "image"],
                "function_calling": True,
            }
        },
    ),
    (vllm, "vLLM", {"Qwen/Qwen3-8B": {"context_window": 40960, "json_schema": True}}),
    (
        lm_studio,
        "LM Studio",
        {
            "qwen2-vl-7b": {
                "context_window": 4096, "kind": "chat", "modalities": ["text", "image"], "function_calling": True,
            },
            "bge-m3": {"context_window": 8192, "kind": "embedding", "modalities": ["text"]},
        },
    ),
    (local_ai, "", {"gpt-oss-20b": {}}),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "software", "models"), SEEN, ids=[one[1] or "LocalAI" for one in SEEN])
def test_what_each_program_says_of_its_models_is_read(
    answers: Answers, software: str, models: dict[str, dict[str, Any]]
) -> None:
    with OwnServerFake(answers) as server:
        found = ServerProbe(make_door()).look(server.address)
        assert found.base_url == f"http://{server.address}/v1"
    assert found.software == software
    assert {one.id: dict(one.capabilities) for one in found.models} == models


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("127.0.0.1:11434", "http://127.0.0.1:11434"),
        (" http://gpu:8000/v1/ ", "http://gpu:8000/v1"),
        ("https://llm.example.ca/v1/chat/completions", "https://llm.example.ca/v1"),
        ("HTTP://gpu/v1/models", "HTTP://gpu/v1"),
    ],
)
def test_an_address_is_taken_as_people_type_it(typed: str, address: str) -> None:
    assert plain_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "http://", "http://a b", "http://user:pw@gpu", "http://gpu:99999", "gpu?x=1"]
)
def test_what_is_no_address_is_said_beside_its_field(typed: str) -> None:
    with pytest.raises(BadRequest) as refused:
        plain_address(typed)
    assert refused.value.param == "address"


def test_the_key_goes_to_the_server_and_a_wrong_one_is_said_beside_its_field() -> None:
    with OwnServerFake(vllm, KEY) as server:
        probe = ServerProbe(make_door())
        assert probe.look(server.address, Secret(KEY)).models
        with pytest.raises(BadRequest) as refused:
            probe.look(server.address, Secret("another-0123456789"))
        assert refused.value.param == "key"
        assert KEY not in str(refused.value)


def test_an_address_outside_of_the_opened_networks_says_which_setting_opens_it() -> None:
    with pytest.raises(BadRequest, match="NI_PRIVATE_NETWORKS"):
        ServerProbe(make_door(private="")).look("127.0.0.1:1")


def test_where_nobody_answers_the_address_is_named() -> None:
    with pytest.raises(BadRequest, match=r"Nobody answers at 127\.0\.0\.1:1"):
        ServerProbe(make_door()).look("127.0.0.1:1")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, "<html>"), "list of models"),
        ((500, "no"), "status 500"),
        ((200, {"data": {}}), "list of models"),
    ],
)
def test_something_else_that_answers_is_no_server(answer: tuple[int, Any], words: str) -> None:
    with OwnServerFake(lambda *_: answer) as server, pytest.raises(BadRequest, match=words):
        ServerProbe(make_door()).look(server.address)
