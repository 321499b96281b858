"""Every id of the guide for Cursor completes a tool loop of three steps with every agent, streamed and masked."""

import json

import pytest

from tests.api.agents import AGENTS, Agent
from tests.api.everywhere import EIGHT, LLAMA, OWN, Everywhere

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
EMAIL, OTHER = "marie.tremblay@hotmail.ca", "luc.gagnon@yahoo.ca"
ROUTES = (*EIGHT, OWN, "openai/gpt-5-mini-us", "openai/gpt-5.4-us")
"""Those behind the eight are of other families of the same providers."""


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
@pytest.mark.parametrize("route", ROUTES)
def test_an_agent_completes_a_loop_of_three_steps(gateway: Everywhere, agent: Agent, route: str) -> None:
    gateway.forget()
    body = agent.task(route, f"Write to {EMAIL}.")
    for result in (f"AGAIN, and then to {OTHER}", f"sent to {OTHER}"):
        answer = gateway.post(agent.path, body, **agent.headers)
        assert answer.status_code == 200, answer.data
        assert answer.headers["X-NI-PII"].startswith("on; email=")
        turn = agent.read(answer.data)
        assert turn.calls
        body = agent.go_on(body, turn, result)
    answer = gateway.post(agent.path, body, **agent.headers)
    assert answer.status_code == 200, answer.data
    turn = agent.read(answer.data)
    assert not turn.calls
    assert OTHER in turn.text
    sent = b"".join(seen.raw for seen in gateway.fakes[route.partition("/")[0]].seen)
    assert EMAIL.encode() not in sent
    assert OTHER.encode() not in sent


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_a_prompt_that_llama_has_no_room_for_is_refused_clearly(gateway: Everywhere, agent: Agent) -> None:
    """It has room for 8,192 tokens; Claude Code sends 92 kB before anything is said. That is the model's limit."""
    answer = gateway.post(agent.path, agent.task(LLAMA, "word " * 20_000), **agent.headers)
    assert answer.status_code == 400
    error = json.loads(answer.data)["error"]
    assert error.get("code", "context_length_exceeded") == "context_length_exceeded"
    assert f"`{LLAMA}`, 8192 tokens (prompt is too long" in error["message"]
    assert "Tools are written into the prompt" in error["message"]
