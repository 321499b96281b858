"""A form whose session ended before it arrived: carried through the sign-in, then offered to be sent again.

It travels in hidden fields and is stored nowhere. Secrets are left out; the form that comes back asks for them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import render_template, request, session
from flask.typing import ResponseReturnValue

from ni.web.portal.preferences import local_path

FIELD = "resumed"
PREFIX = "/portal/"
LEFT_OUT = frozenset(
    {
        "again",
        "api_key",
        "code",
        "csrf_token",
        "current",
        "new",
        "password",
        "secret",
        "secret_access_key",
        "service_account",
        "session_token",
    }
)
"""Fields that hold secrets, in any form of the portal."""


@dataclass(frozen=True, slots=True)
class ResumedForm:
    """A form that arrived after its session had ended: its address, and its fields in order."""

    path: str
    fields: Sequence[tuple[str, str]]

    @property
    def text(self) -> str:
        """As it travels in one hidden field."""
        return orjson.dumps({"path": self.path, "fields": self.fields}).decode()


def refused_form() -> ResumedForm | None:
    """The form of this request, if it is from a browser that was signed in, and holds anything."""
    if "_user_id" not in session or not request.path.startswith(PREFIX):
        return None
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in LEFT_OUT]
    return ResumedForm(request.path, pairs) if pairs else None


def carried_form() -> ResumedForm | None:
    """The form that travels with this request, as the browser gives it back; None for what is none of ours."""
    try:
        carried: Any = orjson.loads(request.form.get(FIELD, ""))
        path = str(carried["path"])
        pairs = [(str(name), str(value)) for name, value in carried["fields"]]
    except (ValueError, TypeError, KeyError):
        return None
    fits = path.startswith(PREFIX) and local_path(path) == path
    return ResumedForm(path, [pair for pair in pairs if pair[0] not in LEFT_OUT]) if fits else None


def offer_again(form: ResumedForm) -> ResponseReturnValue:
    """The page that sends it again, once its sender has signed in."""
    return render_template("portal/resumed_form.html", resumed=form)
