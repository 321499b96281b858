"""A gateway as an operator has it: a fresh home, and keys, made by its own command line, then `python -m ni serve`.

Everything is durable as in production. The only settings are where the upstream stands and that loopback may be
reached; a bench never reads the settings or the home of the instance that its user runs.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.cores import pinned
from bench.peers import Peer
from bench.programs import ROOT
from bench.servers import LOOPBACK, DidNotStart, Launch, answers, running, wait_until

COMMAND = (sys.executable, "-m", "ni")
MODEL_SHAPE = "local/{}-local"
READY = "/healthz"


@dataclass(frozen=True, slots=True)
class Home:
    """One instance of the gateway, running or not."""

    folder: Path
    port: int
    upstream_port: int
    core: int | None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings beside those that every instance of the bench has."""
    tree: Path = ROOT
    """The tree of the program: this one, or that of another revision."""
    name: str = "gateway"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "serve.log"

    def environment(self) -> dict[str, str]:
        """Nothing of the user's own settings, only what this instance needs."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return (
            kept
            | {
                "NI_HOME": str(self.folder / "home"),
                "NI_BIND": f"{LOOPBACK}:{self.port}",
                "NI_LOCAL_BASE_URL": f"http://{LOOPBACK}:{self.upstream_port}/v1",
                "NI_PII_WORKERS": "0",  # keys of the bench have substitution off: no models load beside the measurement
                "NI_PRIVATE_NETWORKS": f"{LOOPBACK}/32",
            }
            | dict(self.settings)
        )

    def run(self, *arguments: str) -> str:
        """One command of the gateway, on the core that serves; raises `DidNotStart` with its own words."""
        command = pinned([*COMMAND, *arguments], self.core)
        done = subprocess.run(  # noqa: S603 - our own command line
            command,
            env=self.environment(),
            cwd=self.tree,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            raise DidNotStart(
                f"`ni {' '.join(arguments)}` failed:\n{(done.stderr or done.stdout).strip()[-2000:]}"
            )
        return done.stdout

    def make(self) -> None:
        """Make the database and the secrets."""
        self.folder.mkdir()
        self.run("init")

    def new_key(self, *options: str) -> str:
        """The text of a new key; `--pii on` and the like may follow."""
        made = json.loads(self.run("key", "create", "--name", "bench", "--json", *options))
        key: str = made["key"]
        return key

    def launch(self) -> Launch:
        """How to serve."""
        return Launch(pinned([*COMMAND, "serve"], self.core), self.log, self.tree, self.environment())

    def peer(self, key: str, pid: int) -> Peer:
        """This instance as somebody to ask."""
        return Peer(self.name, self.port, key, MODEL_SHAPE, pid)


@contextmanager
def serving(home: Home, *key_options: str) -> Iterator[Peer]:
    """The instance, served for as long as the block lasts, and a key of it (`--pii off` unless said)."""
    key = home.new_key(*(key_options or ("--pii", "off")))
    with running(home.launch()) as child:
        wait_until(lambda: answers(home.port, "GET", READY), child, home.log)
        yield home.peer(key, child.pid)
