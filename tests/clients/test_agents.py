"""Agents' libraries against a gateway that masks: each streams, and makes a loop of three steps with its own tools.

The upstreams are strict: a parameter or a history that Azure or Anthropic would refuse fails the test.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clients.conftest import HERE, INSTALLED, Desk, require
from tests.clients.upstream import CLAUDE, EMAIL, GPT, OTHER, VECTORS, Agents, Json, agents_at

SCRIPTS = HERE / "agents"
LOOK_UP, READ = ("look_up", {"email": "{canary}"}), ("read", {"path": "ticket-7.txt"})


@dataclass(frozen=True)
class Library:
    """A script, the environment that has its library, and the ways that it knows."""

    script: str
    environment: str
    ways: tuple[str, ...] = ("",)
    prefix: str = ""  # of the names of its tools
    closing: tuple[tuple[str, Json], ...] = ()  # the calls that end its loop

    def __str__(self) -> str:
        return self.script


LIBRARIES = (
    Library("openai_agents.py", "quick", ("", "_chat")),
    Library("pydantic_ai_agent.py", "quick", ("", "_responses")),
    Library("langchain_agents.py", "quick", ("", "_responses", "_messages")),
    Library("smolagents_agent.py", "agents", closing=(("final_answer", {"answer": "It is {canary}"}),)),
    Library("haystack_agent.py", "agents"),
    Library("autogen_agent.py", "agents"),
    Library("litellm_sdk.py", "agents", ("", "_messages")),
    Library("deep_agent.py", "agents", ("", "_messages")),
    Library("strands_agent.py", "agents2"),
    Library("llama_index_agent.py", "agents2"),
    Library("claude_agent.py", "agents2", prefix="mcp__clerk__"),
    Library("crewai_crew.py", "crewai"),
    Library("ai_sdk.mjs", "."),
    Library("mastra.mjs", "node"),
    Library("librechat.mjs", "node"),
)
DSPY = Library("dspy_agent.py", "agents")
QUIET = {"MEM0_TELEMETRY": "False", "CREWAI_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
WAYS = [(library, way) for library in LIBRARIES for way in library.ways]


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agents]:
    with agents_at(tmp_path_factory.mktemp("agents")) as made:
        yield made


def run(desk: Desk, agents: Agents, library: Library, way: str, words: str) -> str:
    """What the script printed."""
    folder = INSTALLED / library.environment
    named = {"NI_URL": agents.gateway.url, "NI_API_KEY": agents.key, "NI_GPT": GPT, "NI_CLAUDE": CLAUDE}
    named |= {"NI_VECTORS": VECTORS, "NI_OTHER": OTHER, "PYTHONDONTWRITEBYTECODE": "1", **QUIET}
    if library.script.endswith(".mjs"):
        require((folder / "node_modules").is_dir(), library.script)
        for name in (library.script, "common.mjs"):  # beside node_modules, where Node looks for them
            (folder / name).write_bytes((SCRIPTS / name).read_bytes())
        return desk.run("node", str(folder / library.script), way, words, **named)
    python = folder / "bin/python"
    require(python.exists(), library.script)
    return desk.run(str(python), str(SCRIPTS / library.script), way, words, **named)


@pytest.mark.parametrize(("library", "way"), WAYS, ids=lambda value: str(value) or "first")
def test_an_answer_streams_and_what_was_masked_comes_back(
    desk: Desk, agents: Agents, library: Library, way: str
) -> None:
    agents.begin()
    assert EMAIL in run(desk, agents, library, f"stream{way}", f"Say hello to {EMAIL}.")
    assert any(body.get("stream") for body in agents.sent())
    assert EMAIL not in agents.octets()


@pytest.mark.parametrize(("library", "way"), WAYS, ids=lambda value: str(value) or "first")
def test_three_steps_with_tools_that_get_what_was_masked(
    desk: Desk, agents: Agents, library: Library, way: str
) -> None:
    steps: list[tuple[str, Json]] = [(library.prefix + name, given) for name, given in (LOOK_UP, READ)]
    agents.begin(*steps, *library.closing)
    printed = run(desk, agents, library, f"loop{way}", f"Which ticket has {EMAIL}?")
    assert f"called: look_up {EMAIL}\n" in printed
    assert "called: read ticket-7.txt\n" in printed
    assert OTHER in printed.partition("answer:")[2]
    assert len(agents.sent()) >= 3
    assert not {word for word in (EMAIL, OTHER) if word in agents.octets()}


FACTS = {"memory": [{"id": "0", "text": "Writes from {canary}", "attributed_to": "user"}]}


@pytest.mark.parametrize("way", ["stream", "forced", "schema"])
def test_instructor_reads_an_object_out_of_a_text(desk: Desk, agents: Agents, way: str) -> None:
    tool = "PartialContact" if way == "stream" else "Contact"
    agents.begin((tool, {"email": "{canary}"}), closing='{"email": "{canary}"}')
    printed = run(desk, agents, Library("instructor_extract.py", "agents2"), way, f"Write to {EMAIL}.")
    assert printed.splitlines()[-1] == f"answer: {EMAIL}"
    (body,) = agents.sent()
    assert ("response_format" if way == "schema" else "tool_choice") in body
    assert EMAIL not in agents.octets()


def test_dspy_streams_a_field_of_its_answer(desk: Desk, agents: Agents) -> None:
    agents.begin(closing="[[ ## answer ## ]]\nAsk {canary}\n\n[[ ## completed ## ]]")
    assert f"answer: Ask {EMAIL}" in run(desk, agents, DSPY, "stream", f"Whom to ask? {EMAIL}?")
    assert any(body.get("stream") for body in agents.sent())
    assert EMAIL not in agents.octets()


def test_dspy_reasons_and_acts(desk: Desk, agents: Agents) -> None:
    """Its tools are told in words: the model names each in a field, and sees what it gave in the next prompt."""
    ended = "[[ ## reasoning ## ]]\nI read it.\n\n[[ ## answer ## ]]\nAsk {canary}\n\n[[ ## completed ## ]]"
    seen, read = acted("look_up", {"email": "{canary}"}), acted("read", {"path": "ticket-7.txt"})
    agents.begin(words=(seen, read, acted("finish", {}), ended))
    printed = run(desk, agents, DSPY, "loop", f"Which ticket has {EMAIL}?")
    assert f"called: look_up {EMAIL}\n" in printed
    assert f"answer: Ask {OTHER}" in printed
    assert not {word for word in (EMAIL, OTHER) if word in agents.octets()}


def test_mem0_keeps_a_fact_by_its_vector_and_finds_it_again(desk: Desk, agents: Agents) -> None:
    agents.begin(closing=json.dumps(FACTS))
    printed = run(desk, agents, Library("mem0_memory.py", "agents"), "remember", f"I write from {EMAIL}.")
    assert f"answer: Writes from {EMAIL}" in printed
    assert any("input" in body for body in agents.sent())
    assert EMAIL not in agents.octets()


def test_llama_index_answers_out_of_an_index_of_our_vectors(desk: Desk, agents: Agents) -> None:
    agents.begin()
    text = f"Ticket 7 belongs to {EMAIL}."
    assert text in run(desk, agents, Library("llama_index_agent.py", "agents2"), "files", text)
    assert sum("input" in body for body in agents.sent()) == 2
    assert EMAIL not in agents.octets()


def acted(tool: str, arguments: Json) -> str:
    """A step of ReAct as DSPY's chat adapter reads it."""
    parts = {"next_thought": "Go on.", "next_tool_name": tool, "next_tool_args": json.dumps(arguments)}
    written = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in parts.items())
    return f"{written}\n\n[[ ## completed ## ]]"
