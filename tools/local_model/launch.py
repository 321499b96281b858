"""Starts the model's server and the gateway in front of it, and stops both.

The engine lives in an environment of its own, so that the gateway's stays exactly what requirements.txt
says, and in a session of its own, so that Ctrl-C reaches the gateway alone: it ends its streams first, then
the engine is stopped.
"""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.local_model.pins import Pin
from tools.local_model.weights import ModelRefused, Say

READY_WITHIN_S = 120.0
_POLL_S = 0.25
_STOP_WITHIN_S = 10.0
_LOOPBACK = "127.0.0.1/32"


def engine_python(folder: Path, pin: Pin, say: Say) -> Path:
    """The Python of the engine's own environment, made on first use. Raises ModelRefused with pip's words."""
    home = folder / f"engine-{pin.version}-py{sys.version_info.major}{sys.version_info.minor}"
    python = home / "bin" / "python"
    stamp = home / ".installed"
    if stamp.exists():
        return python
    say(f"Installing the model server, {pin.name} {pin.version}, into {home}.")
    wanted = folder / "engine.txt"
    wanted.write_text(pin.requirement + "\n", encoding="utf-8")
    _run_or_refuse([sys.executable, "-m", "venv", "--clear", str(home)])
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    _run_or_refuse([*install, "--require-hashes", "--requirement", str(wanted)])
    stamp.touch()
    return python


@contextmanager
def engine(command: list[str], log_file: Path, clock: Callable[[], float] = time.monotonic) -> Iterator[str]:
    """Runs the model's server; yields its base URL once it answers. Raises ModelRefused if it does not."""
    with log_file.open("w", encoding="utf-8") as log:
        server = subprocess.Popen(  # noqa: S603 - our own Python, our own file
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        address = server.stdout.readline().strip() if server.stdout else ""
        if not address:
            raise ModelRefused(f"The model server stopped before it was ready. Its words: {log_file}.")
        _wait_until_healthy(address, clock() + READY_WITHIN_S, clock)
        yield f"{address}/v1"
    finally:
        _stop(server)


def gateway_environment(base_url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the gateway finds the model and may reach it, loopback being declared."""
    declared = [word for word in environment.get("NI_PRIVATE_NETWORKS", "").split(",") if word.strip()]
    return {
        **environment,
        "NI_LOCAL_BASE_URL": base_url,
        "NI_PRIVATE_NETWORKS": ",".join([*declared, _LOOPBACK]),
    }


def serve_gateway(environment: Mapping[str, str], say: Say) -> int:
    """Runs `ni init` and `ni serve`; returns the gateway's exit status."""
    say("Starting the gateway. Ctrl-C stops it and the model.")
    for verb in ("init", "serve"):
        status = _run_through_interrupt([sys.executable, "-m", "ni", verb], environment)
        if status != 0:
            return status
    return 0


def _run_through_interrupt(command: list[str], environment: Mapping[str, str]) -> int:
    """Waits for a child that receives the terminal's Ctrl-C itself; a second one ends the wait."""
    child = subprocess.Popen(command, env=dict(environment))  # noqa: S603 - our own Python, our own package
    try:
        return child.wait()
    except KeyboardInterrupt:
        return child.wait()


def _wait_until_healthy(address: str, deadline: float, clock: Callable[[], float]) -> None:
    while clock() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310 - http to loopback, from the engine
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(_POLL_S)
    raise ModelRefused(f"The model server at {address} did not answer within {READY_WITHIN_S:.0f} s.")


def _stop(server: subprocess.Popen[str]) -> None:
    if server.stdin:
        server.stdin.close()
    try:
        server.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdout:
        server.stdout.close()


def _run_or_refuse(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pip and venv, pinned
    if done.returncode != 0:
        raise ModelRefused(f"`{' '.join(command[1:4])}` failed:\n{(done.stderr or done.stdout).strip()}")
