"""When an earlier call with the same `Idempotency-Key` refuses a new one: for a day, and for as long as it runs."""

import pytest

from ni.domain.errors import IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed, Problem
from ni.metering.idempotency import KEPT_MS, Claim, ClaimWriter, judge
from ni.store.database import Database
from ni.store.unit import Unit
from ni.store.writer import Writer

BODY, OTHER = b"b" * 32, b"o" * 32


def refusal(
    age_ms: int, *, body: bytes = BODY, ended: str | None = None, open_: bool = False
) -> type[Problem] | None:
    claim = Claim("key_1", b"n" * 32, BODY, "new", 10 * KEPT_MS)
    status, charge = (200, 5) if ended else (None, None)
    earlier = (body, "old", claim.at_ms - age_ms, ended, status, charge, "old" if open_ else None)
    found = judge(claim, earlier)
    return None if found is None else type(found)


@pytest.mark.parametrize("age_ms", [0, KEPT_MS, KEPT_MS + 1, 9 * KEPT_MS])
def test_a_call_under_way_is_never_bought_beside_itself_however_old(age_ms: int) -> None:
    assert refusal(age_ms, open_=True) is IdempotencyInProgress
    assert refusal(age_ms, open_=True, body=OTHER) is IdempotencyMismatch


@pytest.mark.parametrize(("age_ms", "kept"), [(0, True), (KEPT_MS, True), (KEPT_MS + 1, False)])
def test_a_call_that_ended_is_remembered_for_a_day(age_ms: int, *, kept: bool) -> None:
    assert refusal(age_ms, ended="completed") is (IdempotencyUsed if kept else None)
    assert refusal(age_ms, ended="completed", body=OTHER) is (IdempotencyMismatch if kept else None)
    assert refusal(age_ms, ended="denied") is None


def test_of_calls_that_claim_in_one_batch_one_is_admitted(database: Database) -> None:
    """Whichever others are in it, and again when a later batch repeats them."""
    writer = Writer(database, (ClaimWriter(database),))
    names = [b"n" * 32, b"m" * 32]
    units = [
        Unit((Claim("key_1", name, body, f"{name[:1].decode()}{number}", KEPT_MS),))
        for number, body in enumerate([BODY, BODY, OTHER, BODY])
        for name in names
    ]
    try:
        results = writer.run(units)
    finally:
        writer.close()
    assert [None if isinstance(each, tuple) else type(each) for each in results] == [
        *[None, None],
        *[IdempotencyInProgress] * 2,
        *[IdempotencyMismatch] * 2,
        *[IdempotencyInProgress] * 2,
    ]
    assert {each.fields["request"] for each in results if isinstance(each, Problem)} == {"n0", "m0"}
