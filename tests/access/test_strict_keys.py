"""Whether an unknown model is an error travels from the key to the caller, and changes with the key."""

from dataclasses import replace

import pytest

from ni.access.key_spec import KeySpec
from tests.cast import Cast


@pytest.mark.parametrize("strict", [False, True])
def test_a_key_is_as_strict_as_it_was_made_and_as_it_was_changed(cast: Cast, strict: bool) -> None:
    access = cast.access
    mine = access.keys_of(cast.alices)
    made = mine.create(KeySpec("ci", strict=strict))
    assert access.gate.authenticate(made.text.reveal()).strict is strict
    key = mine.get(made.id)
    assert key is not None
    assert key.spec.strict is strict
    assert mine.edit(made.id, replace(key.spec, strict=not strict))
    assert access.gate.authenticate(made.text.reveal()).strict is not strict
