"""Real programs, set up by the words of their guides, against a running gateway: answers, tool loops, odd names."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, INSTALLED, Desk, Drive, require
from tests.clients.guides import exports, first
from tests.running import RunningGateway

MODEL = "sandbox/echo-local"


def codex(desk: Desk, prompt: str, model: str, *options: str) -> str:
    """Codex, over Responses."""
    settings = desk.home / ".codex" / "config.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(first("codex", "toml", desk, model))
    return desk.run("codex", "exec", "--skip-git-repo-check", "--sandbox", "read-only", *options, prompt)


def claude_code(desk: Desk, prompt: str, model: str, *options: str, **environ: str) -> str:
    """Claude Code, over Messages."""
    settings = desk.home / ".claude" / "settings.json"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(first("claude-code", "json", desk, model))
    chosen = options or ("--allowedTools", "Bash")
    return desk.run("claude", "-p", prompt, "--output-format", "text", *chosen, **environ)


def opencode(desk: Desk, prompt: str, model: str) -> str:
    """OpenCode, over chat by way of the AI SDK."""
    (desk.project / "opencode.json").write_text(first("opencode", "json", desk, model))
    return desk.run("opencode", "run", "-m", f"northerninference/{model}", prompt)


def continue_cli(desk: Desk, prompt: str, model: str) -> str:
    """Continue's command line program, over chat."""
    settings = desk.home / ".continue" / "config.yaml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(first("continue", "yaml", desk, model))
    (settings.parent / ".env").write_text(f"NI_API_KEY={desk.key}\n")
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
    return desk.run(
        "aider", "--model", f"openai/{model}", *quiet, "--yes-always", "--edit-format", form, "--message", prompt,
        **exports("aider", desk),
    )  # fmt: skip


def llm(desk: Desk, prompt: str, model: str, *options: str) -> str:
    """llm, over chat."""
    folder = Path(desk.run("llm", "logs", "path").strip()).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "extra-openai-models.yaml").write_text(first("llm", "yaml", desk, model))
    desk.run("llm", "keys", "set", "northerninference", "--value", desk.key)
    return desk.run("llm", "-m", "ni-sonnet", *options, prompt)


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


SPOKEN: dict[Drive, str] = {codex: "responses", claude_code: "messages"}


def calls(gateway: RunningGateway) -> set[tuple[str, str, int]]:
    """Every call so far: its id, its dialect, and whether it streamed."""
    with contextlib.closing(sqlite3.connect(gateway.home / "ni.db")) as database:
        return set(database.execute("SELECT request_id, dialect, stream FROM usage"))


@pytest.mark.parametrize("drive", DRIVES, ids=lambda drive: drive.__name__)
def test_a_program_gets_its_answer_as_a_stream(desk: Desk, gateway: RunningGateway, drive: Drive) -> None:
    before = calls(gateway)
    assert "a quiet orchard" in drive(desk, "a quiet orchard", MODEL)
    assert (SPOKEN.get(drive, "chat"), 1) in {call[1:] for call in calls(gateway) - before}


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


def test_codex_finds_a_profile_in_a_file_of_its_own(desk: Desk) -> None:
    """The guide's way of keeping another default; the file holds the two lines, the rest stays in `config.toml`."""
    toml = first("codex", "toml", desk, MODEL)
    chosen, _, rest = toml.partition("\n\n")
    profile = desk.home / ".codex" / "northerninference.config.toml"
    profile.parent.mkdir()
    profile.write_text(chosen)
    profile.with_name("config.toml").write_text(rest)
    command = ("codex", "exec", "--skip-git-repo-check", "--profile", "northerninference", "a quiet orchard")
    assert "a quiet orchard" in desk.run(*command)


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
    python = INSTALLED / "quick/bin/python"
    require(python.exists(), "langchain-openai")
    lines = desk.run(str(python), str(HERE / "chain.py")).splitlines()
    assert lines == ["whole: one two", "stream: three four", "tools: The tool answered: contents of a.py"]
