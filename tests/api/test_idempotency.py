"""`Idempotency-Key`: no call is bought twice, in any dialect; what bought nothing may run again."""

import secrets
from typing import Any

import gevent
import pytest
import sqlalchemy as sa

from ni.domain.clock import to_ms
from ni.domain.reply import Outcome
from ni.metering.idempotency import KEPT_MS
from ni.store.tables.metering import idempotency, usage
from tests.api.instance import Instance
from tests.api.speakers import SPEAKERS, Speaker

EACH = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)

BODY: Any = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "hi"}]}
CHAT = "/v1/chat/completions"


@pytest.fixture
def named() -> dict[str, str]:
    """A header that no other test sends."""
    return {"Idempotency-Key": secrets.token_hex(8)}


@EACH
def test_a_retry_of_an_answered_call_names_it_and_buys_nothing(
    named: dict[str, str], instance: Instance, speaker: Speaker
) -> None:
    body, before = speaker.body(("user", "hi")), len(instance.sandbox.orders)
    first = instance.post(speaker.path, body, **named)
    assert first.status_code == 200
    for _ in range(2):
        again = instance.post(speaker.path, body, **named)
        assert again.status_code == 409
        assert first.headers["X-NI-Request-ID"] in again.text
        assert "status 200" in again.text
        assert again.headers["x-should-retry"] == "false"
    assert len(instance.sandbox.orders) == before + 1


@EACH
def test_another_body_under_the_same_key_is_refused(
    named: dict[str, str], instance: Instance, speaker: Speaker
) -> None:
    assert instance.post(speaker.path, speaker.body(("user", "hi")), **named).status_code == 200
    other = instance.post(speaker.path, speaker.body(("user", "ho")), **named)
    assert (other.status_code, other.headers["x-should-retry"]) == (409, "false")
    assert "another body" in other.text
    assert (
        instance.post(
            speaker.path, speaker.body(("user", "ho")), **{"Idempotency-Key": secrets.token_hex(8)}
        ).status_code
        == 200
    )


@EACH
def test_while_the_first_is_under_way_the_second_is_told_to_wait(
    named: dict[str, str], instance: Instance, speaker: Speaker
) -> None:
    body = speaker.body(("user", "hi"), stream=True)
    first = instance.post(speaker.path, body, **named)  # not read yet: the stream is open
    second = instance.post(speaker.path, body, **named)
    assert (second.status_code, int(second.headers["Retry-After"]) > 0) == (409, True)
    assert first.headers["X-NI-Request-ID"] in second.text
    assert first.data
    assert "charged" in instance.post(speaker.path, body, **named).text


def test_of_many_at_once_one_is_admitted(named: dict[str, str], instance: Instance) -> None:
    before = len(instance.sandbox.orders)
    jobs = [gevent.spawn(instance.post, CHAT, BODY, **named) for _ in range(20)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert sorted(job.get().status_code for job in jobs) == [200] + [409] * 19
    assert len(instance.sandbox.orders) == before + 1


@pytest.mark.parametrize("model", ["no-such-model", "ni-help"])
def test_answers_in_chat_are_given_again(named: dict[str, str], instance: Instance, model: str) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "ni-help"}]}
    for _ in range(3):
        assert instance.post(CHAT, body, **named).status_code == 200


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_what_bought_nothing_may_run_again(
    named: dict[str, str], instance: Instance, outcome: Outcome
) -> None:
    first = instance.post(CHAT, BODY, **named)
    assert first.status_code == 200
    mine = usage.c.request_id == first.headers["X-NI-Request-ID"]
    with instance.gateway.database.engine.begin() as connection:
        connection.execute(usage.update().where(mine).values(outcome=outcome.value))
    again = instance.post(CHAT, BODY, **named).status_code
    free = outcome in (Outcome.DENIED, Outcome.LOCAL, Outcome.UPSTREAM_ERROR)
    assert again == (200 if free else 409)


def test_a_key_is_another_keys_business_and_ends_after_a_day(
    named: dict[str, str], instance: Instance
) -> None:
    assert instance.post(CHAT, BODY, **named).status_code == 200
    other = {"Authorization": f"Bearer {instance.new_key()}", **named}
    assert instance.post(CHAT, BODY, **other).status_code == 200
    with instance.gateway.database.engine.begin() as connection:
        connection.execute(idempotency.update().values(at=idempotency.c.at - KEPT_MS - 1))
    assert instance.post(CHAT, BODY, **named).status_code == 200
    instance.gateway.claims.forget(to_ms(instance.gateway.clock.now()))
    with instance.gateway.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(idempotency)) == 1


@pytest.mark.parametrize("text", ["", "a" * 256, "caf\u00e9"])
def test_a_key_that_cannot_be_is_refused_by_name(
    named: dict[str, str], instance: Instance, text: str
) -> None:
    answer: Any = instance.post(CHAT, BODY, **{"Idempotency-Key": text})
    assert (answer.status_code, answer.json["error"]["param"]) == (400, "Idempotency-Key")


def test_neither_the_key_nor_the_body_is_stored(named: dict[str, str], instance: Instance) -> None:
    first = instance.post(CHAT, BODY, **named)
    with instance.gateway.database.read() as connection:
        mine = idempotency.c.request_id == first.headers["X-NI-Request-ID"]
        (row,) = connection.execute(sa.select(idempotency).where(mine)).all()
    assert (len(row.name), len(row.body)) == (32, 32)
    assert named["Idempotency-Key"] not in str(row)
