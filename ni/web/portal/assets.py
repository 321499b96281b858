"""Addresses of static files that change with their content, so that browsers may keep them for a year."""

import hashlib
from pathlib import Path

from flask import url_for


class Assets:
    """Names a static file by its path and the start of its SHA-256; reads each file once."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._digests: dict[str, str] = {}

    def url(self, name: str) -> str:
        """The address of `static/<name>`; raises `FileNotFoundError` for a file that does not exist."""
        if name not in self._digests:
            content = (self._folder / name).read_bytes()
            self._digests[name] = hashlib.sha256(content).hexdigest()[:12]
        return url_for("static", filename=name, v=self._digests[name])
