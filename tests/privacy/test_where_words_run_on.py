"""Names beside letters of scripts that write no spaces, and values before escapes: both come back as they were."""

import json

import pytest

from tests.privacy.cast import answered, masked, sent

NAMES = ("Jean Tremblay", "Marie Côté", "Jean P. Tremblay")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "around", ["{}김민준은", "{}0㐀 ", "請聯絡{}", "{}¹", "{}² et", "ติดต่อ{}", r"\u738b\u5c0f\u660e{}"]
)
def test_a_name_beside_a_script_without_spaces_comes_back(name: str, around: str) -> None:
    text = around.format(name)
    result = masked(text)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("accent", ["\u00e9", "e\u0301", "o\u0302", "e", "u\u0308"])
@pytest.mark.parametrize(
    "said", ["password: hunter2!\n{}", "the password is hunter2!\n{} tau", "pw: hunter2!\t{}xt"]
)
def test_an_escape_behind_a_password_stays_an_escape(accent: str, said: str) -> None:
    source = json.dumps({"note": said.format(accent)}, ensure_ascii=False)
    result = masked(source)
    assert "hunter2!" not in sent(result)
    assert json.loads(sent(result))["note"].endswith(said.format(accent).partition("hunter2!")[2])
    assert answered(result, sent(result)) == source
