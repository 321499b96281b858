"""Open WebUI, set up by the words of its guide: its list of models, a chat, and a file searched by our vectors."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients.conftest import INSTALLED, Desk, require
from tests.clients.guides import blocks, filled
from tests.clients.upstream import EMAIL, GPT, OTHER, VECTORS, Agents, agents_at
from tests.running import free_port

PROGRAM = INSTALLED / "webui/bin/open-webui"
START_S = 240
QUIET = {
    "ENABLE_OLLAMA_API": "false",
    "ENABLE_VERSION_UPDATE_CHECK": "false",
    "OFFLINE_MODE": "true",
    "WEBUI_AUTH": "false",
    "WEBUI_SECRET_KEY": "a-secret-for-tests",
}


@dataclass(frozen=True)
class Site:
    """A running Open WebUI, and somebody who is signed in."""

    url: str
    token: str

    def get(self, path: str) -> Any:
        return self._read(requests.get(self.url + path, headers=self._headers, timeout=60))

    def post(self, path: str, **given: Any) -> Any:
        return self._read(requests.post(self.url + path, headers=self._headers, timeout=60, **given))

    def said(self, words: str, **more: Any) -> str:
        """The text of a streamed answer."""
        body = {"model": GPT, "messages": [{"role": "user", "content": words}], "stream": True, **more}
        answer = requests.post(
            f"{self.url}/api/chat/completions", headers=self._headers, json=body, timeout=60
        )
        assert answer.status_code == 200, answer.text
        events = re.findall(r"^data: (\{.*)$", answer.content.decode(), re.MULTILINE)
        choices = [choice for event in events for choice in json.loads(event).get("choices", ())]
        return "".join(choice["delta"].get("content") or "" for choice in choices)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @staticmethod
    def _read(answer: requests.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agents]:
    require(PROGRAM.exists(), "open-webui")
    with agents_at(tmp_path_factory.mktemp("webui")) as made:
        yield made


@pytest.fixture(scope="module")
def site(agents: Agents, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    desk, port, log = Desk(home, home, agents.gateway.url, agents.key), free_port(), home / "log"
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "DATA_DIR": str(home / "data"), **QUIET}
    with log.open("wb") as written:
        process = subprocess.Popen(
            [str(PROGRAM), "serve", "--host", "127.0.0.1", "--port", str(port)],
            cwd=home, env=environ | settings(desk), stdout=written, stderr=written,
        )  # fmt: skip
    try:
        yield signed_in(f"http://127.0.0.1:{port}", process, log)
    finally:
        process.terminate()
        process.wait(30)


def settings(desk: Desk) -> dict[str, str]:
    """What the guide has a reader set: the two variables of the container, and the lines of the other blocks."""
    found = {"OPENAI_API_BASE_URL": f"{desk.url}/v1", "OPENAI_API_KEY": desk.key}
    lines = "\n".join(block for block in blocks("open-webui", "text") if not block.startswith("docker"))
    return found | dict(re.findall(r"^(\w+)=(.*)$", filled(lines, desk, VECTORS), re.MULTILINE))


def signed_in(url: str, process: subprocess.Popen[bytes], log: Path) -> Site:
    """The site, once it answers; without sign-in, anybody is its administrator."""
    ends_at = time.monotonic() + START_S
    while time.monotonic() < ends_at and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            given = requests.post(
                f"{url}/api/v1/auths/signin", json={"email": "", "password": ""}, timeout=60
            )
            return Site(url, given.json()["token"])
        time.sleep(0.5)
    raise AssertionError(log.read_text()[-3000:])


def test_it_lists_the_models_that_the_key_can_call(site: Site) -> None:
    assert {GPT, "sandbox/echo-local"} <= {model["id"] for model in site.get("/api/models")["data"]}


def test_a_chat_streams_and_usage_says_who_asked(site: Site, agents: Agents) -> None:
    agents.begin()
    assert EMAIL in site.said(f"Say hello to {EMAIL}.")
    assert any(body.get("stream") for body in agents.sent())
    assert EMAIL not in agents.octets()
    with contextlib.closing(sqlite3.connect(agents.gateway.home / "ni.db")) as database:
        labels = [label for (label,) in database.execute("SELECT end_user FROM usage WHERE dialect = 'chat'")]
    assert labels[-1].startswith("h-")


def test_a_file_is_found_by_our_vectors_and_told_masked(site: Site, agents: Agents) -> None:
    agents.begin()
    text = f"The ticket about the leaking roof was opened by {OTHER}."
    given = site.post(
        "/api/v1/files/?process_in_background=false", files={"file": ("tickets.txt", text.encode())}
    )
    vectors = [body for body in agents.sent() if "input" in body]
    assert vectors
    told = site.said("Who opened the ticket?", files=[{"type": "file", "id": given["id"]}])
    assert text in told
    assert len([body for body in agents.sent() if "input" in body]) > len(vectors)  # the question, too
    assert OTHER not in agents.octets()
