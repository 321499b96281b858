"""The tables of programs name the versions that are installed and driven, and no others."""

import json
import re

from tests.clients.conftest import HERE
from tests.running import ROOT

ROW = re.compile(r"^\| (\S+)(?: \((Python|Node)\))? \| ([\d.]+) \|", re.MULTILINE)
PIN = re.compile(r"^([a-z][\w.-]*)(?:\[\w+\])?==([\d.]+)", re.MULTILINE)
IN_THE_TESTS = ("openai", "anthropic")
SUPPORT = {
    "node", "zod", "@langchain/core", "langchain", "autogen-ext", "llama-index-core",
    "llama-index-embeddings-openai-like", "openhands-tools", "oidc-provider",
}  # fmt: skip
"""What programs run on, or come in pairs with; the provider at which people sign in."""


def pinned() -> set[tuple[str, str, str]]:
    """Name, language where it needs saying, version."""
    found: dict[str, str] = {}
    for package in (HERE / "package.json", HERE / "node" / "package.json"):
        listed = json.loads(package.read_text("utf-8"))
        found |= listed["dependencies"] | listed.get("devDependencies", {})
    programs = {(name, "Node" if name == "openai" else "", found[name]) for name in found}
    for requirements in HERE.glob("python/*.in"):
        programs |= {(name, "", version) for name, version in PIN.findall(requirements.read_text("utf-8"))}
    ours = dict(PIN.findall("".join(path.read_text("utf-8") for path in ROOT.glob("requirements*.txt"))))
    programs |= {(name, "Python", ours[name]) for name in IN_THE_TESTS}
    return {program for program in programs if program[0] not in SUPPORT}


def test_the_tables_say_which_versions_are_driven() -> None:
    table = (ROOT / "docs" / "clients.md").read_text("utf-8")
    assert set(ROW.findall(table)) == pinned()


def test_every_list_of_requirements_is_locked_by_its_digests() -> None:
    for requirements in HERE.glob("python/*.in"):
        locked = requirements.with_suffix(".txt").read_text("utf-8")
        pins = PIN.findall(requirements.read_text("utf-8"))
        assert pins
        assert set(pins) <= set(PIN.findall(locked))
        assert len(re.findall(r"^\S+==", locked, re.MULTILINE)) <= locked.count("--hash=sha256:")
