"""Language and theme: two small forms in the shell of every page, which work without JavaScript.

The language is kept with the user and in a cookie (for pages before sign-in), the theme in a cookie only. Neither
cookie says anything about a person.

A form whose session ended before it arrived: carried through the sign-in, then offered to be sent again.

It travels in hidden fields and is stored nowhere. Secrets are left out; the form that comes back asks for them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from ni.domain.providers import PROVIDERS
from ni.web.i18n import LANGUAGE_COOKIE, LANGUAGES
from ni.web.portal.context import portal, services, signed_in
from ni.web.security import AccessRule, authorised

bp = Blueprint("preferences", __name__)

THEME_COOKIE = "ni_theme"
THEMES = ("auto", "light", "dark")
YEAR_S = 365 * 86_400


def language() -> str:
    """The signed-in person's language, or empty."""
    user = signed_in()
    return user.locale if user else ""


def time_zone() -> str:
    """The signed-in person's time zone, or the default one."""
    user = signed_in()
    return user.time_zone if user else "America/Toronto"


def theme() -> str:
    """`light`, `dark`, or `auto` for what the system prefers."""
    choice = request.cookies.get(THEME_COOKIE, "auto")
    return choice if choice in THEMES else "auto"


@bp.post("/language")
@authorised(AccessRule.ANONYMOUS)
def set_language() -> ResponseReturnValue:
    """Remember the language and return to the page the form was on."""
    choice = request.form.get("language", "")
    user = signed_in()
    if user and choice in LANGUAGES:
        services().access.users.edit(user.user_id, name=user.name, locale=choice, theme=user.theme)
    return _remember(LANGUAGE_COOKIE, choice, tuple(LANGUAGES))


@bp.post("/theme")
@authorised(AccessRule.ANONYMOUS)
def set_theme() -> ResponseReturnValue:
    """Remember the theme and return to the page the form was on."""
    return _remember(THEME_COOKIE, request.form.get("theme", ""), THEMES)


def local_path(address: str) -> str:
    """The address if it is a path of ours, else the portal's first page: never a way out (open redirect)."""
    parts = urlsplit(address.replace("\\", "/"))
    ours = address.startswith("/") and not parts.scheme and not parts.netloc and not address.startswith("//")
    return address if ours and address.isprintable() else url_for("overview.show")


def _remember(cookie: str, choice: str, allowed: tuple[str, ...]) -> ResponseReturnValue:
    response = redirect(local_path(request.form.get("back", "")), 303)
    if choice in allowed:
        response.set_cookie(
            cookie, choice, max_age=YEAR_S, secure=portal().options.secure, httponly=True, samesite="Lax"
        )
    return response


FIELD = "resumed"
PREFIX = "/portal/"
_SECRETS = frozenset(
    {"again", "code", "csrf_token", "current", "key", "key_text", "new", "password", "secret"}
)


@dataclass(frozen=True, slots=True)
class ResumedForm:
    """A form that arrived after its session had ended: its address, and its fields in order."""

    path: str
    fields: Sequence[tuple[str, str]]

    @property
    def text(self) -> str:
        """As it travels in one hidden field."""
        return orjson.dumps({"path": self.path, "fields": self.fields}).decode()


def left_out() -> frozenset[str]:
    """The names of fields that hold secrets, in any form of the portal; BYOK fields are the descriptors'."""
    fields = (field for descriptor in PROVIDERS.values() for field in descriptor.credential)
    return _SECRETS | {field.name for field in fields if field.secret}


def refused_form() -> ResumedForm | None:
    """The form of this request, if it is from a browser that was signed in, and holds anything."""
    if "_user_id" not in session or not request.path.startswith(PREFIX):
        return None
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in left_out()]
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
    return ResumedForm(path, [pair for pair in pairs if pair[0] not in left_out()]) if fits else None


def offer_again(form: ResumedForm) -> ResponseReturnValue:
    """The page that sends it again, once its sender has signed in."""
    return render_template("portal/resumed_form.html", resumed=form)
