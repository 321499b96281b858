"""The scripts in the guides run as they are written there: each language's blocks of a guide are one script."""

import sys
from pathlib import Path

import pytest

from tests.clients.conftest import INSTALLED, Desk, require
from tests.clients.guides import blocks, filled

ELSEWHERE = {"langchain": "quick", "openhands": "openhands"}
SCRIPTS = [
    ("openai-sdk", "python", ["hi", "three", "NI-CA -> Sandbox-CA"]),
    ("anthropic-sdk", "python", ["hi", "three"]),
    ("langchain", "python", ["hi", "three"]),
    ("openhands", "python", ["hi"]),
    ("openai-sdk", "js", ["hi"]),
    ("vercel-ai-sdk", "js", ["hi", "three"]),
]


def script(name: str, language: str, desk: Desk) -> str:
    """The blocks that the sandbox can answer, one after the other."""
    able = [block for block in blocks(name, language) if "with_structured_output" not in block]
    return filled("\n".join(able), desk)


@pytest.mark.parametrize(("name", "language", "said"), SCRIPTS)
def test_a_guides_script_says_what_it_asked_for(
    desk: Desk, name: str, language: str, said: list[str]
) -> None:
    if language == "js":
        require((INSTALLED / "node_modules/ai").is_dir(), name)
        source = INSTALLED / f"guide-{name}.mjs"  # beside node_modules, where Node looks for them
        command = ("node", str(source))
    else:
        python = INSTALLED / ELSEWHERE[name] / "bin/python" if name in ELSEWHERE else Path(sys.executable)
        require(python.exists(), name)
        source = desk.project / "script.py"
        command = (str(python), str(source))
    source.write_text(script(name, language, desk))
    printed = desk.run(*command)
    assert all(words in printed for words in said), printed
