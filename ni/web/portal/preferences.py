"""Language and theme: two small forms in the shell of every page, which work without JavaScript.

The language is kept with the user and in a cookie (for pages before sign-in), the theme in a cookie only. Neither
cookie says anything about a person.
"""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

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
    wish = request.cookies.get(THEME_COOKIE, "auto")
    return wish if wish in THEMES else "auto"


@bp.post("/language")
@authorised(AccessRule.ANONYMOUS)
def set_language() -> ResponseReturnValue:
    """Remember the language and return to the page the form was on."""
    wish = request.form.get("language", "")
    user = signed_in()
    if user and wish in LANGUAGES:
        services().access.users.edit(user.user_id, name=user.name, locale=wish, theme=user.theme)
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
