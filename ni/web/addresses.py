"""Addresses as clients build them, served in place: a redirect would lose the body, or the TLS in front of it.

Base URLs are given with `/v1` or without, with a slash at their end or not, and as Azure's (`/openai/v1`, `/openai`:
https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle). Each is brought to the one address that the
application knows before anything looks at it. Pages are left alone.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_SLASHES = re.compile(r"/{2,}")
_FOR_PROGRAMS = re.compile(r"/(?:v1|openai|api)(?:/|$)")
_DOUBLED = re.compile(r"\A/v1(?:/v1)+(?=/|$)")
_AZURE = re.compile(r"\A/openai/(?!deployments/)")

ENDPOINTS = ("chat/completions", "completions", "embeddings", "messages", "models", "responses")
"""What the base address `/v1` is followed by."""
_BARE = re.compile(r"/(" + "|".join(ENDPOINTS) + r")((?:/.*)?)", re.DOTALL)


class Addresses:
    """The application behind addresses that are brought into order."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        path: str = environ["PATH_INFO"]
        if "//" in path or path[-1:] == "/" or path.startswith(("/openai/", "/v1/v1/")):
            environ["PATH_INFO"] = in_order(path)
        return self._application(environ, start_response)


def in_order(path: str) -> str:
    """The address that is meant; a path that is not for programs as it is."""
    single = _SLASHES.sub("/", path)
    if not _FOR_PROGRAMS.match(single):
        return path
    return _DOUBLED.sub("/v1", _AZURE.sub("/v1/", single.rstrip("/"), count=1), count=1)


def meant_by(path: str) -> str:
    """The address that was meant where a client left out `/v1`; empty for any other."""
    match = _BARE.fullmatch(_SLASHES.sub("/", path).rstrip("/"))
    return f"/v1/{match[1]}" if match else ""
