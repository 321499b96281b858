"""Ids of calls that upstreams do not take are made short, others are left alone, and the way back is known."""

import pytest

from ni.dialects.tools import MAX_ID_LENGTH, long_ids, short_id


@pytest.mark.parametrize("length", [1, MAX_ID_LENGTH - 1, MAX_ID_LENGTH, MAX_ID_LENGTH + 1, 500])
def test_an_id_is_shortened_only_where_it_is_too_long(length: int) -> None:
    given = "c" * length
    shortened = short_id(given)
    assert len(shortened) <= MAX_ID_LENGTH
    assert (shortened == given) is (length <= MAX_ID_LENGTH)
    body = {"messages": [{"role": "tool", "tool_call_id": given, "content": ""}]}
    assert long_ids(body) == ({} if length <= MAX_ID_LENGTH else {shortened: given})
