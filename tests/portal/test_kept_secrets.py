"""A form that is carried through the sign-in carries no secret: not of any provider's credential."""

import pytest

from ni.access.credential_forms import FORMS
from ni.web.portal.kept import LEFT_OUT


@pytest.mark.parametrize("provider", FORMS)
def test_every_secret_of_a_credential_is_left_out(provider: str) -> None:
    secret = {field.name for field in FORMS[provider] if field.secret}
    assert secret
    assert secret <= LEFT_OUT
