"""The second factor: codes and recovery codes open once, wrong ones are counted, and the secret is kept sealed."""

import pyotp
import pytest
import sqlalchemy as sa

from ni.access.accounts import DEFAULT
from ni.access.encryption import Cipher
from ni.access.members import Members
from ni.access.refusals import CodeWanted, LinkSpent, Refused
from ni.access.second_factor import SecondFactor
from ni.access.sign_in import Attempt
from ni.domain.secret import Secret
from ni.store.tables.access import users
from ni.store.unit import Conflict
from tests.cast import PASSWORD, Cast


class Enrolled:
    """Alice with a second factor, and her phone."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.access, self.factor = cast, cast.access, cast.access.factor
        secret = self.factor.fresh()
        self.app = pyotp.TOTP(secret.reveal())
        self.recovery = self.factor.enable(cast.alice.id, secret, self.code())

    def code(self, **later: float) -> str:
        self.access.clock.move(**later)
        return self.app.at(self.access.clock.now())

    def due(self) -> str:
        with pytest.raises(CodeWanted) as wanted:
            self.access.signing.sign_in(Attempt("alice@example.ca", PASSWORD))
        return wanted.value.token.reveal()


@pytest.fixture
def alice(cast: Cast) -> Enrolled:
    return Enrolled(cast)


def test_the_password_alone_opens_nothing(alice: Enrolled) -> None:
    assert alice.due()


def test_a_code_lets_in_once(alice: Enrolled) -> None:
    code = alice.code(seconds=30)
    assert alice.access.signing.finish(alice.due(), code)
    with pytest.raises(Refused):
        alice.access.signing.finish(alice.due(), code)


@pytest.mark.parametrize("kind", ["phone", "recovery"])
def test_of_two_sign_ins_at_the_same_moment_a_code_lets_in_one(alice: Enrolled, kind: str) -> None:
    code = alice.code(seconds=30) if kind == "phone" else alice.recovery[0]
    both = [alice.factor.used(alice.cast.alice.id, code) for _ in range(2)]
    alice.access.base.write(*both[0])
    with pytest.raises(Conflict):
        alice.access.base.write(*both[1])


def test_the_code_that_switched_it_on_is_used_up(alice: Enrolled) -> None:
    with pytest.raises(Refused):
        alice.access.signing.finish(alice.due(), alice.code())


@pytest.mark.parametrize("seconds", [30, 60])
def test_a_phone_may_be_half_a_minute_off(alice: Enrolled, seconds: float) -> None:
    ahead = alice.app.at(int(alice.access.clock.now().timestamp()) + int(seconds))
    alice.access.clock.move(seconds=30)
    assert alice.access.signing.finish(alice.due(), ahead)


def test_an_old_code_is_refused(alice: Enrolled) -> None:
    old = alice.code(seconds=30)
    alice.access.clock.move(seconds=90)
    with pytest.raises(Refused):
        alice.access.signing.finish(alice.due(), old)


def test_each_recovery_code_lets_in_once_however_it_is_typed(alice: Enrolled) -> None:
    typed = alice.recovery[3].upper().replace("-", " ")
    assert alice.access.signing.finish(alice.due(), typed)
    with pytest.raises(Refused):
        alice.access.signing.finish(alice.due(), alice.recovery[3])
    assert alice.access.signing.finish(alice.due(), alice.recovery[4])


def test_the_half_done_sign_in_ends_after_five_minutes_and_with_its_use(alice: Enrolled) -> None:
    late = alice.due()
    alice.access.clock.move(minutes=5, seconds=1)
    with pytest.raises(LinkSpent):
        alice.access.signing.finish(late, alice.recovery[0])
    used = alice.due()
    alice.access.signing.finish(used, alice.recovery[0])
    with pytest.raises(LinkSpent):
        alice.access.signing.finish(used, alice.recovery[1])


def test_after_five_wrong_codes_even_the_right_one_waits(alice: Enrolled) -> None:
    token = alice.due()
    for _ in range(5):
        with pytest.raises(Refused):
            alice.access.signing.finish(token, "000000")
    with pytest.raises(Refused):
        alice.access.signing.finish(token, alice.recovery[0])
    alice.access.clock.move(seconds=31)
    assert alice.access.signing.finish(token, alice.recovery[0])


def test_a_wrong_code_does_not_switch_it_on(cast: Cast) -> None:
    factor = cast.access.factor
    for secret in (factor.fresh(), Secret("not base32!")):
        with pytest.raises(Refused):
            factor.enable(cast.bob.id, secret, "000000")
    assert not factor.on(cast.bob.id)


def test_switched_off_the_password_is_enough(alice: Enrolled) -> None:
    alice.factor.disable(alice.cast.alice.id)
    assert alice.access.sign_in("alice@example.ca")


def test_the_database_holds_neither_secret_nor_recovery_codes(alice: Enrolled) -> None:
    with alice.access.database.read() as connection:
        row = connection.execute(sa.select(users).where(users.c.id == alice.cast.alice.id)).mappings().one()
    kept = b"".join(str(value).encode() if not isinstance(value, bytes) else value for value in row.values())
    assert alice.app.secret.encode() not in kept
    assert not [code for code in alice.recovery if code.encode() in kept]


def test_a_secret_copied_to_another_person_opens_nothing(alice: Enrolled) -> None:
    cast = alice.cast
    with cast.access.database.engine.begin() as connection:
        sealed = connection.scalar(sa.select(users.c.totp_sealed).where(users.c.id == cast.alice.id))
        connection.execute(users.update().where(users.c.id == cast.bob.id).values(totp_sealed=sealed))
    with pytest.raises(Refused):
        cast.access.factor.used(cast.bob.id, alice.code(seconds=30))


def test_with_another_master_secret_recovery_codes_still_let_in(alice: Enrolled) -> None:
    other = SecondFactor(alice.access.base, Cipher(lambda _: bytes(32), alice.access.base.random))
    with pytest.raises(Refused):
        other.used(alice.cast.alice.id, alice.code(seconds=30))
    assert other.used(alice.cast.alice.id, alice.recovery[0])


def test_a_lost_one_is_cleared_with_the_sign_ins_by_an_owner_but_not_where_it_matters_elsewhere(
    alice: Enrolled,
) -> None:
    members = Members(alice.access.base, DEFAULT)
    with pytest.raises(Refused):  # she runs the instance
        members.clear_second_factor(alice.cast.alice.id, by_operator=False)
    assert not members.clear_second_factor("nobody", by_operator=True)
    assert alice.factor.on(alice.cast.alice.id)
    assert members.clear_second_factor(alice.cast.alice.id, by_operator=True)
    assert not alice.factor.on(alice.cast.alice.id)
    assert alice.access.sign_in("alice@example.ca")
