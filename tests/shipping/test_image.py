"""The image serves on a read-only tree as its own user: the first call, a stream, a start again under a live stream."""

import json
import os
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shipping.image import Image, build, processor_s
from tests.shipping.installed import Installed

pytestmark = pytest.mark.faults
MOST_MB = 450
PUBLIC = "https://gateway.example.ca"


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    build()
    made = Image.mounted()
    yield made
    made.remove()


@pytest.fixture
def started(image: Image) -> Iterator[Installed]:
    """Its programs, with an empty volume that its user owns."""
    with tempfile.TemporaryDirectory(prefix="ni-image-") as folder:
        user, _, group = image.config["User"].partition(":")
        os.chown(folder, int(user), int(group))
        made = Installed(Path(folder), lambda program: [*image.entering(Path(folder)), program])
        bind = f"0.0.0.0:{made.port}"
        made.environ = {
            **image.environ,
            "NI_BIND": bind,
            "NI_PUBLIC_URL": PUBLIC,
            "NI_TRUSTED_PROXIES": "1",
        }
        yield made
        made.end()


def test_the_image_is_small_and_holds_what_it_needs_and_no_more(image: Image, started: Installed) -> None:
    print(f"{image.megabytes():.0f} MB")
    assert image.megabytes() <= MOST_MB
    assert image.config["Entrypoint"] == ["ni"]
    assert started.run("ni", "--version").stdout.startswith("Northern Inference ")
    for missing in (
        "command -v pip",
        "command -v gcc cc ld",
        "command -v apt-get",
        "python3 -m pip --version",
    ):
        assert started.run("sh", "-c", missing).returncode != 0, missing
    for kept in ("/opt/ni/x", "/x", "/etc/x"):
        assert "Read-only" in started.run("sh", "-c", f": >>{kept}").stderr
    assert started.run("find", "/opt", "/usr", "/etc", "-uid", "65532").stdout == ""


def test_the_image_serves_drains_starts_again_and_is_copied(image: Image, started: Installed) -> None:
    """SIGTERM lets a live stream end; each start's duration and processor time is printed."""
    ready(started, "first")
    assert f"{PUBLIC}/portal/set-up/" in started.log.read_text()
    key = started.ni("key", "create", "--name", "first")["key"]
    with urllib.request.urlopen(started.call(key), timeout=30) as answer:
        assert json.load(answer)["choices"][0]["message"]["content"]
    assert healthy(image, started) == 0

    ends: list[bytes] = []
    stream = threading.Thread(target=lambda: ends.append(started.streamed(key)))
    stream.start()
    time.sleep(0.5)
    assert started.end() == 0
    stream.join(60)
    assert ends[0].endswith(b"data: [DONE]\n\n")
    assert healthy(image, started) != 0

    ready(started, "second")
    assert started.ni("backup", "copy.tar")["bytes"] > 10_000
    assert started.ni("usage")


def ready(started: Installed, which: str) -> None:
    began = time.monotonic()
    started.serve()
    took_s = time.monotonic() - began
    print(
        f"{which} start: ready in {took_s:.1f} s, {processor_s(started.pid):.1f} s of processor time until then"
    )


def healthy(image: Image, started: Installed) -> int:
    """What the image's own health check gives, asked of the port of the test."""
    how, program, *arguments = image.config["Healthcheck"]["Test"]
    assert how == "CMD"
    return started.run(program, *(each.replace(":8000", f":{started.port}") for each in arguments)).returncode
