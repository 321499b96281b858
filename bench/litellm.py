"""LiteLLM beside the gateway, in an environment of its own under `build/bench`: optional, and left out with a sentence.

One worker, a master key and no database: it counts and stores nothing, so it does less than the gateway here. The
version is pinned: one that was measured before, not whatever is newest.
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cores import pinned
from bench.peers import INSTANT, PACED, Peer
from bench.programs import BUILT
from bench.servers import DidNotStart, Launch, answers, free_port, running, wait_until

REQUIREMENT = "litellm[proxy]==1.106.2"
KEY = "sk-bench-0000"
ENVIRONMENT = BUILT / "litellm"
INSTALL_TIMEOUT_S = 900


@contextmanager
def serving(folder: Path, core: int | None, upstream_port: int) -> Iterator[list[Peer]]:
    """LiteLLM as a peer for as long as the block lasts; an empty list, and a sentence, where it cannot be had."""
    if not _installed():
        print(f"LiteLLM is left out: {REQUIREMENT} could not be installed.", file=sys.stderr)
        yield []
        return
    port, log = free_port(), folder / "litellm.log"
    launch = Launch(pinned(_command(folder, port, upstream_port), core), log, folder, _environment())
    with running(launch) as child:
        try:
            wait_until(lambda: answers(port, "GET", "/health/liveliness"), child, log)
        except DidNotStart as failure:
            print(f"LiteLLM is left out: it did not start.\n{failure}", file=sys.stderr)
            yield []
            return
        yield [Peer("litellm", port, KEY)]


def _installed() -> bool:
    """Make the environment once; a marker says that it was made whole."""
    marker = ENVIRONMENT / REQUIREMENT
    if marker.exists():
        return True
    print(f"Installing {REQUIREMENT}.", file=sys.stderr)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [
        str(ENVIRONMENT / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        REQUIREMENT,
    ]
    try:
        subprocess.run(pip, check=True, capture_output=True, timeout=INSTALL_TIMEOUT_S)  # noqa: S603 - pip, a pinned version
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return False
    marker.touch()
    return True


def _command(folder: Path, port: int, upstream_port: int) -> list[str]:
    """Its command line; writes its configuration, which is YAML and so may be JSON."""
    there = {"api_base": f"http://127.0.0.1:{upstream_port}/v1", "api_key": "none"}
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", **there}}
        for name in (INSTANT, PACED)
    ]
    written = folder / "litellm.yaml"
    written.write_text(
        json.dumps({"model_list": models, "general_settings": {"master_key": KEY}}), encoding="utf-8"
    )
    program = str(ENVIRONMENT / "bin" / "litellm")
    return [
        program,
        "--config",
        str(written),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--num_workers",
        "1",
    ]


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
    }
