"""A gateway for real programs, and the folders that they may write to. They run only where they are installed."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback
from tests.running import ROOT, RunningGateway

HERE = Path(__file__).parent
INSTALLED = ROOT / "build" / "clients"
PATHS = (INSTALLED / "node_modules/node/bin", INSTALLED / "node_modules/.bin", INSTALLED / "venv/bin")
MOST_S = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    allow_loopback(items, HERE)
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)
            if not INSTALLED.is_dir():
                item.add_marker(
                    pytest.mark.skip(reason="needs the programs; `make test-clients` installs them")
                )


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
        named = {"PATH": path, "HOME": str(self.home), "NI_URL": self.url, "NI_API_KEY": self.key, **environ}
        done = subprocess.run(
            command, cwd=self.project, env=named, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=MOST_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    instance = RunningGateway(tmp_path_factory.mktemp("gateway"))
    instance.ni("init")
    yield instance.start()
    instance.stop()


@pytest.fixture
def desk(gateway: RunningGateway, tmp_path: Path) -> Desk:
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    (project / "a.py").write_text("print(41 + 1)\n")
    return Desk(home, project, gateway.url, gateway.key())


Drive = Callable[[Desk, str, str], str]
