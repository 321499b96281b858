"""`ni doctor --public` tells a proxy as documented from one left at its defaults; `ni serve` has TLS of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ni.cli.self_signed import self_signed
from tests.running import ROOT, RunningGateway, free_port

pytestmark = pytest.mark.faults
DOCUMENTED = """
    client_max_body_size 0; proxy_buffering off; proxy_request_buffering off;
"""
DEFAULTS = ""


@contextmanager
def nginx(folder: Path, port: int, behind: int, lines: str) -> Iterator[Path]:
    """nginx with these lines before the gateway; gives the certificate to trust."""
    if shutil.which("nginx") is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    certificate, key = self_signed(folder / "tls", f"https://localhost:{port}")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port} ssl;\n"
        f"ssl_certificate {certificate}; ssl_certificate_key {key}; {lines}\n"
        f"location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_http_version 1.1; proxy_set_header Host $host;\n"
        f'proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr; }} }} }}\n'
    )
    command = ["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]
    proxy = subprocess.Popen(command)
    try:
        time.sleep(0.5)
        assert proxy.poll() is None, (folder / "error.log").read_text()
        yield certificate
    finally:
        proxy.terminate()
        proxy.wait(15)


def doctor(gateway: RunningGateway, public: str, authority: Path | str) -> dict[str, bool]:
    """The checks of the look from outside, by name. As a process: it trusts what the environment says."""
    environ = {**gateway._environ, "SSL_CERT_FILE": str(authority)}
    done = subprocess.run(
        [sys.executable, "-m", "ni", "doctor", f"--public={public}", "--json"],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    checks = json.loads(done.stdout)
    return {check["check"]: check["ok"] for check in checks if check["check"].startswith("public ")}


@pytest.mark.parametrize(
    ("lines", "broken"), [(DOCUMENTED, set()), (DEFAULTS, {"public bodies"})], ids=["documented", "defaults"]
)
def test_a_proxy_as_documented_passes_and_one_at_its_defaults_does_not(
    tmp_path: Path, lines: str, broken: set[str]
) -> None:
    port, folder = free_port(), tmp_path / "proxy"
    folder.mkdir()
    public = f"https://localhost:{port}"
    gateway = RunningGateway(tmp_path / "home", NI_PUBLIC_URL=public, NI_TRUSTED_PROXIES="1")
    gateway.ni("init")
    gateway.start()
    with nginx(folder, port, gateway.port, lines) as authority:
        checks = doctor(gateway, public, authority)
        assert len(checks) == 8
        assert {name for name, ok in checks.items() if not ok} - {"public streams"} == broken
        assert checks["public streams"] or lines == DEFAULTS
        untrusted = doctor(gateway, public, os.devnull)
        assert not untrusted["public certificate"]
    gateway.stop()


def test_serve_has_tls_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call and a stream over the self-signed certificate, which a client trusts that is told to."""
    gateway = RunningGateway(tmp_path)
    gateway.command = ("-m", "ni", "serve", "--tls-self-signed")
    gateway.ni("init")
    key = gateway.key()
    public = gateway.url = f"https://127.0.0.1:{gateway.port}"
    authority = str(self_signed(tmp_path / "tls", public)[0])  # `serve` takes the one that is there
    monkeypatch.setenv("SSL_CERT_FILE", authority)
    gateway.start()
    body = {
        "model": "sandbox/echo-local",
        "messages": [{"role": "user", "content": "say hi"}],
        "stream": True,
    }
    headers = {"Authorization": f"Bearer {key}"}
    with requests.post(
        f"{public}/v1/chat/completions", json=body, headers=headers, stream=True, verify=authority, timeout=20
    ) as answer:
        assert answer.status_code == 200
        assert b"".join(answer.iter_content(None)).endswith(b"data: [DONE]\n\n")
    checks = doctor(gateway, public, authority)
    assert {name for name, ok in checks.items() if not ok} <= {"public address"}
    assert re.search(r"serves https://127", gateway.log.read_text())
    assert gateway.stop() == 0
