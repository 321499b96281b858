"""A gateway for real programs, and the folders that they may write to. A test whose program is missing is skipped."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback
from tests.running import ROOT, RunningGateway

HERE = Path(__file__).parent
INSTALLED = ROOT / "build" / "clients"
PATHS = (
    INSTALLED / "node_modules/node/bin",
    INSTALLED / "node_modules/.bin",
    INSTALLED / "quick/bin",
    INSTALLED / "aider/bin",
    INSTALLED / "node/node_modules/.bin",
    INSTALLED / "vibe/bin",
    INSTALLED / "gptme/bin",
)
MOST_S = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    allow_loopback(items, HERE)
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@dataclass(frozen=True)
class Desk:
    """Where a program runs: a home and a project of its own, this gateway's address, a key."""

    home: Path
    project: Path
    url: str
    key: str

    def run(self, *command: str, **environ: str) -> str:
        """What the program printed. Its environment holds nothing but what is named here."""
        path = ":".join([*map(str, PATHS), os.environ["PATH"]])
        require(INSTALLED.is_dir() and shutil.which(command[0], path=path), command[0])
        named = {"PATH": path, "HOME": str(self.home), "NI_URL": self.url, "NI_API_KEY": self.key, **environ}
        done = subprocess.run(
            command, cwd=self.project, env=named, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=MOST_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


def require(found: object, program: str) -> None:
    """Skip the test unless its program was found."""
    if not found:
        pytest.skip(f"needs {program}; `make test-clients` installs it")


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    instance = RunningGateway(tmp_path_factory.mktemp("gateway"))
    instance.ni("init")
    yield instance.start()
    instance.stop()


@pytest.fixture(scope="session")
def key(gateway: RunningGateway) -> str:
    return gateway.key()


@pytest.fixture
def desk(gateway: RunningGateway, key: str, tmp_path: Path) -> Iterator[Desk]:
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    (project / "a.py").write_text("print(41 + 1)\n")
    yield Desk(home, project, gateway.url, key)
    end_processes_of(home)


def end_processes_of(home: Path) -> None:
    """End what a program left running behind it: every process whose home is the desk's."""
    named = f"HOME={home}".encode()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it ended, or is not ours to read
            if named in environ.read_bytes().split(b"\0"):
                os.kill(int(environ.parent.name), signal.SIGTERM)


Drive = Callable[[Desk, str, str], str]
