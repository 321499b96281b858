"""Signing in: one answer and one amount of work for every failure, and pauses that cannot be raced."""

import os
from collections.abc import Iterator
from contextlib import suppress

import gevent
import pytest
import sqlalchemy as sa

from ni.access.passwords import Passwords
from ni.access.refusals import SignInRefused, TooManyTries
from ni.access.sessions import Sessions
from ni.access.sign_in import Attempt, SignIn
from ni.access.throttle import FREE_TRIES, SPARE_TRIES, AddressThrottle, NetworkThrottle, network_of
from ni.custody.record_writer import custody_writers
from ni.domain.secret import Secret
from ni.store.journal import ThreadJournal
from ni.store.tables.access import users
from ni.store.writer import Writer
from tests.cast import PASSWORD, Access, Cast, StandingClock

WRONG = Secret("not the right one")


@pytest.fixture
def threaded(cast: Cast) -> Iterator[Access]:
    """The cast's services, written by the thread that serves."""
    journal = ThreadJournal(Writer(cast.access.database, custody_writers(cast.access.database, os.urandom)))
    yield Access(cast.access.database, journal, cast.access.clock)
    journal.close()


def test_the_right_password_opens_a_session(cast: Cast) -> None:
    visitor = Sessions(cast.access.base).find(cast.access.sign_in("Alice@Example.ca "))
    assert visitor
    assert (visitor.user_id, visitor.account_id, visitor.owner, visitor.operator) == (
        cast.alice.id,
        cast.alices,
        True,
        True,
    )


def test_signing_in_makes_the_cookie_from_before_worthless(cast: Cast) -> None:
    sessions = Sessions(cast.access.base)
    former = cast.access.sign_in("alice@example.ca")
    later = cast.access.sign_in("alice@example.ca", former=former)
    assert sessions.find(former) is None
    assert sessions.find(later)


def test_a_wrong_password_and_an_unknown_address_cost_the_same_and_say_the_same(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    write, matches = cast.access.journal.write, cast.access.passwords.matches

    def noted_write(unit: object) -> tuple[object, ...]:
        work.append("write")
        return write(unit)  # type: ignore[arg-type]

    def noted_match(password: Secret, encoded: str | None) -> bool:
        work.append("argon2")
        return matches(password, encoded)

    sa.event.listen(cast.access.database.engine, "before_cursor_execute", lambda *_: work.append("read"))
    monkeypatch.setattr(cast.access.journal, "write", noted_write)
    monkeypatch.setattr(cast.access.passwords, "matches", noted_match)
    seen = set()
    for email in ("alice@example.ca", "nobody@example.ca"):
        work.clear()
        with pytest.raises(SignInRefused) as refusal:
            cast.access.sign_in(email, WRONG)
        seen.add((str(refusal.value), tuple(work)))
    assert seen == {(SignInRefused.text, ("write", "read", "argon2", "write"))}


@pytest.mark.parametrize("email", ["alice@example.ca", "nobody@example.ca"])
def test_five_wrong_tries_pause_an_address_and_the_pause_doubles_to_a_quarter_hour(
    cast: Cast, email: str
) -> None:
    access = cast.access
    for _ in range(5):
        with pytest.raises(SignInRefused):
            access.sign_in(email, WRONG)
    for pause_s in (30, 60, 120, 240, 480, 900, 900):
        access.clock.move(seconds=pause_s - 1)
        with pytest.raises(SignInRefused):
            access.sign_in(email)
        access.clock.move(seconds=1)
        with pytest.raises(SignInRefused):
            access.sign_in(email, WRONG)
    access.clock.move(seconds=900)
    if email == "alice@example.ca":
        assert access.sign_in(email)


def test_a_right_password_forgets_the_wrong_ones(cast: Cast) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                cast.access.sign_in("bob@example.ca", WRONG)
        assert cast.access.sign_in("bob@example.ca")


def test_of_many_guesses_at_once_only_five_are_looked_at(
    threaded: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[bool] = []
    count = threaded.signing._addresses.count

    def counted(email: str, place: str, known: bool) -> None:
        count(email, place, known)
        allowed.append(True)

    monkeypatch.setattr(threaded.signing._addresses, "count", counted)
    jobs = [gevent.spawn(threaded.sign_in, "alice@example.ca", WRONG) for _ in range(30)]
    gevent.joinall(jobs, timeout=10)
    assert all(isinstance(job.exception, SignInRefused) for job in jobs)
    assert len(allowed) == 5


def test_a_dated_hash_is_made_anew_at_the_next_sign_in(cast: Cast) -> None:
    access = cast.access
    stronger = Passwords(memory_kib=128, passes=1)
    SignIn(access.base, stronger, NetworkThrottle(access.clock), access.factor).sign_in(
        Attempt("alice@example.ca", PASSWORD)
    )
    with access.database.read() as connection:
        encoded = connection.scalar(sa.select(users.c.password_hash).where(users.c.id == cast.alice.id))
    assert encoded
    assert "m=128" in encoded
    assert access.sign_in("alice@example.ca")


def test_a_network_runs_out_of_tries_and_gets_more_with_time() -> None:
    clock = StandingClock()
    throttle = NetworkThrottle(clock, burst=2, per_minute=6)
    throttle.count("192.0.2.1")
    throttle.count("192.0.2.250")
    with pytest.raises(TooManyTries) as refusal:
        throttle.count("192.0.2.7")
    throttle.count("198.51.100.1")
    clock.move(seconds=refusal.value.wait_s)
    throttle.count("192.0.2.7")


def test_many_networks_together_reach_a_ceiling_that_leaves_each_network_its_first_tries() -> None:
    throttle = NetworkThrottle(StandingClock())
    for number in range(20):
        for _ in range(20):
            throttle.count(f"10.0.{number}.1")
    for _ in range(FREE_TRIES):
        throttle.count("10.0.20.1")
    with pytest.raises(TooManyTries):
        throttle.count("10.0.20.1")


def test_strangers_cannot_lock_an_owner_out(cast: Cast) -> None:
    """Wrong passwords of one network do not refuse the right one from another; it forgets them too."""
    for _ in range(20):
        with pytest.raises(SignInRefused):
            cast.access.sign_in("alice@example.ca", WRONG, remote="203.0.113.9")
    assert cast.access.sign_in("alice@example.ca", remote="198.51.100.7")


def test_a_browser_that_signed_in_before_passes_whatever_strangers_try(cast: Cast) -> None:
    for number in range(120):
        with pytest.raises(SignInRefused):
            cast.access.sign_in("alice@example.ca", WRONG, remote=f"10.0.{number % 20}.1")
    with pytest.raises(SignInRefused):  # a network that guessed pauses for all that are not known
        cast.access.sign_in("alice@example.ca", remote="10.0.1.1")
    assert cast.access.sign_in("alice@example.ca", remote="10.0.1.1", device="hers")


@pytest.mark.parametrize("hours", [0, 1])
def test_an_owner_in_a_new_browser_gets_in_whatever_seventy_networks_do(cast: Cast, hours: int) -> None:
    """Seventy networks try as often as they may, for hours; she mistypes once, and is in."""
    throttle = AddressThrottle(cast.access.base)
    for _ in range(4 * hours + 1):
        _guess(throttle, [f"network 10.0.{number}.0/24" for number in range(70)])
        cast.access.clock.move(seconds=900 if hours else 0)
    with pytest.raises(SignInRefused):
        cast.access.sign_in("alice@example.ca", WRONG, remote="198.51.100.7")
    assert cast.access.sign_in("alice@example.ca", remote="198.51.100.7")


def _guess(throttle: AddressThrottle, places: list[str], most: int = FREE_TRIES + 1) -> int:
    """Guess from each place until it pauses; how many guesses were looked at."""
    looked_at = 0
    for place in places:
        with suppress(SignInRefused):
            for _ in range(most):
                throttle.count("alice@example.ca", place)
                looked_at += 1
    return looked_at


def test_guesses_in_a_day_stay_within_the_bound_that_is_written_down(cast: Cast) -> None:
    throttle, sites = AddressThrottle(cast.access.base), 6
    places = [f"network 10.0.{number}.0/24" for number in range(sites)]
    looked_at = 0
    for _ in range(24 * 4):
        looked_at += _guess(throttle, places)
        cast.access.clock.move(seconds=900)
    print(f"{looked_at} guesses of {sites} sites in a day")
    assert looked_at <= 50 + 4 + 96 + 7 * sites


def test_networks_of_one_site_share_its_spare_tries(cast: Cast) -> None:
    throttle = AddressThrottle(cast.access.base)
    _guess(throttle, [f"network 10.0.{number}.0/24" for number in range(20)])
    neighbours = [f"network 2001:db8:0:{number:x}::/64" for number in range(40)]
    assert _guess(throttle, neighbours, most=1) <= SPARE_TRIES
    assert _guess(throttle, ["network 2001:db8:1:1::/64"], most=1) == 1


def test_codes_of_a_second_factor_have_no_spare_tries(cast: Cast) -> None:
    throttle = cast.access.factor._throttle
    _guess(throttle, [f"network 10.0.{number}.0/24" for number in range(20)])
    assert _guess(throttle, ["network 198.51.100.0/24"]) == 0


def test_a_browser_that_signed_in_before_has_no_more_than_its_own_tries(cast: Cast) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            cast.access.sign_in("alice@example.ca", WRONG, device="stolen")
    with pytest.raises(SignInRefused):
        cast.access.sign_in("alice@example.ca", device="stolen")
    assert cast.access.sign_in("alice@example.ca", device="hers")


def test_networks_are_counted_in_bounded_memory() -> None:
    throttle = NetworkThrottle(StandingClock(), networks=10)
    for number in range(100):
        throttle.count(f"10.0.{number}.1")
    assert len(throttle._buckets) == 10


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("unix", ""),
    ],
)
def test_neighbours_share_a_network(remote: str, network: str) -> None:
    assert network_of(remote) == network
