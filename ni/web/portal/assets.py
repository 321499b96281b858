"""Addresses of static files that change with their content, so that browsers may keep them for a year."""

import hashlib
from pathlib import Path

from flask import request, url_for


class Assets:
    """Names a static file by its path and the start of its SHA-256; reads each file once per mount point."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._urls: dict[tuple[str, str], str] = {}

    def url(self, name: str) -> str:
        """The address of `static/<name>`; raises `FileNotFoundError` for a file that does not exist."""
        place = request.script_root, name
        if place not in self._urls:
            content = (self._folder / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            self._urls[place] = url_for("static", filename=name, v=digest)
        return self._urls[place]
