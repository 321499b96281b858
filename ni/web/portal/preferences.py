"""Language and theme: two small forms in the shell that post, work without JavaScript and are remembered.

The language is kept in the account and in a cookie (for pages before sign-in), the theme in a cookie only. Neither
cookie says anything about a person.
"""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ni.web.i18n import LANGUAGE_COOKIE, LANGUAGES
from ni.web.portal.context import portal, services, signed_in
from ni.web.portal.services import Profile
from ni.web.security import AccessRule, authorised

bp = Blueprint("preferences", __name__)

THEME_COOKIE = "ni_theme"
THEMES = ("auto", "light", "dark")
YEAR_S = 365 * 86_400


def language() -> str:
    """The signed-in person's language, or empty."""
    person = signed_in()
    return person.language if person else ""


def time_zone() -> str:
    """The signed-in person's time zone, or the default one."""
    person = signed_in()
    return person.time_zone if person else "America/Toronto"


def theme() -> str:
    """`light`, `dark`, or `auto` for what the system prefers."""
    wish = request.cookies.get(THEME_COOKIE, "auto")
    return wish if wish in THEMES else "auto"


@bp.post("/language")
@authorised(AccessRule.ANONYMOUS)
def set_language() -> ResponseReturnValue:
    """Remember the language and return to the page the form was on."""
    wish = request.form.get("language", "")
    person = signed_in()
    if person and wish in LANGUAGES:
        services().people.change_profile(person.user_id, Profile(person.name, wish))
    return _remember(LANGUAGE_COOKIE, wish, tuple(LANGUAGES))


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


def _remember(cookie: str, wish: str, allowed: tuple[str, ...]) -> ResponseReturnValue:
    response = redirect(local_path(request.form.get("back", "")), 303)
    if wish in allowed:
        response.set_cookie(
            cookie, wish, max_age=YEAR_S, secure=portal().options.secure, httponly=True, samesite="Lax"
        )
    return response
