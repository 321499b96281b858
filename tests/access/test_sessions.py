"""Sessions end in time, and at once when rights or the password change."""

import pytest
import sqlalchemy as sa

from ni.access.accounts import Role
from ni.access.members import Members
from ni.access.onboarding import Link, Links, Purpose
from ni.access.refusals import Refused
from ni.access.sessions import Sessions, ended_for, mark_of_token
from ni.domain.secret import Secret
from ni.store.tables.access import sessions as rows
from tests.cast import PASSWORD, Access, Cast

NEW = Secret("a pear tree in October")


@pytest.fixture
def sessions(cast: Cast) -> Sessions:
    return Sessions(cast.access.base)


def test_a_session_ends_after_thirty_idle_minutes(cast: Cast, sessions: Sessions) -> None:
    cookie = cast.access.sign_in("bob@example.ca")
    cast.access.clock.move(minutes=29)
    assert sessions.find(cookie)
    cast.access.clock.move(minutes=29)
    assert sessions.find(cookie)
    cast.access.clock.move(minutes=30)
    assert sessions.find(cookie) is None


def test_a_session_ends_after_twelve_hours_in_any_case(cast: Cast, sessions: Sessions) -> None:
    cookie = cast.access.sign_in("bob@example.ca")
    for _ in range(35):
        cast.access.clock.move(minutes=20)
        assert sessions.find(cookie)
    cast.access.clock.move(minutes=20)
    assert sessions.find(cookie) is None


def test_the_database_holds_only_the_hash_of_a_session(cast: Cast) -> None:
    cookie = cast.access.sign_in("bob@example.ca")
    assert len(cookie) == 43
    with cast.access.database.read() as connection:
        assert cookie not in repr(connection.execute(sa.select(rows)).all())


def test_many_requests_in_a_minute_write_nothing(
    cast: Cast, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = cast.access.sign_in("bob@example.ca")
    monkeypatch.setattr(cast.access.journal, "write", lambda unit: pytest.fail("a request wrote"))
    for _ in range(50):
        assert sessions.find(cookie)
        cast.access.clock.move(seconds=1)


def test_one_of_several_sign_ins_is_ended_by_its_mark(cast: Cast, access: Access) -> None:
    sessions, here, there = (
        Sessions(access.base),
        access.sign_in(cast.bob.email),
        access.sign_in(cast.bob.email),
    )
    assert sessions.end_marked(cast.bob.id, mark_of_token(there))
    assert sessions.find(here)
    assert sessions.find(there) is None
    assert not sessions.end_marked(cast.alice.id, mark_of_token(here))


@pytest.mark.parametrize("change", ["sign out", "everywhere", "password", "role", "removed"])
def test_old_cookies_are_worthless_after_a_change(cast: Cast, sessions: Sessions, change: str) -> None:
    cookie, alices = cast.access.sign_in("bob@example.ca"), cast.access.sign_in("alice@example.ca")
    people = Members(cast.access.base, cast.alices)
    match change:
        case "sign out":
            sessions.end(cookie)
        case "everywhere":
            cast.access.base.write(ended_for(cast.bob.id))
        case "password":
            cast.access.users.change_password(cast.bob, PASSWORD, NEW)
        case "role":
            assert people.set_role(cast.bob.id, Role.OWNER)
        case _:
            assert people.remove(cast.bob.id)
    assert sessions.find(cookie) is None
    assert sessions.find(alices)


def test_a_password_is_changed_only_by_one_who_knows_it(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        cast.access.users.change_password(cast.bob, NEW, NEW)
    assert refusal.value.field == "old_password"
    assert cast.access.sign_in("bob@example.ca")


def test_the_last_owner_can_neither_step_down_nor_leave(cast: Cast) -> None:
    people = Members(cast.access.base, cast.alices)
    with pytest.raises(Refused):
        people.set_role(cast.alice.id, Role.MEMBER)
    with pytest.raises(Refused):
        people.remove(cast.alice.id)
    assert people.set_role(cast.bob.id, Role.OWNER)
    assert people.set_role(cast.alice.id, Role.MEMBER)


def test_people_of_another_account_are_not_there(cast: Cast) -> None:
    people = Members(cast.access.base, cast.alices)
    assert not people.set_role(cast.charlie.id, Role.MEMBER)
    assert not people.remove(cast.charlie.id)
    assert [member.name for member in Members(cast.access.base, cast.charlies).list()] == ["Charlie"]


def test_signed_out_rows_are_swept(cast: Cast, sessions: Sessions) -> None:
    cast.access.sign_in("bob@example.ca")
    cast.access.clock.move(minutes=10)
    cookie = cast.access.sign_in("alice@example.ca")
    cast.access.clock.move(minutes=25)
    sessions.sweep()
    with cast.access.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(rows)) == 1
    assert sessions.find(cookie)


def test_a_person_sees_their_own_sign_ins(cast: Cast, sessions: Sessions) -> None:
    cookie = cast.access.sign_in("bob@example.ca")
    (seen,) = sessions.list(cast.bob.id)
    assert seen.agent == "test"
    assert cookie not in repr(seen)


def test_a_session_moves_to_another_account_of_the_person_and_keeps_its_age(
    cast: Cast, sessions: Sessions
) -> None:
    bob, orchard = cast.bob, cast.access.accounts.create("Orchard")
    token = Links(cast.access.base).issue(Link(Purpose.INVITE, account_id=orchard.id, role=Role.OWNER))
    cast.access.onboarding.join(token.reveal(), bob.id)
    cookie = cast.access.sign_in("bob@example.ca")
    began = sessions.find(cookie)
    assert began is not None
    assert began.accounts == 2
    cast.access.clock.move(minutes=20)
    moved = sessions.move(cookie, orchard.id)
    assert moved is not None
    there = sessions.find(moved.reveal())
    assert there is not None
    assert {one.id: role for one, role in cast.access.accounts.of(bob.id)}[orchard.id] is Role.OWNER
    assert sessions.find(cookie) is None
    assert there.started_at == began.started_at
    assert {there.account_id, began.account_id} <= {one.id for one, _ in cast.access.accounts.of(bob.id)}


def test_a_session_does_not_move_to_where_the_person_is_not(cast: Cast, sessions: Sessions) -> None:
    orchard = cast.access.accounts.create("Orchard")
    cookie = cast.access.sign_in("bob@example.ca")
    assert sessions.move(cookie, orchard.id) is None
    assert sessions.move("no session", orchard.id) is None
    assert sessions.find(cookie)
