"""Parses forms under limits of size, number of fields and time.

A form is parsed from bytes that were read before, never from the connection, and only when somebody asks for it. What
is over a limit is an `HTTPException`, because pages are for people.
"""

from io import BytesIO

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestTimeout

from ni.domain.errors import BodyTooLarge, BodyTooSlow, Problem
from ni.web.body import read_bytes

FORM_BYTES = 1024 * 1024
STRANGERS_FORM_BYTES = 64 * 1024
"""What is read of those who are not signed in: their forms hold names, addresses and passwords."""
FORM_FIELDS = 500


class FormRequest(Request):
    """Flask's request, with `max_form_bytes` for its form."""

    max_form_bytes = STRANGERS_FORM_BYTES
    max_content_length = FORM_BYTES
    max_form_memory_size = FORM_BYTES
    max_form_parts = FORM_FIELDS

    def _load_form_data(self) -> None:
        """Raises `RequestEntityTooLarge`, `RequestTimeout`, `BadRequest`."""
        if "form" not in self.__dict__:
            octets = _bounded(self)
            self.environ["wsgi.input"] = BytesIO(octets)
            self.environ["CONTENT_LENGTH"] = str(len(octets))
        super()._load_form_data()


def _bounded(request: FormRequest) -> bytes:
    try:
        octets = read_bytes(request, request.max_form_bytes)
    except BodyTooLarge as fault:
        raise RequestEntityTooLarge from fault
    except BodyTooSlow as fault:
        raise RequestTimeout from fault
    except Problem as fault:
        raise BadRequest from fault
    if request.mimetype == "application/x-www-form-urlencoded" and octets.count(b"&") >= FORM_FIELDS:
        raise RequestEntityTooLarge
    return octets
