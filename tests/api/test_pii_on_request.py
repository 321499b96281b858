"""`X-NI-PII` on a request: protection switched on by anybody, off only where the key allows it."""

import pytest

from tests.api.instance import Instance
from tests.api.speakers import SPEAKERS, Speaker

EMAIL = "marie.tremblay@hotmail.ca"
EACH = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)


def sent(instance: Instance) -> str:
    """What reached the provider."""
    return "".join(str(order) for order in instance.sandbox.orders)


@EACH
@pytest.mark.parametrize(
    ("key_pii", "may", "wish", "leaves"),
    [
        (True, True, "off", True),
        (True, True, "on", False),
        (True, False, "on", False),
        (True, True, None, False),
        (False, False, "on", False),
        (False, False, "off", True),
        (False, False, None, True),
    ],
)
def test_a_request_decides_as_far_as_its_key_lets_it(
    instance: Instance, speaker: Speaker, key_pii: bool, may: bool, wish: str | None, leaves: bool
) -> None:
    key = instance.new_key(pii=key_pii, pii_may_disable=may)
    header = {} if wish is None else {"X-NI-PII": wish}
    instance.sandbox.orders.clear()
    answer = instance.post(
        speaker.path, speaker.body(("user", f"Write to {EMAIL}.")), Authorization=f"Bearer {key}", **header
    )
    assert answer.status_code == 200
    assert (EMAIL in sent(instance)) is leaves
    assert answer.headers["X-NI-PII"] == ("off" if leaves else "on; email=1")
    record = instance.client.get(
        f"/api/usage/custody/{answer.headers['X-NI-Request-ID']}", headers={"Authorization": f"Bearer {key}"}
    ).get_json()
    assert record["pii"]["on"] is not leaves


@EACH
@pytest.mark.parametrize("wish", ["off", "OFF", "", "none", "0"])
def test_what_the_key_does_not_allow_or_nobody_understands_is_an_error(
    instance: Instance, speaker: Speaker, wish: str
) -> None:
    key = instance.new_key(pii=True, pii_may_disable=False)
    instance.sandbox.orders.clear()
    body = speaker.body(("user", f"Write to {EMAIL}."))
    refused = instance.post(speaker.path, body, Authorization=f"Bearer {key}", **{"X-NI-PII": wish})
    assert refused.status_code == 400
    assert "X-NI-PII" in speaker.error(refused)["message"]
    assert not instance.sandbox.orders
