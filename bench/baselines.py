"""Starts everything that stands beside the gateway: the upstream, nginx before it, and on request LiteLLM before it."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import litellm, nginx
from bench.cores import Cores, pinned
from bench.peers import Peer
from bench.plan import PACED_CHUNKS, PERIOD_MS
from bench.programs import Programs
from bench.servers import Launch, answers, free_port, running, stop, wait_until

MODELS = "/v1/models"


@contextmanager
def upstream(programs: Programs, core: int | None) -> Iterator[Peer]:
    """The stand-in for a model server, and the direct way to it."""
    command = pinned([str(programs.upstream), str(PACED_CHUNKS), str(PERIOD_MS)], core)
    child = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - our own program
    assert child.stdout is not None
    try:
        yield Peer("direct", int(child.stdout.readline()))
    finally:
        stop(child)


@contextmanager
def proxies(folder: Path, cores: Cores, direct: Peer, with_litellm: bool) -> Iterator[list[Peer]]:
    """nginx, and LiteLLM where it is wanted and can be installed; all on the core that serves."""
    with ExitStack() as servers:
        port = free_port()
        command = nginx.command(folder / "nginx", port, direct.port)
        launch = Launch(pinned(command, cores.serving), folder / "nginx.log")
        child = servers.enter_context(running(launch))
        wait_until(lambda: answers(port, "GET", MODELS), child, launch.log)
        found = [Peer("nginx", port)]
        if with_litellm:
            found += servers.enter_context(litellm.serving(folder, cores.serving, direct.port))
        yield found
