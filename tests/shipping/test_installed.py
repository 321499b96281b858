"""The installed wheel serves: as another user, from an environment that cannot be written, in an empty folder."""

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from tests.shipping.installed import Installed

pytestmark = pytest.mark.faults


def text(installed: Installed, path: str) -> str:
    with urllib.request.urlopen(installed.url + path, timeout=20) as answer:
        return str(answer.read().decode())


def test_the_wheel_serves_in_an_empty_folder(installed: Installed) -> None:
    """Pages, a call, a stream, a receipt that `ni-verify` checks, a drain on TERM, a start again and a backup."""
    (installed.folder / "flask.py").write_text("raise SystemExit('a file of the folder was imported')")
    installed.serve()
    assert "/portal/set-up/" in installed.log.read_text()
    assert (installed.folder / "instance" / "secrets").stat().st_mode & 0o777 == 0o700
    assert "Override OpenAI Base URL" in text(installed, "/docs/cursor.html")
    assert text(installed, "/static/css/portal.css")
    key = installed.ni("key", "create", "--name", "first")["key"]

    with urllib.request.urlopen(installed.call(key), timeout=30) as answer:
        assert json.load(answer)["choices"][0]["message"]["content"]
        request_id = answer.headers["X-NI-Request-ID"]
    check_receipt(installed, key, request_id)

    ends: list[bytes] = []
    stream = threading.Thread(target=lambda: ends.append(installed.streamed(key)))
    stream.start()
    time.sleep(0.5)
    assert installed.end() == 0
    stream.join(60)
    assert ends[0].endswith(b"data: [DONE]\n\n")

    installed.serve()
    assert installed.ni("backup", "copy.tar")["bytes"] > 10_000
    assert installed.run("ni", "doctor").returncode == 0


def check_receipt(installed: Installed, key: str, request_id: str) -> None:
    """The receipt verifies with `ni-verify`, once the log holds the record."""
    address = f"{installed.url}/api/usage/custody/{request_id}/receipt"
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"})
    path = installed.folder / "receipt.json"
    log = json.loads(text(installed, "/.well-known/ni-custody.json"))
    vkeys = [word for each in log["vkeys"] for word in ("--vkey", each["vkey"])]
    checked = None
    for _ in range(40):
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(asked, timeout=20) as answer:
            path.write_bytes(answer.read())
            checked = installed.run("ni-verify", str(path), *vkeys)
            if checked.returncode == 0:
                return
        time.sleep(0.25)
    raise AssertionError(checked)


def test_sentences_name_the_command_as_it_is_called(installed: Installed) -> None:
    done = installed.run("ni", "key", "list")
    assert "run `ni init` first" in done.stderr
    assert installed.run("ni", "--version").stdout.startswith("Northern Inference ")
