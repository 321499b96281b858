"""Answers to bytes that are no HTTP request, or one that gunicorn refuses before the application runs.

The body is OpenAI's error object, since the client's dialect is unknown; plain text where the path of a page is known.
The connection closes, because it is unknown where the next request would begin (RFC 9112 section 2.2). Nothing that the
client sent is repeated. `BoundedChunks` refuses bodies in too many chunks.
"""

import json
from dataclasses import dataclass
from typing import Any

from gunicorn.http import errors
from gunicorn.http.body import ChunkedReader

CHUNKS = 16_384
"""How many chunks a body may come in, and one more for each `BYTES_A_CHUNK`: each takes 36 microseconds to read."""
BYTES_A_CHUNK = 256

CODE = "invalid_http"
PROGRAMS = ("/v1/", "/api/", "/openai/", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class ProtocolRefusal:
    """Status and phrase (RFC 9110 section 15, RFC 6585 section 5), and what was wrong as a sentence."""

    status: int
    phrase: str
    sentence: str
    code: str = CODE

    @property
    def type(self) -> str:
        """OpenAI's error type."""
        return "api_error" if self.code != CODE else "invalid_request_error"


_MALFORMED = ProtocolRefusal(400, "Bad Request", "This is not a well-formed HTTP/1.1 request.")
_FAILED = ProtocolRefusal(
    500,
    "Internal Server Error",
    "Something went wrong in the gateway. Try again; the request id helps the operator.",
    "internal_error",
)
_REFUSALS: tuple[tuple[type[BaseException], ProtocolRefusal], ...] = (
    (errors.InvalidResponseHeader, _FAILED),  # before the headers of requests, of which gunicorn derives them
    (errors.InvalidResponseHeaderName, _FAILED),
    (errors.ConfigurationProblem, _FAILED),
    (
        errors.InvalidRequestLine,
        ProtocolRefusal(400, "Bad Request", "The request line is not `METHOD target HTTP/1.1`."),
    ),
    (
        errors.InvalidRequestMethod,
        ProtocolRefusal(400, "Bad Request", "The request's method is not one of HTTP's."),
    ),
    (
        errors.InvalidHTTPVersion,
        ProtocolRefusal(505, "HTTP Version Not Supported", "Only HTTP/1.1 and HTTP/1.0 are spoken here."),
    ),
    (
        errors.LimitRequestLine,
        ProtocolRefusal(414, "URI Too Long", "The request line is too long; shorten the address."),
    ),
    (
        errors.LimitRequestHeaders,
        ProtocolRefusal(
            431,
            "Request Header Fields Too Large",
            "The head of the request is too large: at most 64 fields of 8 KiB, 32 KiB in all.",
        ),
    ),
    (
        errors.ObsoleteFolding,
        ProtocolRefusal(400, "Bad Request", "A header field goes on in the next line; write it in one."),
    ),
    (
        errors.InvalidHeaderName,
        ProtocolRefusal(400, "Bad Request", "A header field has a name that HTTP does not allow."),
    ),
    (
        errors.InvalidHeader,
        ProtocolRefusal(
            400, "Bad Request", "A header field is malformed, or contradicts another (length and coding)."
        ),
    ),
    (
        errors.UnsupportedTransferCoding,
        ProtocolRefusal(
            501, "Not Implemented", "This transfer coding is not read here; send `chunked` or a length."
        ),
    ),
    (
        errors.ExpectationFailed,
        ProtocolRefusal(417, "Expectation Failed", "Only the expectation `100-continue` is met."),
    ),
    (
        errors.ForbiddenProxyRequest,
        ProtocolRefusal(403, "Forbidden", "The PROXY protocol is not spoken here."),
    ),
    (
        errors.InvalidChunkSize,
        ProtocolRefusal(
            400, "Bad Request", "The chunks of the body are malformed; nothing behind them can be read."
        ),
    ),
)


class TooManyChunks(errors.ParseException):  # type: ignore[misc]  # gunicorn has no types
    """A body came in so many tiny chunks that reading them would take the processor for long."""


class BoundedChunks(ChunkedReader):  # type: ignore[misc]
    """gunicorn's reader of chunked bodies (RFC 9112 section 7.1) that bounds their number."""

    _left = CHUNKS

    def parse_chunk_size(self, unreader: Any, data: bytes | None = None) -> tuple[int, bytes | None]:
        """The next chunk's size and the bytes behind its line. Raises `TooManyChunks`, `ParseException`."""
        self._left -= 1
        if self._left < 0:
            raise TooManyChunks
        size, rest = super().parse_chunk_size(unreader, data)
        self._left += size // BYTES_A_CHUNK
        return size, rest


def refusal_of(fault: BaseException) -> ProtocolRefusal:
    """The answer to a fault of gunicorn's parser; 500 for any other fault."""
    for kind, refusal in _REFUSALS:
        if isinstance(fault, kind):
            return refusal
    return _MALFORMED if isinstance(fault, errors.ParseException) else _FAILED


def written(refusal: ProtocolRefusal, request_id: str, path: str | None) -> bytes:
    """The bytes of the response. `path` is None where no request line could be read."""
    if path is None or path.startswith(PROGRAMS):
        kind, body = "application/json", _openai(refusal)
    else:
        kind, body = "text/plain; charset=utf-8", f"{refusal.sentence}\n".encode()
    head = (
        f"HTTP/1.1 {refusal.status} {refusal.phrase}",
        "Connection: close",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        f"X-NI-Request-ID: {request_id}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def _openai(refusal: ProtocolRefusal) -> bytes:
    error = {"message": refusal.sentence, "type": refusal.type, "param": None, "code": refusal.code}
    return json.dumps({"error": error}, separators=(",", ":")).encode()
