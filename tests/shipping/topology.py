"""Caddy with TLS of its own before two gateways on one PostgreSQL, as processes, as compose.postgres.yaml starts them.

The Caddyfile is the one of `deploy/`, with loopback addresses and ports of the test.
"""

import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from tests.running import ROOT, free_port

NAME = "localhost"
START_S = 30.0


class Caddy:
    """The proxy, with its certificate authority in `folder`."""

    def __init__(self, folder: Path, gateways: list[int]) -> None:
        if shutil.which("caddy") is None:
            pytest.skip("no caddy: apt-get install caddy")
        folder.mkdir()
        self.port = free_port()
        self.url = f"https://{NAME}:{self.port}"
        self.authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        lines = (ROOT / "deploy" / "Caddyfile").read_text()
        (folder / "Caddyfile").write_text(
            "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n" + lines
        )
        self.log = folder / "caddy.log"
        environ = {
            **os.environ,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "NI_NAME": self.url,
            "NI_GATEWAYS": " ".join(f"127.0.0.1:{port}" for port in gateways),
        }
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        ends_at = time.monotonic() + START_S
        while not self._shakes_hands():
            assert self._process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < ends_at, self.log.read_text()[-2000:]
            time.sleep(0.05)

    def _shakes_hands(self) -> bool:
        """Whether it has its certificate: it obtains that while it serves, and alerts `internal_error` until then."""
        if not self.authority.is_file():
            return False
        try:
            with socket.create_connection((NAME, self.port), 5) as raw:
                self.tls().wrap_socket(raw, server_hostname=NAME).close()
        except OSError:  # also an ssl.SSLError, which an authority half written is too
            return False
        return True

    def tls(self) -> ssl.SSLContext:
        """A context that trusts this Caddy."""
        return ssl.create_default_context(cafile=str(self.authority))

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(15)
