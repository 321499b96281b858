"""Real programs, set up as their guides say, against a running gateway: an answer, a tool loop, an unknown model."""

import json

import pytest

from tests.clients.conftest import HERE, INSTALLED, Desk, Drive, require

MODEL = "sandbox/echo-local"


def codex(desk: Desk, prompt: str, model: str) -> str:
    """Codex, over Responses."""
    settings = desk.home / ".codex" / "config.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(
        'model_provider = "northerninference"\n[model_providers.northerninference]\nname = "NI"\n'
        f'base_url = "{desk.url}/v1"\nenv_key = "NI_API_KEY"\nwire_api = "responses"\nrequest_max_retries = 0\n'
    )
    return desk.run(
        "codex", "exec", "--skip-git-repo-check", "--sandbox", "read-only", "--model", model, prompt
    )


def claude_code(desk: Desk, prompt: str, model: str, *options: str) -> str:
    """Claude Code, over Messages."""
    chosen = options or ("--allowedTools", "Bash")
    command = ("claude", "-p", prompt, "--model", model, "--output-format", "text", *chosen)
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    return desk.run(*command, ANTHROPIC_BASE_URL=desk.url, ANTHROPIC_AUTH_TOKEN=desk.key, **quiet)


def opencode(desk: Desk, prompt: str, model: str) -> str:
    """OpenCode, over chat by way of the AI SDK."""
    options = {"baseURL": f"{desk.url}/v1", "apiKey": "{env:NI_API_KEY}"}
    provider = {"npm": "@ai-sdk/openai-compatible", "name": "NI", "options": options, "models": {model: {}}}
    (desk.project / "opencode.json").write_text(json.dumps({"provider": {"northerninference": provider}}))
    return desk.run("opencode", "run", "-m", f"northerninference/{model}", prompt)


def continue_cli(desk: Desk, prompt: str, model: str) -> str:
    """Continue's command line program, over chat."""
    settings = desk.project / "config.yaml"
    settings.write_text(
        "name: NI\nversion: 1.0.0\nschema: v1\nmodels:\n"
        f"  - name: NI\n    provider: openai\n    model: {model}\n    apiBase: {desk.url}/v1\n"
        f"    apiKey: {desk.key}\n    capabilities: [tool_use]\n"
    )
    return desk.run("cn", "-p", prompt, "--config", str(settings), "--auto")


def cline(desk: Desk, prompt: str, model: str) -> str:
    """Cline's command line program, over chat."""
    desk.run("cline", "auth", "-p", "openai", "-k", desk.key, "-m", model, "-b", f"{desk.url}/v1")
    return desk.run("cline", "-t", "60", prompt)


def aider(desk: Desk, prompt: str, model: str) -> str:
    """Aider, over chat; in a mode in which it edits nothing."""
    return _aider(desk, prompt, model, "ask")


def _aider(desk: Desk, prompt: str, model: str, form: str) -> str:
    quiet = (
        "--no-git",
        "--no-check-update",
        "--no-show-model-warnings",
        "--analytics-disable",
        "--no-pretty",
    )
    reached = (
        "--model",
        f"openai/{model}",
        "--openai-api-base",
        f"{desk.url}/v1",
        "--openai-api-key",
        desk.key,
    )
    return desk.run("aider", *reached, *quiet, "--yes-always", "--edit-format", form, "--message", prompt)


def llm(desk: Desk, prompt: str, model: str, *options: str) -> str:
    """llm, over chat."""
    reached = {"model_name": model, "api_base": f"{desk.url}/v1", "api_key_name": "ni"}
    named = {"model_id": "gw", "supports_tools": True, **reached}
    (desk.home / "keys.json").write_text(json.dumps({"ni": desk.key}))
    (desk.home / "extra-openai-models.yaml").write_text(json.dumps([named]))  # JSON is YAML
    return desk.run("llm", "-m", "gw", *options, prompt, LLM_USER_PATH=str(desk.home))


DRIVES: list[Drive] = [codex, claude_code, opencode, continue_cli, cline, aider, llm]
# OpenCode quotes the prompt, so that the sandbox finds no arguments in it: the tool's complaint makes the loop as well.
LOOPS = [
    (codex, 'call exec_command with {"cmd": "cat a.py && echo seen"}', "41 + 1"),
    (
        claude_code,
        'call Bash with {"command": "cat a.py", "description": "look"}',
        "The tool answered: print(41 + 1)",
    ),
    (opencode, "call bash", "The tool answered:"),
    (continue_cli, 'call Bash with {"command": "cat a.py"}', "41 + 1"),
    (cline, 'call run_commands with {"commands": ["cat a.py"]}', "41 + 1"),
]


@pytest.mark.parametrize("drive", DRIVES, ids=lambda drive: drive.__name__)
def test_a_program_gets_its_answer(desk: Desk, drive: Drive) -> None:
    assert "a quiet orchard" in drive(desk, "a quiet orchard", MODEL)


@pytest.mark.parametrize(("drive", "prompt", "seen"), LOOPS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_program_runs_its_tool_and_goes_on(desk: Desk, drive: Drive, prompt: str, seen: str) -> None:
    assert seen in drive(desk, prompt, MODEL)


def test_llm_runs_a_function_and_goes_on(desk: Desk) -> None:
    code = "def read(path: str) -> str:\n    return 'contents of ' + path"
    said = llm(desk, 'call read with {"path": "a.py"}', MODEL, "--functions", code)
    assert "The tool answered: contents of a.py" in said


def test_aider_makes_the_edit_that_the_answer_describes(desk: Desk) -> None:
    _aider(desk, "b.py\n```\nprint(1)\n```", MODEL, "whole")
    assert (desk.project / "b.py").read_text() == "print(1)\n"


@pytest.mark.parametrize("drive", DRIVES, ids=lambda drive: drive.__name__)
def test_a_model_name_of_its_own_gets_the_list(desk: Desk, drive: Drive) -> None:
    assert "1. sandbox/echo-local" in drive(desk, "hello there", "a-name-of-its-own")


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        (
            "openai.mjs",
            ["stream: one two", "tools: The tool answered: contents of a.py", "responses: three four"],
        ),
        ("ai.mjs", ["stream: one two", "tools: The tool answered: contents of a.py"]),
    ],
)
def test_a_node_library_streams_and_loops(desk: Desk, script: str, lines: list[str]) -> None:
    installed = INSTALLED / script  # beside node_modules, where Node looks for them
    require((INSTALLED / "node_modules" / script.removesuffix(".mjs")).is_dir(), script)
    installed.write_bytes((HERE / script).read_bytes())
    assert desk.run("node", str(installed)).splitlines() == lines


def test_langchain_streams_and_calls_tools(desk: Desk) -> None:
    python = INSTALLED / "venv/bin/python"
    require(python.exists(), "langchain-openai")
    lines = desk.run(str(python), str(HERE / "chain.py")).splitlines()
    assert lines == ["whole: one two", "stream: three four", "tools: The tool answered: contents of a.py"]
