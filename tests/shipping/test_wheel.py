"""The wheel holds the whole product, the same bytes each time, and asks for what was tested."""

import filecmp
import hashlib
import re
import subprocess
import zipfile
from email.parser import Parser
from importlib.metadata import metadata
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ni
from tests.running import ROOT
from tests.shipping.conftest import BUILDER, EPOCH, REVISION
from tools.package.build import release
from tools.package.libraries import PIN, libraries, licences

BESIDE = {"app.py", "docs", "templates", "static", "tests/user_run_tests/integrations"}
"""What lies at the top of the tree and, in the wheel, in `ni/bundled`."""


def tracked(*paths: str) -> set[str]:
    """The files that git knows there."""
    listed = subprocess.run(["git", "ls-files", *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.split("\n") if name and (ROOT / name).exists()}


def described(wheel: Path) -> list[Requirement]:
    """What the wheel asks for."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        headers = Parser().parsestr(archive.read(name).decode())
    assert headers["Version"] == ni.__version__
    return [Requirement(each) for each in headers.get_all("Requires-Dist", [])]


def test_the_wheel_holds_every_file_of_the_product(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = tracked("ni", "ni_verify.py") | {f"ni/bundled/{name}" for name in tracked(*BESIDE)}
    assert wanted - held == set()
    others = {name for name in held - wanted if ".dist-info/" not in name}
    assert {name for name in others if not name.startswith("ni/")} == set()
    assert {"ni/py.typed", "ni/web/translations/fr_CA/LC_MESSAGES/messages.mo"} <= held


def test_two_builds_are_equal_byte_for_byte(built: Path, source: Path, tmp_path: Path) -> None:
    for path in source.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.stat().st_mode & 0o100 else 0o600)  # another umask
    again = release(str(BUILDER), source, tmp_path, REVISION, EPOCH)
    assert len(again) == 5
    for path in again:
        assert filecmp.cmp(path, built / path.name, shallow=False), path.name


def test_the_sums_are_those_of_the_files(built: Path) -> None:
    rows = [line.split("  ") for line in (built / "SHA256SUMS").read_text().splitlines()]
    assert {name for _, name in rows} | {"SHA256SUMS"} == {path.name for path in built.iterdir()} - {
        ".gitignore"
    }
    for digest, name in rows:
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest


def test_the_wheel_asks_for_the_libraries_of_the_requirements(wheel: Path) -> None:
    text = (ROOT / "requirements.in").read_text()
    asked = {canonicalize_name(name) for name in re.findall(r"^([a-z][a-z0-9-]*)", text, re.MULTILINE)}
    assert {canonicalize_name(each.name) for each in described(wheel)} == asked


def test_each_pin_of_the_lock_file_is_within_the_range_of_the_wheel(wheel: Path) -> None:
    ranges = {canonicalize_name(each.name): each.specifier for each in described(wheel)}
    pins = [(name, version) for name, version, _ in PIN.findall((ROOT / "requirements.txt").read_text())]
    assert {name for name, _ in pins} >= ranges.keys()
    assert [(name, version) for name, version in pins if name in ranges and version not in ranges[name]] == []


def test_the_bill_of_materials_fits_its_schema_and_lists_every_pin(built: Path) -> None:
    (path,) = built.glob("*.cdx.json")
    text = path.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    for library in libraries(ROOT):
        assert f'"pkg:pypi/{library.name}@{library.version}"' in text


LIBRARIES = sorted(licences((ROOT / "NOTICE").read_text()).items())


@pytest.mark.parametrize(("name", "licence"), LIBRARIES, ids=str)
def test_the_notice_states_the_licence_that_a_library_states(name: str, licence: str) -> None:
    stated = metadata(name).json.get("license_expression")
    assert not stated or stated == licence


def test_the_notice_lists_the_libraries_that_are_pinned_and_no_others() -> None:
    pinned = {name for name, _, _ in PIN.findall((ROOT / "requirements.txt").read_text())}
    assert {name for name, _ in LIBRARIES} == pinned
