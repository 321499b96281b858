"""Checks our own receipts with the verifier that anyone uses, `ni_verify.py`, so that a page can say "intact".

It is the same file and the same steps; only the arithmetic of Ed25519 is the library's, because in plain Python it
takes a tenth of a second. What it finds convinces nobody who does not trust this instance: for them there is the file.
"""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ni
from ni.custody.log_signer import LogSigner

VERIFIER = Path(ni.__file__).resolve().parents[1] / "ni_verify.py"


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """Whether a receipt verifies, what the verifier says, and the size of the log that it was proven in."""

    intact: bool
    said: str
    size: int = 0


class ReceiptChecker:
    """Checks receipts of one database's logs."""

    def __init__(self, signer: LogSigner) -> None:
        self._signer = signer

    def check(self, receipt: bytes) -> ReceiptCheck:
        """What the verifier finds."""
        verifier = self._verifier
        memory = verifier.Memory()
        try:
            said = verifier.verify(receipt, self._keys(), memory)
        except verifier.Refused as refusal:
            return ReceiptCheck(False, str(refusal))
        except verifier.MALFORMED as fault:
            return ReceiptCheck(False, f"malformed ({type(fault).__name__})")
        return ReceiptCheck(True, said, memory.newest(json.loads(receipt)["origin"])[1])

    def _keys(self) -> dict[tuple[str, bytes], Callable[[bytes, bytes], bool]]:
        heads = self._signer.logs.heads()
        known = (key for head in heads for key in self._signer.known(head.log_id))
        return {(key.name, key.id): key.verifies for key in known}

    @cached_property
    def _verifier(self) -> Any:
        return load_verifier()


def load_verifier() -> Any:
    """The module `ni_verify`, from its file beside the package."""
    spec = importlib.util.spec_from_file_location("ni_verify", VERIFIER)
    assert spec is not None  # a path to a Python file
    assert spec.loader is not None
    verifier = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verifier)
    return verifier
