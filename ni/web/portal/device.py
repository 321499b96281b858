"""A browser that signed in before: a signed cookie that says for whose address, so that strangers cannot lock it out.

It gives no right. It only says which tries are counted together: a stranger's wrong passwords are not those of a
browser that its owner used. The cookie names a random device and a digest of the address; it lasts half a year.
"""

import hashlib
import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

LIFE_S = 180 * 24 * 60 * 60


def known_device(email: str) -> str:
    """The id of this browser, if it signed in with this address before; else empty."""
    try:
        found = _signer().loads(request.cookies.get(_name(), ""), max_age=LIFE_S)
    except BadData:
        return ""
    if not isinstance(found, list) or len(found) != 2 or found[1] != _digest(email):
        return ""
    return str(found[0])


def remember_device(email: str) -> None:
    """Put the cookie on the response to this request."""
    value = _signer().dumps([known_device(email) or secrets.token_urlsafe(12), _digest(email)])

    @after_this_request
    def put(response: Response) -> Response:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(_name(), value, LIFE_S, path="/", secure=secure, httponly=True, samesite="Lax")
        return response


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="device")


def _digest(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
