"""Builds the files of a release from a folder, with every date taken from the commit.

`SOURCE_DATE_EPOCH` (https://reproducible-builds.org/specs/source-date-epoch/) is heeded by hatchling.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.package.sbom import bill

SUMS = "SHA256SUMS"


def version_of(root: Path) -> str:
    """The version that `ni/__init__.py` states."""
    found = re.search(
        r'^__version__ = "([^"]+)"$', (root / "ni/__init__.py").read_text("utf-8"), re.MULTILINE
    )
    if not found:
        raise SystemExit("ni/__init__.py states no __version__.")
    return found[1]


def exported(repository: Path, revision: str, target: Path) -> None:
    """Write the files of a commit into the empty folder `target`."""
    with tempfile.TemporaryFile() as archive:
        pack, unpack = ["git", "archive", revision], ["tar", "-x", "-C", str(target)]
        subprocess.run(pack, cwd=repository, stdout=archive, check=True)  # noqa: S603
        archive.seek(0)
        subprocess.run(unpack, stdin=archive, check=True)  # noqa: S603


def build(python: str, source: Path, out: Path, epoch: int) -> None:
    """Build the source archive, and the wheel from it, into `out`; `python` has `build` and `hatchling`."""
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    command = [python, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"The wheel could not be built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def release(python: str, source: Path, out: Path, revision: str, epoch: int) -> list[Path]:
    """Every file of a release in `out`, an empty folder; their paths, the sums last."""
    version = version_of(source)
    build(python, source, out, epoch)
    name = f"northern_inference-{version}"
    shutil.copyfile(source / "requirements.txt", out / f"{name}.lock.txt")
    (out / f"{name}.cdx.json").write_bytes(bill(source, version, revision, epoch))
    files = sorted(path for path in out.iterdir() if path.name.startswith("northern_inference-"))
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (out / SUMS).write_text(sums)
    return [*files, out / SUMS]
