"""What somebody had entered when their session ended: carried through the sign-in, and sent again when they say so.

It travels in hidden fields and is stored nowhere. Secrets are left out; the form that comes back asks for them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import render_template, request, session
from flask.typing import ResponseReturnValue

from ni.domain.providers import PROVIDERS
from ni.web.portal.preferences import local_path

FIELD = "kept"
PREFIX = "/portal/"
_SECRETS = frozenset({"code", "csrf_token", "new_password", "old_password", "password"})


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that could not be taken: where it was sent to, and its fields in order."""

    path: str
    fields: Sequence[tuple[str, str]]

    @property
    def text(self) -> str:
        """As it travels in one hidden field."""
        return orjson.dumps({"path": self.path, "fields": self.fields}).decode()


def left_out() -> frozenset[str]:
    """The names of fields that hold secrets: those of people, and those of providers' credentials."""
    fields = (field for descriptor in PROVIDERS.values() for field in descriptor.credential)
    return _SECRETS | {field.name for field in fields if field.secret}


def refused_form() -> KeptForm | None:
    """The form of this request, if it is from a browser that was signed in, and holds anything."""
    if "_user_id" not in session or not request.path.startswith(PREFIX):
        return None
    secret = left_out()
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in secret]
    return KeptForm(request.path, pairs) if pairs else None


def carried_form() -> KeptForm | None:
    """The form that travels with this request, as the browser gives it back; None for what is none of ours."""
    try:
        found: Any = orjson.loads(request.form.get(FIELD, ""))
        path, pairs = str(found["path"]), [(str(name), str(value)) for name, value in found["fields"]]
    except (ValueError, TypeError, KeyError):
        return None
    fits = path.startswith(PREFIX) and local_path(path) == path
    return KeptForm(path, [pair for pair in pairs if pair[0] not in left_out()]) if fits else None


def offer_again(form: KeptForm) -> ResponseReturnValue:
    """The page that sends it again, once its sender has signed in."""
    return render_template("portal/kept.html", kept=form)
