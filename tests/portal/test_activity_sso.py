"""What single sign-on refuses is on record as far as it may be, and strangers cannot fill the log."""

from typing import Any

import pytest
import sqlalchemy as sa

from ni.access.accounts import DEFAULT, Role
from ni.access.encryption import Cipher
from ni.access.identity import AuthorizationRequest, Identity, SignOnRefused
from ni.access.onboarding import Purpose
from ni.access.refusals import Refused
from ni.access.sessions import Sessions
from ni.access.single_sign_on import GroupRole, SingleSignOn
from ni.access.throttle import NetworkThrottle
from ni.domain.activity import OPERATOR, Way
from ni.domain.errors import StoreUnavailable
from ni.factory.gateway import Gateway
from ni.store.tables.access import links
from tests.portal.acts import acts
from tests.portal.cast import BOB
from tests.portal.test_activity import Provider

pytestmark = pytest.mark.usefixtures("faked_providers")


class Strangers(Provider):
    """Refuses, or says of somebody what lets nobody in."""

    def __init__(self, answer: Identity | str) -> None:
        super().__init__()
        self.answer = answer

    def finish(self, asked: object, answer: object) -> Identity:
        if isinstance(self.answer, str):
            raise SignOnRefused(self.answer)
        return self.answer


REFUSALS: dict[str, tuple[Identity | str, str, str]] = {
    "no group": (Identity("eve", "eve@example.ca", True, "Eve", ()), "no account", "eve@example.ca"),
    "no address": (Identity("eve", "", True, "Eve", ()), "no email", ""),
    "another's address": (Identity("eve", BOB.email, False, "Eve", ()), "unverified email", BOB.email),
    "no address at all": (Identity("eve", "not an address", True, "Eve", ()), "email", ""),
    "turned back": ("access_denied", "access_denied", ""),
    "what a stranger wrote": ("my-password", "answer", ""),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_of_somebody_unknown_is_on_record_and_strangers_cannot_fill_the_log(
    gateway: Gateway, name: str
) -> None:
    answer, reason, email = REFUSALS[name]
    one: Any = Strangers(answer)
    base, cipher = gateway.base, Cipher(lambda version: bytes(32), gateway.base.random)
    networks = NetworkThrottle(base.clock, burst=3)
    sign_on = SingleSignOn(base, lambda: one, Sessions(base), cipher, networks)
    for _ in range(5):
        with pytest.raises((SignOnRefused, Refused)):
            sign_on.finish(AuthorizationRequest("", "", "", ""), {})
    failed = acts(gateway, OPERATOR, kind="sign_in.failed")
    assert [(act.subject.id, act.subject.name, act.changes) for act in failed] == [
        ("", email, (("reason", None, reason),))
    ] * 3
    assert {act.actor.way for act in failed} == {Way.SSO}


def test_who_cannot_be_put_on_record_is_told_that_the_gateway_is_away(gateway: Gateway) -> None:
    one: Any = Strangers("access_denied")
    cipher = Cipher(lambda version: bytes(32), gateway.base.random)
    sign_on = SingleSignOn(
        gateway.base, lambda: one, Sessions(gateway.base), cipher, NetworkThrottle(gateway.clock)
    )
    gateway.freeze.stop("the log was forked")
    with pytest.raises(StoreUnavailable):
        sign_on.finish(AuthorizationRequest("", "", "", ""), {})


def test_a_logout_token_counts_once_and_is_forgotten_when_its_age_alone_refuses_it(gateway: Gateway) -> None:
    one: Any = Provider("staff")
    cipher = Cipher(lambda version: bytes(32), gateway.base.random)
    sessions, clock = Sessions(gateway.base), gateway.clock
    sign_on = SingleSignOn(gateway.base, lambda: one, sessions, cipher, NetworkThrottle(clock))
    sign_on.groups.add(GroupRole("staff", DEFAULT, Role.MEMBER))
    asked = AuthorizationRequest("", "", "", "")
    for token in ("first", "second"):
        opened = sign_on.finish(asked, {}).reveal()
        sign_on.log_out(token)
        assert sessions.find(opened) is None
    opened = sign_on.finish(asked, {}).reveal()
    for token in ("first", "second"):
        with pytest.raises(SignOnRefused):
            sign_on.log_out(token)
    assert sessions.find(opened)
    standing: Any = clock
    standing.move(days=2)
    sign_on.log_out("third")
    with gateway.database.read() as connection:
        kept = sa.select(sa.func.count()).where(links.c.kind == Purpose.LOGOUT)
        assert connection.scalar(kept) == 1
