"""The lines of `docs/proxies.md`, run as they stand there by nginx and Caddy themselves, before a real gateway."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import urllib3

from tests.fakes import certificates
from tests.running import ROOT, RunningGateway, free_port

DOCUMENT = (ROOT / "docs" / "proxies.md").read_text()
NAME = "gateway.example.ca"
identity = certificates.identity
ALICE = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}


def block(language: str) -> str:
    """The configuration that the document shows."""
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1]


def nginx_command(folder: Path, port: int, behind: int, pem: Path) -> list[str]:
    lines = block("nginx").replace("listen 443", f"listen 127.0.0.1:{port}").replace(":8000", f":{behind}")
    lines = lines.replace("/etc/ssl/gateway.pem", str(pem)).replace("/etc/ssl/gateway.key", str(pem))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} {lines} }}\n"
    )
    return ["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]


def caddy_command(folder: Path, port: int, behind: int, pem: Path) -> list[str]:
    lines = block("caddyfile").replace(NAME, f"https://{NAME}:{port}").replace(":8000", f":{behind}")
    lines = lines.replace("{\n", f"{{\n    tls {pem} {pem}\n    bind 127.0.0.1\n", 1)
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https off\n}}\n{lines}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]


Command = Callable[[Path, int, int, Path], list[str]]


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """The proxy, from when it accepts connections to the end of the block."""
    home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "proxy.log").open("wb") as log:
        proxy = subprocess.Popen(command, env=home, stdout=log, stderr=log)
        try:
            ends_at = time.monotonic() + 15
            while time.monotonic() < ends_at and proxy.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            assert proxy.poll() is None, (folder / "proxy.log").read_text()
            yield
        finally:
            proxy.send_signal(signal.SIGTERM)
            proxy.wait(15)


class ByName(requests.adapters.HTTPAdapter):
    """Sends what is asked of the public name to loopback; the certificate is of the tests' own making."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__()
        self.init_poolmanager(1, 1, server_hostname=NAME, assert_hostname=False)

    def send(
        self, request: requests.PreparedRequest, *arguments: object, **options: object
    ) -> requests.Response:
        assert request.url is not None
        request.headers["Host"] = NAME
        request.url = request.url.replace(f"https://{NAME}", f"https://127.0.0.1:{self.port}")
        options["verify"] = False
        return super().send(request, *arguments, **options)  # type: ignore[arg-type]


@pytest.fixture(params=[nginx_command, caddy_command], ids=["nginx", "caddy"])
def behind(
    request: pytest.FixtureRequest, tmp_path: Path, identity: tuple[Path, str]
) -> Iterator[tuple[RunningGateway, requests.Session, str]]:
    """A gateway behind one of the proxies, a browser's session with it, and its set-up link's path."""
    program = "nginx" if request.param is nginx_command else "caddy"
    if shutil.which(program) is None:
        pytest.skip(f"no {program}: apt-get install {program}")
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    port, folder = free_port(), tmp_path / "proxy"
    folder.mkdir()
    gateway = RunningGateway(tmp_path / "home", NI_PUBLIC_URL=f"https://{NAME}", NI_TRUSTED_PROXIES="1")
    link = gateway.ni("init")["set_up_url"]
    gateway.start()
    with running(request.param(folder, port, gateway.port, identity[0]), folder, port):
        session = requests.Session()
        session.mount(f"https://{NAME}", ByName(port))
        session.trust_env = False
        yield gateway, session, link
    gateway.stop()


def test_the_documented_lines_serve_forms_streams_and_large_bodies(
    behind: tuple[RunningGateway, requests.Session, str],
) -> None:
    gateway, session, link = behind
    own = {"Origin": f"https://{NAME}", "Sec-Fetch-Site": "same-origin"}
    token = re.search(r'name="csrf_token" value="([^"]+)"', session.get(link).text)
    assert token
    made = session.post(
        link, {"csrf_token": token[1], **ALICE}, headers={**own, "Referer": link}, allow_redirects=False
    )
    assert made.status_code == 303
    foreign = session.post(f"https://{NAME}/portal/sign-out", {}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403

    headers = {"Authorization": f"Bearer {gateway.key()}"}
    calls = f"https://{NAME}/v1/chat/completions"
    text = "word " * 60
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": text}], "stream": True}
    with session.post(calls, json=body, headers=headers, stream=True) as stream:
        assert stream.status_code == 200
        assert b"".join(stream.iter_content(None)).endswith(b"data: [DONE]\n\n")
    large = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "x" * 2_000_000}]}
    assert session.post(calls, json=large, headers=headers).status_code == 200
    assert session.get(f"https://{NAME}/metrics").status_code == 404


def test_a_body_that_is_too_large_gets_its_sentence_over_http_2(
    behind: tuple[RunningGateway, requests.Session, str], tmp_path: Path
) -> None:
    """Over HTTP/1.1 a proxy may close what is still being written; streams of HTTP/2 end apart (RFC 9113, 8.1)."""
    gateway, session, _ = behind
    body = tmp_path / "body"
    body.write_bytes(b" " * (21 << 20))
    adapter = session.get_adapter(f"https://{NAME}")
    assert isinstance(adapter, ByName)
    asked = subprocess.run(
        ["curl", "--silent", "--insecure", "--http2", "--max-time", "20",
         "--write-out", "\\n%{http_version} %{http_code}",
         "--resolve", f"{NAME}:{adapter.port}:127.0.0.1", "--header", f"Authorization: Bearer {gateway.key()}",
         "--header", "Content-Type: application/json", "--data-binary", f"@{body}",
         f"https://{NAME}:{adapter.port}/v1/chat/completions"],
        capture_output=True, check=True,
    )  # fmt: skip
    answer, _, told = asked.stdout.decode().rpartition("\n")
    assert told == "2 413"
    assert json.loads(answer)["error"]["code"] == "request_too_large"
    assert session.get(f"https://{NAME}/healthz").status_code == 200
