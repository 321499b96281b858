"""The secrets of an instance: three files in `NI_HOME/secrets`, made once by `init`, read at every start.

`pepper` holds the keys of the HMAC over API keys, one `version:hex` per line, the highest version being current;
`master` is the root from which other secrets are derived (HKDF, RFC 5869); `custody.seed` is the Ed25519 seed of the
custody log. The folder is 0700 and the files 0600: a start is refused when one is missing, too short or readable by
others. The secrets are never logged or stored in the database.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ni.domain.ids import Random

SIZE = 32
LEAST_DISTINCT = 8
"""32 random bytes hold about 30 distinct ones; a secret with fewer than this was typed by a person."""
NAMES = ("pepper", "master", "custody.seed")


class SecretsError(Exception):
    """A secret file that refuses the start, in one line."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of an instance; printing shows none of them."""

    peppers: Mapping[int, bytes] = field(repr=False)
    master: bytes = field(repr=False)
    custody_seed: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (`surrogates`, `map-codes`, `sessions`, `credentials`), from the master secret."""
        return HKDF(SHA256(), SIZE, salt=None, info=f"ni/{purpose}/1".encode()).derive(self.master)

    @classmethod
    def load(cls, home: Path) -> "Secrets":
        """Read and check the files. Raises `SecretsError`."""
        folder = home / "secrets"
        if not folder.is_dir():
            raise SecretsError(f"There are no secrets in {folder}; run `python -m ni init` first.")
        _refuse_open(folder, "700")
        pepper, master, seed = (_read(folder / name) for name in NAMES)
        peppers = _peppers(pepper, folder / "pepper")
        for octets, name in ((master, "master"), (seed, "custody.seed")):
            _refuse_weak(octets, folder / name)
        return cls(peppers, master, seed)


def adopt(home: Path, given: Mapping[str, Path]) -> tuple[Path, ...]:
    """Copy mounted secrets into the folder where a secret is missing; returns the paths of new files.

    Raises `SecretsError` for a mounted file that cannot be read or that is not the secret which is already there.
    """
    if not given:
        return ()
    folder = home / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = []
    for name, path in given.items():
        try:
            octets = path.read_bytes()
        except OSError as fault:
            raise SecretsError(f"The mounted secret {path} cannot be read ({fault.strerror}).") from None
        if not (folder / name).exists():
            write_private(folder / name, octets)
            new.append(folder / name)
        elif (folder / name).read_bytes() != octets:
            raise SecretsError(
                f"{path} is not the secret in {folder / name}; mount the one that this instance uses, or nothing."
            )
    return tuple(new)


def create(home: Path, random: Random) -> tuple[Path, ...]:
    """Make the folder and the missing files; returns the paths of new files. Existing files stay unchanged."""
    folder = home / "secrets"
    home.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    contents = {
        "pepper": f"1:{random(SIZE).hex()}\n".encode(),
        "master": random(SIZE),
        "custody.seed": random(SIZE),
    }
    missing = [folder / name for name in NAMES if not (folder / name).exists()]
    for path in missing:
        write_private(path, contents[path.name])
    return tuple(missing)


def write_private(path: Path, octets: bytes) -> None:
    """Write a new file that only its owner can read, durable on return; a crash leaves no half of it behind."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(descriptor)
    draft.rename(path)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise SecretsError(
            f"The secret file {path} is missing; restore it from a backup. A new one would not open "
            "what the old one protects."
        )
    _refuse_open(path, "600")
    return path.read_bytes()


def _refuse_open(path: Path, mode: str) -> None:
    if path.stat().st_mode & 0o077:
        raise SecretsError(f"{path} can be read by other users of this machine; run `chmod {mode} {path}`.")


def _refuse_weak(octets: bytes, path: Path) -> None:
    if len(octets) != SIZE or len(set(octets)) < LEAST_DISTINCT:
        raise SecretsError(
            f"The secret file {path} does not hold {SIZE} random bytes; restore it from a backup."
        )


def _peppers(text: bytes, path: Path) -> dict[int, bytes]:
    peppers: dict[int, bytes] = {}
    for line in text.decode("ascii", "replace").split():
        version, _, digits = line.partition(":")
        try:
            peppers[int(version)] = bytes.fromhex(digits)
        except ValueError:
            raise SecretsError(f"The secret file {path} has a line that is not `version:hex`.") from None
    if not peppers:
        raise SecretsError(f"The secret file {path} is empty; restore it from a backup.")
    for octets in peppers.values():
        _refuse_weak(octets, path)
    return peppers
