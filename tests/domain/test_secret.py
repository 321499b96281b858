"""A secret shows nothing of itself: not when printed, not when pickled, not by how long a comparison takes."""

import hmac
import pickle
from typing import Any

import pytest

from ni.domain.secret import Secret


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[Any, Any]] = []
    real = hmac.compare_digest

    def noting(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noting)
    assert Secret("zoë") == Secret("zoë")
    assert Secret("zoë") != Secret("zoé")
    assert Secret("zoë") != "zoë"
    assert len(compared) == 2


@pytest.mark.parametrize("shown", [str, repr, "{}".format, "{:>9}".format, lambda secret: f"{secret!r}"])
def test_a_secret_is_shown_as_a_mask(shown: Any) -> None:
    assert shown(Secret("of-the-tests")) == "***"


def test_a_secret_is_neither_pickled_nor_a_key_of_a_dictionary() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("of-the-tests"))
    with pytest.raises(TypeError):
        hash(Secret("of-the-tests"))
