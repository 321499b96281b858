"""Coming in: one-time links are good once, whoever races, and nothing happens by halves."""

import os
from collections.abc import Iterator

import gevent
import pytest
import sqlalchemy as sa

from ni.access.accounts import DEFAULT, Role
from ni.access.invitations import Invitations
from ni.access.members import Members
from ni.access.onboarding import Link, NewUser, Purpose, invitation_id
from ni.access.refusals import LinkSpent, Refused, SignInRefused
from ni.access.sessions import Sessions
from ni.custody.record_writer import custody_writers
from ni.domain.secret import Secret
from ni.store.database import Database
from ni.store.journal import ThreadJournal
from ni.store.tables.access import links, users
from ni.store.writer import Writer
from tests.cast import PASSWORD, Access, Cast

NEW = Secret("a pear tree in October")


@pytest.fixture
def threaded(database: Database) -> Iterator[Access]:
    journal = ThreadJournal(Writer(database, custody_writers(database, os.urandom)))
    access = Access(database, journal)
    access.accounts.ensure_default()
    yield access
    journal.close()


def person(number: int = 0) -> NewUser:
    return NewUser(f"p{number}@example.ca", f"P{number}", PASSWORD)


def set_ups(access: Access, tokens: list[str]) -> int:
    """How many of as many simultaneous set-ups won; all others must have been told that the link is spent."""
    jobs = [gevent.spawn(access.onboarding.set_up, token, person(at)) for at, token in enumerate(tokens)]
    gevent.joinall(jobs, timeout=20)
    assert all(job.successful() or isinstance(job.exception, LinkSpent) for job in jobs)
    return sum(job.successful() for job in jobs)


def test_of_twenty_set_ups_with_one_link_one_wins(threaded: Access) -> None:
    token = threaded.links.issue(Link(Purpose.SET_UP)).reveal()
    assert set_ups(threaded, [token] * 20) == 1
    with threaded.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(users)) == 1


def test_of_twenty_set_ups_with_a_link_each_one_wins(threaded: Access) -> None:
    tokens = [threaded.links.issue(Link(Purpose.SET_UP)).reveal() for _ in range(20)]
    assert set_ups(threaded, tokens) == 1
    assert set_ups(threaded, tokens) == 0


def test_a_set_up_link_is_closed_once_there_is_a_user_however_they_came(access: Access) -> None:
    access.accounts.ensure_default()
    used, other = (access.links.issue(Link(Purpose.SET_UP)).reveal() for _ in range(2))
    access.links.find(Purpose.SET_UP, other)
    access.onboarding.set_up(used, person())
    with pytest.raises(LinkSpent):
        access.links.find(Purpose.SET_UP, other)


def test_the_first_user_is_operator_and_owns_the_default_account(cast: Cast) -> None:
    assert cast.alice.operator
    assert not cast.bob.operator
    roles = {member.email: member.role for member in Members(cast.access.base, DEFAULT).list()}
    assert roles == {"alice@example.ca": Role.OWNER, "bob@example.ca": Role.MEMBER}


def test_a_link_is_long_stored_hashed_and_good_for_thirty_minutes(access: Access) -> None:
    access.accounts.ensure_default()
    token = access.links.issue(Link(Purpose.SET_UP)).reveal()
    assert len(token) >= 32
    with access.database.read() as connection:
        assert token not in repr(connection.execute(sa.select(links)).all())
    access.clock.move(minutes=29, seconds=59)
    access.links.find(Purpose.SET_UP, token)
    access.clock.move(seconds=1)
    with pytest.raises(LinkSpent):
        access.onboarding.set_up(token, person())
    assert not access.users.any()


def test_an_invitation_is_good_for_seven_days(cast: Cast) -> None:
    token = cast.access.links.issue(Link(Purpose.INVITE, account_id=cast.alices, role=Role.MEMBER)).reveal()
    cast.access.clock.move(days=6, hours=23)
    cast.access.links.find(Purpose.INVITE, token)
    cast.access.clock.move(hours=1)
    with pytest.raises(LinkSpent):
        cast.access.onboarding.accept(token, person())


def test_an_invitation_is_open_until_it_is_used_withdrawn_or_over(cast: Cast) -> None:
    invitations = Invitations(cast.access.base, cast.alices)
    offer = Link(Purpose.INVITE, account_id=cast.alices, role=Role.MEMBER)
    used, withdrawn, left = (cast.access.links.issue(offer) for _ in range(3))
    cast.access.links.issue(Link(Purpose.RESET, user_id=cast.bob.id))
    assert {each.id for each in invitations.list()} == {*map(invitation_id, (used, withdrawn, left))}
    cast.access.onboarding.accept(used.reveal(), person())
    assert not Invitations(cast.access.base, cast.charlies).withdraw(invitation_id(withdrawn))
    assert invitations.withdraw(invitation_id(withdrawn))
    for token in (used, withdrawn):
        assert not invitations.withdraw(invitation_id(token))
        with pytest.raises(LinkSpent):
            cast.access.links.find(Purpose.INVITE, token.reveal())
    assert [each.id for each in invitations.list()] == [invitation_id(left)]
    cast.access.clock.move(days=7)
    assert invitations.list() == ()


@pytest.mark.parametrize("purpose", [Purpose.RESET, Purpose.INVITE])
def test_a_link_allows_only_what_it_was_made_for(access: Access, purpose: Purpose) -> None:
    access.accounts.ensure_default()
    token = access.links.issue(Link(purpose, account_id=DEFAULT, role=Role.OWNER)).reveal()
    with pytest.raises(LinkSpent):
        access.onboarding.set_up(token, person())


def test_a_refused_password_leaves_the_link_good(access: Access) -> None:
    access.accounts.ensure_default()
    token = access.links.issue(Link(Purpose.SET_UP)).reveal()
    with pytest.raises(Refused) as refusal:
        access.onboarding.set_up(token, NewUser("a@example.ca", "A", Secret("short")))
    assert refusal.value.field == "password"
    assert access.onboarding.set_up(token, person())


@pytest.mark.parametrize("email", ["", "alice", "a b@example.ca", "<a@example.ca>", "alice@example.ca"])
def test_an_address_that_is_none_or_taken_is_refused(cast: Cast, email: str) -> None:
    token = cast.access.links.issue(Link(Purpose.INVITE, account_id=cast.alices, role=Role.MEMBER)).reveal()
    with pytest.raises(Refused) as refusal:
        cast.access.onboarding.accept(token, NewUser(email, "A", PASSWORD))
    assert refusal.value.field == "email"


def test_a_user_may_join_one_more_account_once(cast: Cast) -> None:
    for expected in (None, Refused):
        token = cast.access.links.issue(
            Link(Purpose.INVITE, account_id=cast.charlies, role=Role.MEMBER)
        ).reveal()
        if expected is None:
            cast.access.onboarding.join(token, cast.bob.id)
        else:
            with pytest.raises(expected):
                cast.access.onboarding.join(token, cast.bob.id)
    assert [member.name for member in Members(cast.access.base, cast.charlies).list()] == ["Bob", "Charlie"]


def test_a_reset_sets_the_password_once_and_ends_every_sign_in(cast: Cast) -> None:
    access, sessions = cast.access, Sessions(cast.access.base)
    cookie = access.sign_in("bob@example.ca")
    token = access.links.issue(Link(Purpose.RESET, user_id=cast.bob.id)).reveal()
    assert access.onboarding.reset(token, NEW) == cast.bob.id
    assert sessions.find(cookie) is None
    with pytest.raises(SignInRefused):
        access.sign_in("bob@example.ca")
    assert access.sign_in("bob@example.ca", NEW)
    with pytest.raises(LinkSpent):
        access.onboarding.reset(token, PASSWORD)


def test_a_newer_reset_link_ends_the_older_ones_of_its_user_alone(cast: Cast) -> None:
    access = cast.access
    older, others, newer = (
        access.links.issue(Link(Purpose.RESET, user_id=user.id)).reveal()
        for user in (cast.bob, cast.alice, cast.bob)
    )
    with pytest.raises(LinkSpent):
        access.onboarding.reset(older, NEW)
    assert access.onboarding.reset(others, NEW) == cast.alice.id
    assert access.onboarding.reset(newer, NEW) == cast.bob.id


@pytest.mark.parametrize("way", ["reset", "change"])
def test_a_change_of_the_password_ends_every_link_of_its_user_alone(cast: Cast, way: str) -> None:
    access = cast.access
    half_done = access.links.issue(Link(Purpose.CODE, user_id=cast.bob.id, account_id=DEFAULT)).reveal()
    reset, others = (
        access.links.issue(Link(Purpose.RESET, user_id=user.id)).reveal() for user in (cast.bob, cast.alice)
    )
    if way == "reset":
        access.onboarding.reset(reset, NEW)
    else:
        access.users.change_password(cast.bob, PASSWORD, NEW)
    with access.database.read() as connection:
        assert connection.scalars(sa.select(links.c.user_id).where(links.c.user_id.is_not(None))).all() == [
            cast.alice.id
        ]
    with pytest.raises(LinkSpent):
        access.onboarding.reset(reset, PASSWORD)
    with pytest.raises(LinkSpent):
        access.links.find(Purpose.CODE, half_done)
    assert access.onboarding.reset(others, NEW) == cast.alice.id
