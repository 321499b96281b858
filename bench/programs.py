"""Compiles the two C programs of `bench/native` into `build/bench`, when their sources are newer.

Python cannot stand on the other side: a load that costs as much as the gateway measures itself.
"""

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "bench" / "native"
BUILT = ROOT / "build" / "bench"
FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror")


class Missing(Exception):
    """Something that the bench needs is not on this machine; says what, and how to get it."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the compiled programs lie."""

    upstream: Path
    driver: Path


def compiled() -> Programs:
    """Both programs, compiled; raises `Missing` where there is no C compiler."""
    return Programs(_compiled("upstream"), _compiled("driver"))


def unpacked(revision: str, folder: Path) -> Path:
    """The tree of another revision, in this folder; raises `Missing` where there is none of that name."""
    packed = subprocess.run(  # noqa: S603 - git, on this tree
        [shutil.which("git") or "git", "archive", "--format=tar", "--end-of-options", revision],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if packed.returncode:
        raise Missing(f"There is no revision {revision}: {packed.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        tree.extractall(folder, filter="data")
    return folder


def _compiled(name: str) -> Path:
    program = BUILT / name
    newest = max(source.stat().st_mtime for source in SOURCES.iterdir())
    if program.exists() and program.stat().st_mtime > newest:
        return program
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Missing("The load is a C program and there is no C compiler here: install gcc.")
    BUILT.mkdir(parents=True, exist_ok=True)
    command = [compiler, *FLAGS, "-o", str(program), str(SOURCES / f"{name}.c")]
    subprocess.run(command, check=True)  # noqa: S603 - the compiler, our own source
    return program
