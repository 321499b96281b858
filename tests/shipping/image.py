"""The image, built as `make image` does, and its programs run as Docker would with `read_only` and one volume."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.running import ROOT

NAME = "localhost/northern-inference:latest"
MISSING = 3
"""The status of `deploy/image` where a program or Debian's packages are not to be had."""
ENTER = """
set -e
root=$1 data=$2 user=$3; shift 3
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/tmp"
mount --bind "$data" "$root/data/ni"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs /usr/sbin/chroot --groups= --userspec="$user" "$root" env -C /data/ni "$@"
"""
"""In name spaces of its own: the root read-only, a small /tmp, the volume; then the program, as the image's user."""


def _done(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def build() -> None:
    """`deploy/image`. Skips where it says that what it needs is not to be had on this machine."""
    if os.geteuid() != 0:
        pytest.skip("only root can build an image here")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("nobody may mount here")
    done = subprocess.run(["deploy/image"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == MISSING:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True, slots=True)
class Image:
    """What was built: its file system at `root`, and what it says of itself."""

    container: str
    root: str
    config: dict[str, Any]

    @classmethod
    def mounted(cls) -> "Image":
        """A container of the newest build, mounted."""
        container = _done("buildah", "from", NAME).strip()
        described = json.loads(_done("buildah", "inspect", "--type", "image", NAME))
        return cls(container, _done("buildah", "mount", container).strip(), described["Docker"]["config"])

    @property
    def environ(self) -> dict[str, str]:
        """The variables that it sets."""
        return dict(each.split("=", 1) for each in self.config["Env"])

    def entering(self, data: Path) -> list[str]:
        """What runs a command in it, with this folder as its volume."""
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", self.root, str(data), self.config["User"]]

    def megabytes(self) -> float:
        """What its file system holds, in millions of bytes."""
        return int(_done("du", "--summarize", "--bytes", "--one-file-system", self.root).split()[0]) / 1e6

    def remove(self) -> None:
        """Remove the container; the image stays."""
        subprocess.run(["buildah", "rm", self.container], capture_output=True, check=False)


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process and its children took until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(processor_s(int(child)) for child in children)
