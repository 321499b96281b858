"""A form whose session ended is offered again after the sign-in, without the secrets that were typed into it."""

import re
from collections.abc import Iterator

from flask import Flask
from wtforms import PasswordField

from ni.access.credentials import credential_fields
from ni.access.sessions import ended_for
from ni.domain.providers import PROVIDERS
from ni.factory.gateway import Gateway
from ni.web.portal.byok import credential_form
from ni.web.portal.forms import PageForm
from ni.web.portal.preferences import left_out
from tests.portal.cast import PASSWORD
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

PAGE = "/portal/settings"
TYPED = "a sentence that nobody else knows"


def kinds_of(base: type[PageForm]) -> Iterator[type[PageForm]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_every_field_of_every_form_that_holds_a_secret_is_left_out(app: Flask) -> None:
    with app.test_request_context("/"):
        forms = [kind() for kind in kinds_of(PageForm)]
        forms += [credential_form(provider) for provider in PROVIDERS if credential_fields(provider)]
        secrets = {field.name for form in forms for field in form if isinstance(field, PasswordField)}
    secrets |= {field.name for name in PROVIDERS for field in credential_fields(name) if field.secret}
    assert {"current", "new", "again", "password", "api_key"} <= secrets
    assert secrets | {"secret", "code", "csrf_token", "key_text"} == left_out()


def test_a_password_that_arrives_too_late_is_not_carried_through_the_sign_in(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', alice.get(PAGE).text)
    assert token
    gateway.access.base.write(ended_for(scene.places["alice"]))
    answers = {"csrf_token": token[1], "current": PASSWORD, "new": TYPED, "again": TYPED, "name": "Alice"}
    refused = alice.client.post(f"{PAGE}/password", base_url="http://127.0.0.1:8000", data=answers)
    assert refused.status_code == 403
    assert "Alice" in refused.text
    assert TYPED not in refused.text
    assert PASSWORD not in refused.text
