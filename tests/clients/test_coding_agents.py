"""Coding agents, set up by the words of their guides, against a gateway that masks: each streams, and each works in a
shell for two steps. The upstream is strict: a parameter or a history that Azure would refuse fails the test.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.clients.conftest import HERE, INSTALLED, Desk, require
from tests.clients.guides import exports, first
from tests.clients.upstream import CLAUDE, EMAIL, GPT, OTHER, PHONE, Agents, Json, agents_at

Run = Callable[[Desk, str], str]


def write(desk: Desk, name: str, text: str) -> None:
    """A file below the desk's home."""
    path = desk.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def qwen_code(desk: Desk, words: str) -> str:
    """Qwen Code, over chat."""
    write(desk, ".qwen/settings.json", first("qwen-code", "json", desk, GPT))
    return desk.run("qwen", "--approval-mode", "yolo", words)


def copilot(desk: Desk, words: str, **more: str) -> str:
    """GitHub Copilot CLI, over chat unless told otherwise."""
    environ = exports("copilot-cli", desk, GPT) | more
    return desk.run("copilot", "-p", words, "--allow-all-tools", "--no-color", **environ)


def copilot_responses(desk: Desk, words: str) -> str:
    return copilot(desk, words, COPILOT_PROVIDER_WIRE_API="responses")


def copilot_messages(desk: Desk, words: str) -> str:
    return copilot(
        desk,
        words,
        COPILOT_PROVIDER_TYPE="anthropic",
        COPILOT_PROVIDER_BASE_URL=desk.url,
        COPILOT_MODEL=CLAUDE,
    )


def pi(desk: Desk, words: str, kind: str = "openai-completions", model: str = GPT, url: str = "/v1") -> str:
    """pi, over chat unless told otherwise."""
    written = first("pi", "json", desk, model).replace("openai-completions", kind)
    write(desk, ".pi/agent/models.json", written.replace(f'{desk.url}/v1"', f'{desk.url}{url}"'))
    chosen = ("--provider", "northerninference", "--model", model)
    return desk.run("pi", *chosen, "--print", words, PI_OFFLINE="1")


def pi_responses(desk: Desk, words: str) -> str:
    return pi(desk, words, "openai-responses")


def pi_messages(desk: Desk, words: str) -> str:
    return pi(desk, words, "anthropic-messages", CLAUDE, "")


def kimi_code(desk: Desk, words: str, kind: str = "openai", model: str = GPT, url: str = "/v1") -> str:
    """Kimi Code, over chat unless told otherwise."""
    settings = f"""
        default_model = "ni"
        telemetry = false
        [providers.northerninference]
        type = "{kind}"
        base_url = "{desk.url}{url}"
        api_key = "{desk.key}"
        [models.ni]
        provider = "northerninference"
        model = "{model}"
        max_context_size = 200000
    """
    write(desk, ".kimi-code/config.toml", settings)
    return desk.run("kimi", "-p", words)


def kimi_code_responses(desk: Desk, words: str) -> str:
    return kimi_code(desk, words, "openai_responses")


def kimi_code_messages(desk: Desk, words: str) -> str:
    return kimi_code(desk, words, "anthropic", CLAUDE, "")


def mistral_vibe(desk: Desk, words: str) -> str:
    """Mistral Vibe, over chat."""
    settings = f"""
        active_model = "ni"
        enable_telemetry = false
        enable_update_checks = false
        [[providers]]
        name = "northerninference"
        api_base = "{desk.url}/v1"
        api_key_env_var = "NI_API_KEY"
        api_style = "openai"
        backend = "generic"
        [[models]]
        name = "{GPT}"
        provider = "northerninference"
        alias = "ni"
    """
    write(desk, ".vibe/config.toml", settings)
    return desk.run("vibe", "--prompt", words, "--auto-approve", "--trust")


def gptme(desk: Desk, words: str) -> str:
    """gptme, over chat with native tools."""
    settings = f"""
        [[providers]]
        name = "northerninference"
        base_url = "{desk.url}/v1"
        api_key_env = "NI_API_KEY"
    """
    write(desk, ".config/gptme/config.toml", settings)
    model = f"northerninference/{GPT}"
    return desk.run("gptme", "--non-interactive", "--model", model, "--tool-format", "tool", words)


def openhands(desk: Desk, words: str) -> str:
    """The OpenHands SDK with its terminal, over chat; it streams in the test of a stream alone."""
    python = INSTALLED / "openhands/bin/python"
    require(python.exists(), "openhands-sdk")
    way = "stream" if words.startswith("Say") else "loop"
    named = {
        "NI_GPT": GPT,
        "NI_CLAUDE": CLAUDE,
        "NI_VECTORS": "",
        "NI_OTHER": OTHER,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return desk.run(str(python), str(HERE / "agents/openhands_agent.py"), way, words, **named)


def openclaw(desk: Desk, words: str) -> str:
    """OpenClaw's agent, over chat, without its always-on part; it works in the project."""
    settings = json.loads(first("openclaw", "json", desk, GPT))
    settings["agents"]["defaults"] |= {"workspace": str(desk.project), "skipBootstrap": True}
    write(desk, ".openclaw/openclaw.json", json.dumps(settings))
    return desk.run("openclaw", "agent", "--local", "--agent", "main", "--message", words)


@dataclass(frozen=True)
class Coder:
    """How a program is run, and what its shell is called and takes beside the command."""

    run: Run
    shell: str
    more: tuple[tuple[str, object], ...] = ()
    canary: str = EMAIL

    def __str__(self) -> str:
        return self.run.__name__

    def step(self, command: str) -> tuple[str, Json]:
        """A call of the shell."""
        return self.shell, {"command": command, **dict(self.more)}


TOLD = (("description", "look"),)
CODERS = (
    Coder(qwen_code, "run_shell_command", (("is_background", False),), PHONE),
    Coder(copilot, "bash", TOLD),
    Coder(copilot_responses, "bash", TOLD),
    Coder(copilot_messages, "bash", TOLD),
    Coder(pi, "bash"),
    Coder(pi_responses, "bash"),
    Coder(pi_messages, "bash"),
    Coder(kimi_code, "Bash"),
    Coder(kimi_code_responses, "Bash"),
    Coder(kimi_code_messages, "Bash"),
    Coder(mistral_vibe, "bash"),
    Coder(gptme, "shell"),
    Coder(openhands, "terminal"),
    Coder(openclaw, "exec"),
)


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agents]:
    require((INSTALLED / "node").is_dir(), "the programs of tests/clients/node")
    with agents_at(tmp_path_factory.mktemp("coders")) as made:
        yield made


@pytest.fixture
def here(desk: Desk, agents: Agents) -> Desk:
    """The desk at the gateway that masks, with a file that holds an address."""
    (desk.project / "notes.txt").write_text(f"Written by {OTHER}.\n")
    return replace(desk, url=agents.gateway.url, key=agents.key)


@pytest.mark.parametrize("coder", CODERS, ids=str)
def test_a_coder_streams_and_what_was_masked_comes_back(here: Desk, agents: Agents, coder: Coder) -> None:
    agents.begin()
    assert coder.canary in coder.run(here, f"Say hello to {coder.canary}.")
    assert any(body.get("stream") for body in agents.sent())
    assert coder.canary not in agents.octets()


@pytest.mark.parametrize("coder", CODERS, ids=str)
def test_a_coder_works_in_its_shell_for_two_steps(here: Desk, agents: Agents, coder: Coder) -> None:
    """What it runs holds the address as it was written; what its commands print is masked, and comes back."""
    agents.begin(coder.step("echo {canary} > asked.txt && echo ASKED"), coder.step("cat notes.txt"))
    printed = coder.run(here, f"Who is {coder.canary}?")
    assert (here.project / "asked.txt").read_text() == f"{coder.canary}\n"
    assert OTHER in printed
    assert "ASKED" in agents.octets()
    assert not {word for word in (coder.canary, OTHER) if word in agents.octets()}


def test_an_address_that_qwen_code_tears_apart_is_masked_all_the_same(here: Desk, agents: Agents) -> None:
    """It takes the `@` of an address for the name of a file, and writes a space before it."""
    agents.begin()
    qwen_code(here, f"Say hello to {EMAIL}.")
    assert EMAIL.partition("@")[0] not in agents.octets()
