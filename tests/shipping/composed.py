"""The services of `deploy/compose*.yaml` as processes: what Compose would set and mount, on loopback."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import ROOT, RunningGateway

NAME = "localhost"
MOUNTED = "/run/secrets/"


class Composed:
    """One file, read by Compose itself in a copy of `deploy/` with the secrets that `deploy/try` makes.

    `database_url` stands in for the database's service; `environ` is what the operator writes into `deploy/.env`.
    """

    def __init__(self, folder: Path, file: str, database_url: str = "", **environ: str) -> None:
        program = shutil.which("docker-compose")
        if program is None:
            pytest.skip("no docker-compose here")
        self._volumes = folder / "volumes"
        self._deploy = folder / "deploy"
        shutil.copytree(ROOT / "deploy", self._deploy)
        subprocess.run(["sh", "try", "secrets"], cwd=self._deploy, capture_output=True, check=True)
        if database_url:
            (self._deploy / "secrets" / "database-url").write_text(database_url)
        (self._deploy / ".env").write_text("".join(f"{name}={value}\n" for name, value in environ.items()))
        read = subprocess.run(
            [program, "-f", file, "config"],
            cwd=self._deploy, env={**os.environ, "NI_NAME": NAME}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        described = yaml.safe_load(read.stdout)
        self.services: dict[str, Any] = described["services"]
        self._secrets = {name: each["file"] for name, each in described.get("secrets", {}).items()}

    def gateway(self, name: str) -> RunningGateway:
        """A service of our image, with its own volume, its settings and its secrets."""
        service = self.services[name]
        (volume,) = [each.partition(":") for each in map(_plain, service["volumes"])]
        assert volume[2].startswith("/data/ni")
        home = self._volumes / volume[0]
        home.mkdir(parents=True, mode=0o700, exist_ok=True)
        mounted = {each["source"] for each in service.get("secrets", [])}
        environ = {key: str(value) for key, value in service["environment"].items()}
        for key, value in environ.items():
            if value.startswith(MOUNTED):
                assert value.removeprefix(MOUNTED) in mounted
                environ[key] = str(self._secrets[value.removeprefix(MOUNTED)])
        return RunningGateway(home, **environ)

    def gateways(self) -> list[str]:
        """The services that serve, in the order in which the proxy names them."""
        proxy = self.services["caddy"]
        assert any(_plain(each).startswith(f"{self._deploy}/Caddyfile:") for each in proxy["volumes"])
        assert proxy["environment"]["NI_NAME"] == NAME
        addresses = proxy["environment"]["NI_GATEWAYS"].split()
        assert all(each.endswith(":8000") for each in addresses)
        return [each.partition(":")[0] for each in addresses]


def _plain(volume: Any) -> str:
    """`source:target`, however this version of Compose writes it."""
    return volume if isinstance(volume, str) else f"{volume['source']}:{volume['target']}"
