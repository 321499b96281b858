"""The table of programs names the versions that are installed and driven, and no others."""

import json
import re

from tests.clients.conftest import HERE
from tests.running import ROOT

ROW = re.compile(r"^\| (\S+)(?: \((Python|Node)\))? \| ([\d.]+) \|", re.MULTILINE)
PIN = re.compile(r"^([a-z][\w.-]*)==([\d.]+)", re.MULTILINE)
IN_THE_TESTS = ("openai", "anthropic")


def pinned() -> set[tuple[str, str, str]]:
    """Name, language where it needs saying, version."""
    package = json.loads((HERE / "package.json").read_text("utf-8"))
    found = {**package["dependencies"], **package["devDependencies"]}
    programs = {(name, "Node" if name == "openai" else "", found[name]) for name in found if name != "node"}
    for requirements in HERE.glob("requirements*.txt"):
        programs |= {(name, "", version) for name, version in PIN.findall(requirements.read_text("utf-8"))}
    ours = dict(PIN.findall("".join(path.read_text("utf-8") for path in ROOT.glob("requirements*.txt"))))
    return programs | {(name, "Python", ours[name]) for name in IN_THE_TESTS}


def test_the_table_says_which_versions_are_driven() -> None:
    table = (ROOT / "docs" / "clients.md").read_text("utf-8")
    assert set(ROW.findall(table)) == pinned()
