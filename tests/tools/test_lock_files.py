"""The lock files pin everything by hash, agree with each other, and leave the choice of registry to the machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK_FILES = [
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-model.txt",
    "requirements-verifier.txt",
    "requirements-leaks.txt",
    "requirements-training.txt",
    "requirements-build.txt",
]
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)( ; [^\\]+)? \\$", re.MULTILINE)


def entries(name: str) -> list[str]:
    """The requirements of a lock file, each with its hashes and remarks."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]


def versions(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for distribution, version, _marker in PIN.findall((ROOT / name).read_text(encoding="utf-8")):
        found.setdefault(distribution, set()).add(version)
    return found


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_entry_is_one_version_with_a_hash(name: str) -> None:
    assert [entry for entry in entries(name) if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCK_FILES)
def test_no_registry_or_path_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"://|--index|--extra-index|--find-links|--trusted-host|@ ?/", text) == []


def test_development_holds_shared_libraries_at_the_run_time_version() -> None:
    run_time, development = versions("requirements.txt"), versions("requirements-dev.txt")
    shared = run_time.keys() & development.keys()
    assert shared
    assert {name for name in shared if not development[name] <= run_time[name]} == set()


@pytest.mark.parametrize("name", [name.removesuffix(".txt") for name in LOCK_FILES])
def test_what_is_asked_for_is_locked(name: str) -> None:
    text = (ROOT / f"{name}.in").read_text(encoding="utf-8")
    asked = set(re.findall(r"^[a-z][a-z0-9-]*", text, re.MULTILINE))
    assert asked - versions(f"{name}.txt").keys() == set()
