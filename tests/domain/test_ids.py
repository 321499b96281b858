"""What is drawn for keys and ids is drawn evenly."""

from collections import Counter

from ni.domain.ids import BASE62, base62


def test_every_character_of_a_key_is_as_likely_as_any_other() -> None:
    """256 is no multiple of 62: bytes beyond the last whole one are drawn again."""
    draws = iter([bytes(range(248, 256)) * 31, bytes(range(248))])
    assert Counter(base62(lambda _: next(draws), 248)) == dict.fromkeys(BASE62, 4)
