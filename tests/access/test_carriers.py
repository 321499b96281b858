"""Where a key may come from: three headers, one function, never two answers."""

import pytest

from ni.access.keys import presented_key
from ni.domain.errors import BadRequest


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, ""),
        ({"Authorization": "Bearer k"}, "k"),
        ({"Authorization": "bearer  k "}, "k"),
        ({"x-api-key": "k"}, "k"),
        ({"api-key": "k"}, "k"),
        ({"Authorization": "Bearer k", "x-api-key": "k", "api-key": "k"}, "k"),
        ({"Authorization": "Basic k"}, ""),
        ({"Authorization": "k"}, ""),
        ({"Authorization": "Basic other", "api-key": "k"}, "k"),
        ({"Authorization": "Bearer ", "x-api-key": "k"}, "k"),
    ],
)
def test_a_key_is_found_in_each_carrier(headers: dict[str, str], key: str) -> None:
    assert presented_key(headers.get) == key


@pytest.mark.parametrize("carrier", ["x-api-key", "api-key"])
def test_two_different_keys_are_a_bad_request_that_shows_neither(carrier: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        presented_key({"Authorization": "Bearer one-key", carrier: "two-key"}.get)
    assert "one-key" not in str(refusal.value)
    assert "two-key" not in str(refusal.value)
