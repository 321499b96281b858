"""Where the worker's CPU time goes under load, by package: a sampling profile with py-spy, from outside the process.

Two answers. *Own time*: whose code was running, libraries included. *On behalf of*: which part of the gateway had
called it, that is the innermost frame of `ni` on the stack. Only the thread that holds the interpreter's lock is
counted: waiting is not, nor is work that releases the lock, such as SQLite's commits.
"""

import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.cores import pinned
from bench.driver import Shape
from bench.peers import Peer
from bench.plan import CONNECTIONS
from bench.processes import web_worker
from bench.programs import Missing
from bench.stage import Stage

SECONDS = 10
SAMPLES_PER_SECOND = 200
SHOWN = 14
FRAME = re.compile(r"^(?P<function>.*) \((?P<file>[^()]+?)(?::\d+)?\)$")


def profile(stage: Stage) -> str:
    """A text for the terminal: calls, then streams. Raises `Missing` without py-spy or a gateway."""
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if program is None:
        raise Missing("The profiler is py-spy and there is none here: pip install py-spy.")
    if not stage.subject.pid:
        raise Missing("A profile is of the gateway; --baselines-only leaves it out.")
    peer = stage.subject
    parts = {"calls": peer.call(), "streams at full speed": peer.stream()}
    return "\n\n".join(
        _described(name, _sampled(stage, peer, program, request)) for name, request in parts.items()
    )


def _sampled(stage: Stage, peer: Peer, program: str, request: bytes) -> Counter[tuple[str, ...]]:
    """Stacks, outermost frame first, and how often each was seen."""
    most = CONNECTIONS[-1]
    shape = Shape(most, 0, (SECONDS + 3) * 1000)
    load = threading.Thread(target=stage.load, args=(peer, request, shape))
    load.start()
    written = stage.folder / "stacks.txt"
    command = [
        program,
        "record",
        "--pid",
        str(web_worker(peer.pid)),
        "--duration",
        str(SECONDS),
        "--format",
        "raw",
    ]
    command += ["--rate", str(SAMPLES_PER_SECOND), "--gil", "--output", str(written)]
    command = pinned(command, stage.cores.loading)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a pinned profiler
    load.join()
    if done.returncode:
        raise Missing(
            f"py-spy could not look into the worker (it may need more rights): {done.stderr.strip()[-300:]}"
        )
    return stacks(written.read_text(encoding="utf-8").splitlines())


def stacks(lines: Iterable[str]) -> Counter[tuple[str, ...]]:
    """py-spy's raw format: frames joined by `;`, a space, a count."""
    found: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        frames, _, count = line.rpartition(" ")
        found[tuple(frames.split(";"))] += int(count)
    return found


def package(frame: str) -> str:
    """Whose code a frame is: a package of ours with its first part, a library, or a module of Python's own."""
    matched = FRAME.match(frame)
    if matched is None:
        return "other"
    parts = Path(re.sub(r"^.*(site-packages|python3\.\d+)/", "", matched["file"])).with_suffix("").parts
    parts = parts[parts.index("ni") :] if "ni" in parts else parts
    if parts[0] == "ni":
        return ".".join(parts[:2])
    return parts[0] if len(parts) > 1 else f"python: {parts[0]}"


def on_behalf_of(stack: tuple[str, ...]) -> str:
    """The innermost part of the gateway on a stack, or what ran without it."""
    ours = (named for frame in reversed(stack) if (named := package(frame)).startswith("ni."))
    return next(ours, "outside: server, event loop, writer")


def function(frame: str) -> str:
    """A frame without its line."""
    matched = FRAME.match(frame)
    return f"{matched['function']} ({matched['file']})" if matched else frame


def _described(name: str, seen: Counter[tuple[str, ...]]) -> str:
    own, behalf, inside, alone = (Counter[str]() for _ in range(4))
    for stack, count in seen.items():
        own[package(stack[-1])] += count
        behalf[on_behalf_of(stack)] += count
        alone[function(stack[-1])] += count
        for called in {function(frame) for frame in stack if package(frame).startswith("ni.")}:
            inside[called] += count
    whole = sum(own.values())
    held = whole / (SECONDS * SAMPLES_PER_SECOND)
    parts = {
        "own time": own,
        "on behalf of": behalf,
        "own time, by function": alone,
        "ours, with what they call": inside,
    }
    shares = [line for heading, counts in parts.items() for line in _shares(heading, counts, whole)]
    return "\n".join(
        [
            f"CPU of the worker, {name}, {CONNECTIONS[-1]} connections: Python ran {held:.0%} of the time",
            *shares,
        ]
    )


def _shares(heading: str, counts: Counter[str], whole: int) -> list[str]:
    return [
        f"  {heading}:",
        *(f"    {count / max(1, whole):6.1%}  {name}" for name, count in counts.most_common(SHOWN)),
    ]
