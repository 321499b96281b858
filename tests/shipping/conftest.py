"""A release of the tree as it is now, and an environment that has nothing but its wheel and the lock file."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback
from tests.running import ROOT
from tests.shipping.installed import USER, Installed
from tools.package.build import release

BUILDER = ROOT / "build" / "dist" / "bin" / "python"
EPOCH = 1_790_000_000
REVISION = "0" * 40


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    allow_loopback(items, Path(__file__).parent)


def tree(target: Path) -> None:
    """Copy what git knows of, or would, into `target`."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, as a checkout would have it."""
    folder = tmp_path_factory.mktemp("source")
    tree(folder)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    """The folder of a release's files."""
    if not BUILDER.is_file():
        pytest.skip("no build/dist: run `make build/dist/.ready`")
    folder = tmp_path_factory.mktemp("dist")
    release(str(BUILDER), source, folder, REVISION, EPOCH)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    """The wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def environment(wheel: Path) -> Iterator[Path]:
    """An environment with the wheel and what the lock file names, which another user can read and not write."""
    with tempfile.TemporaryDirectory(prefix="ni-wheel-") as folder:
        Path(folder).chmod(0o755)
        python = Path(folder, "env", "bin", "python")
        quiet = ["-q", "--disable-pip-version-check", "--no-deps"]
        commands: list[list[str | Path]] = [
            [
                shutil.which("python3", path="/usr/bin:" + os.environ["PATH"]) or "python3",
                "-m",
                "venv",
                "env",
            ],
            [python, "-m", "pip", "install", *quiet, "--require-hashes", "-r", ROOT / "requirements.txt"],
            [python, "-m", "pip", "install", *quiet, wheel],
            [python, "-m", "pip", "check"],
        ]
        for command in commands:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        yield Path(folder, "env")


@pytest.fixture
def installed(environment: Path) -> Iterator[Installed]:
    """The installed wheel's commands, in an empty folder."""
    with tempfile.TemporaryDirectory(prefix="ni-empty-") as folder:
        user = USER if os.geteuid() == 0 else ""
        made = Installed(Path(folder), lambda program: [str(environment / "bin" / program)], user)
        yield made
        made.end()
