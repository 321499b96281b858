"""What the guides tell a reader to write, filled in for one desk: settings and scripts are run as they stand there."""

import re

from tests.clients.conftest import Desk
from tests.running import ROOT

GUIDES = ROOT / "tests" / "user_run_tests" / "integrations"
ROUTE = re.compile(r"\b(?:bedrock|vertex_ai|azure|anthropic|openai/bedrock)/[\w.:/-]+-(?:ca|us|global)\b")
SANDBOX = "sandbox/echo-local"


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a language in a guide, as they stand."""
    text = (GUIDES / f"{name}.md").read_text("utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"no {language} in {name}"
    return found


def filled(block: str, desk: Desk, model: str = SANDBOX) -> str:
    """A block with the desk's address and key, and `model` wherever it names a provider's route."""
    return ROUTE.sub(model, block.replace("{{BASE_URL}}", desk.url).replace("{{API_KEY}}", desk.key))


def first(name: str, language: str, desk: Desk, model: str = SANDBOX) -> str:
    """The first block of a language, filled."""
    return filled(blocks(name, language)[0], desk, model)


def exports(name: str, desk: Desk, model: str = SANDBOX) -> dict[str, str]:
    """The variables that a guide has a reader export."""
    return dict(re.findall(r"^export (\w+)=(.*)$", first(name, "text", desk, model), re.MULTILINE))
