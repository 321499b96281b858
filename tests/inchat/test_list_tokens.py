"""The token under a list: good for exactly what it was issued for, and not for long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ni.inchat.list_tokens import LIFETIME_MIN, ListTokens, ShownList, has_token

NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
TOKENS = ListTokens(b"server key")
NAMES = st.text(max_size=12)
SHOWN = st.builds(ShownList, NAMES, NAMES, NAMES, st.lists(NAMES, max_size=4).map(tuple))


@given(SHOWN, st.integers(0, (LIFETIME_MIN - 1) * 60))
def test_a_token_is_good_for_what_it_was_issued_for(shown: ShownList, later_s: int) -> None:
    text = f"a list\n\n{TOKENS.issue(shown, NOW)}"
    assert TOKENS.accept(text, shown, NOW + timedelta(seconds=later_s))


@given(SHOWN, SHOWN)
def test_a_token_is_good_for_nothing_else(shown: ShownList, other: ShownList) -> None:
    if other != shown:
        assert not TOKENS.accept(TOKENS.issue(shown, NOW), other, NOW)


@given(SHOWN, NAMES, NAMES, NAMES)
def test_any_other_account_key_or_model_fails(
    shown: ShownList, account_id: str, key_id: str, model: str
) -> None:
    others = (
        replace(shown, account_id=account_id),
        replace(shown, key_id=key_id),
        replace(shown, model=model),
    )
    token = TOKENS.issue(shown, NOW)
    for other in others:
        assert TOKENS.accept(token, other, NOW) is (other == shown)


@given(SHOWN, st.data())
def test_any_other_list_fails(shown: ShownList, data: st.DataObject) -> None:
    other = data.draw(st.permutations(shown.route_ids) | st.lists(NAMES, max_size=4))
    if tuple(other) != shown.route_ids:
        assert not TOKENS.accept(TOKENS.issue(shown, NOW), replace(shown, route_ids=tuple(other)), NOW)


@given(SHOWN, st.integers(LIFETIME_MIN, 10_000) | st.integers(-10_000, -1))
def test_any_minute_outside_its_life_fails(shown: ShownList, minutes: int) -> None:
    assert not TOKENS.accept(TOKENS.issue(shown, NOW), shown, NOW + timedelta(minutes=minutes))


@given(SHOWN, st.binary(min_size=1, max_size=40))
def test_another_servers_token_fails(shown: ShownList, key: bytes) -> None:
    if key != b"server key":
        assert not TOKENS.accept(ListTokens(key).issue(shown, NOW), shown, NOW)


@given(SHOWN, st.integers(0, 7), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_token_with_a_character_changed_fails(shown: ShownList, place: int, letter: str) -> None:
    token = TOKENS.issue(shown, NOW)
    at = len("[ni-map:") + place
    changed = token[:at] + letter + token[at + 1 :]
    assert TOKENS.accept(changed, shown, NOW) is (changed == token)


def test_a_token_is_forty_bits_of_base32() -> None:
    token = TOKENS.issue(ShownList("a", "k", "m", ()), NOW)
    assert len(token) == len("[ni-map:K3Q7XW2A]")
    assert has_token(token)


def test_text_without_a_whole_code_has_none() -> None:
    for text in (
        "",
        "[ni-map:]",
        "[ni-map:k3q7xw2a]",
        "[ni-map:K3Q7XW2]",
        "ni-map:K3Q7XW2A",
        "[ni-map:K3Q7XW21]",
    ):
        assert not has_token(text)
        assert not TOKENS.accept(text, ShownList("a", "k", "m", ()), NOW)
