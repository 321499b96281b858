"""Reads the API key from a request's headers: `Authorization: Bearer`, `x-api-key` or `api-key`.

Every endpoint uses this one function. Keys in the query string are not accepted, because it ends up in logs.
"""

from collections.abc import Callable

from ni.domain.errors import BadRequest


def presented_key(header: Callable[[str], str | None]) -> str:
    """The key that the request presents, empty if none. `header` gives a header's value by name, in any case.

    Raises `BadRequest` if two headers hold different keys.
    """
    scheme, _, bearer = (header("Authorization") or "").strip().partition(" ")
    presented = {
        bearer.strip() if scheme.lower() == "bearer" else "",
        (header("x-api-key") or "").strip(),
        (header("api-key") or "").strip(),
    } - {""}
    if len(presented) > 1:
        raise BadRequest(
            "Two different keys came in one request. Send the key in one header only: "
            "`Authorization: Bearer`, `x-api-key` or `api-key`."
        )
    return presented.pop() if presented else ""
