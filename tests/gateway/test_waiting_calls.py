"""Calls that meet a full queue: refused before any work in the dialect of their caller, or served in their turn."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import sqlalchemy as sa

from ni.domain.caller import Priority
from ni.gateway.queues import CallQueue, QueueSlot
from ni.privacy.masking import Substitution
from ni.settings import Settings
from ni.settings.values import SettingsError
from ni.store.tables.metering import open_calls, usage
from tests.assembled import Assembled, assembled

ECHO = "sandbox/echo-local"
SAID = "Write to marie@hotmail.ca"
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": SAID}]},
    "/v1/messages": {"messages": [{"role": "user", "content": SAID}], "max_tokens": 100},
    "/v1/responses": {"input": SAID},
    "/v1/completions": {"prompt": SAID},
}
QUEUES = ("calls", "deployment", "masking")
NO_WAIT = {"NI_CALLS_WAIT_S": "0", "NI_CALLS_AT_ONCE": "16"}
SLOTS = {"NI_MASKED_AT_ONCE": "16", "NI_CALLS_AT_ONCE_PER_DEPLOYMENT": "1000, sandbox=16"}


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    """An instance whose calls do not wait."""
    with assembled(tmp_path_factory.mktemp("home"), **NO_WAIT, **SLOTS) as instance:
        yield instance


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(
        tmp_path_factory.mktemp("home"), **(NO_WAIT | {"NI_CALLS_WAIT_S": "20"}), **SLOTS
    ) as instance:
        yield instance


def queue_of(instance: Assembled, name: str) -> CallQueue:
    queues = instance.gateway.queues
    return {"calls": queues.calls, "deployment": queues.deployment("sandbox"), "masking": queues.masking}[
        name
    ]


def filled(queue: CallQueue, slots: int = 16) -> list[QueueSlot]:
    return [queue.take("somebody") for _ in range(slots)]


def post(instance: Assembled, path: str, headers: dict[str, str], *, stream: bool = False) -> Any:
    body = {"model": ECHO, **BODIES[path], **({"stream": True} if stream else {})}
    return instance.client.post(path, json=body, headers=headers)


def written(instance: Assembled) -> tuple[int, int]:
    with instance.gateway.database.read() as connection:
        tables = [
            connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in (usage, open_calls)
        ]
    return int(tables[0] or 0), int(tables[1] or 0)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("name", QUEUES)
def test_a_full_queue_refuses_before_any_work_in_the_callers_dialect(
    impatient: Assembled, monkeypatch: pytest.MonkeyPatch, name: str, path: str, *, stream: bool
) -> None:
    masked: list[str] = []
    substitute = Substitution.substitute

    def noting(shield: Substitution, caller: Any, leaving: Any) -> Any:
        masked.append(caller.key_id)
        return substitute(shield, caller, leaving)

    monkeypatch.setattr(Substitution, "substitute", noting)
    headers, queue = impatient.headers(), queue_of(impatient, name)
    before, slots = written(impatient), filled(queue)
    try:
        refusal = post(impatient, path, headers, stream=stream)
    finally:
        for slot in slots:
            slot.close()
    assert (refusal.status_code, int(refusal.headers["Retry-After"]) >= 1) == (503, True)
    assert refusal.json["error"]["message"]
    assert ("type" in refusal.json) is (path == "/v1/messages")  # Anthropic's form says `type: error`
    assert (masked, written(impatient)) == ([], before)
    assert all(queue_of(impatient, each).idle for each in QUEUES)
    assert post(impatient, path, headers, stream=stream).data


@pytest.mark.parametrize("name", QUEUES)
def test_a_call_waits_its_turn_and_the_wait_is_its_phase_queue(patient: Assembled, name: str) -> None:
    queue = queue_of(patient, name)
    slots = filled(queue)

    def end_one() -> None:
        while not queue.state().waiting:
            gevent.sleep(0.001)
        time.sleep(0.02)
        slots.pop().close()

    gevent.spawn(end_one)
    response = post(patient, "/v1/chat/completions", patient.headers(server_timing=True))
    for slot in slots:
        slot.close()
    assert response.status_code == 200
    queue_ms = float(response.headers["Server-Timing"].partition("queue;dur=")[2].partition(",")[0])
    assert queue_ms >= 20
    assert all(queue_of(patient, each).idle for each in QUEUES)


@pytest.mark.parametrize("name", QUEUES)
def test_where_batch_has_to_wait_interactive_has_not(impatient: Assembled, name: str) -> None:
    slots = filled(queue_of(impatient, name), 14)
    statuses = {
        priority: post(impatient, "/v1/chat/completions", impatient.headers(priority=priority)).status_code
        for priority in Priority
    }
    for slot in slots:
        slot.close()
    assert statuses == {Priority.BATCH: 503, Priority.INTERACTIVE: 200}


def test_a_key_without_masking_does_not_wait_for_it(impatient: Assembled) -> None:
    slots = filled(impatient.gateway.queues.masking)
    statuses = [
        post(impatient, "/v1/chat/completions", impatient.headers(pii=pii)).status_code
        for pii in (False, True)
    ]
    for slot in slots:
        slot.close()
    assert statuses == [200, 503]


def test_what_the_gateway_answers_itself_waits_for_no_deployment(impatient: Assembled) -> None:
    slots = filled(queue_of(impatient, "deployment"))
    body = {"model": "ni-help", "messages": [{"role": "user", "content": "hello"}]}
    answer = impatient.client.post("/v1/chat/completions", json=body, headers=impatient.headers())
    for slot in slots:
        slot.close()
    assert answer.status_code == 200


@pytest.mark.parametrize("text", ["x", "0", "10,", "10, =4", "10, a=0", "10, a=b", "a=4", "99999"])
def test_slots_that_are_none_refuse_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        Settings.from_environ({"NI_HOME": str(tmp_path), "NI_CALLS_AT_ONCE_PER_DEPLOYMENT": text})
