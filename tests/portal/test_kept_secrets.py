"""A form that is carried through the sign-in carries no secret: not of any provider's credential."""

from ni.access.credential_forms import credential_fields
from ni.domain.providers import PROVIDERS
from ni.web.portal.kept import left_out


def test_every_secret_of_a_credential_is_left_out() -> None:
    secret = {field.name for name in PROVIDERS for field in credential_fields(name) if field.secret}
    assert {"api_key", "service_account"} <= secret
    assert secret <= left_out()
