"""The shield: its policy, its summary, and that it fails closed."""

import json
from collections.abc import Sequence

import pytest

from ni.domain.errors import DetectionFailed
from ni.privacy.detect import DEFAULT_LABELS, DetectionPolicy
from ni.privacy.masking import Substitution, derived
from ni.privacy.spans import Label, Span
from tests.privacy.cast import KnownNames, answered, call, caller, masked, says, sent, shield


def test_a_key_with_protection_off_sends_what_it_was_given() -> None:
    body = says("Jean Tremblay, jean.tremblay@acme.ca")
    result = shield().substitute(caller(pii=False), call(body))
    assert result.body is body
    assert str(result.summary) == "off"
    assert answered(result, "as it is") == "as it is"


def test_the_summary_counts_distinct_values_by_kind() -> None:
    result = masked(
        "Jean Tremblay and Tremblay and Jean; Priya.", "a@acme.ca, b@acme.ca, a@acme.ca", "416-967-1111"
    )
    assert str(result.summary) == "on; email=2, person=2, phone=1"


def test_a_request_without_personal_data_says_so() -> None:
    assert str(masked("Sort this list.").summary) == "on"


class Broken:
    """A finder of names that fails, with the text in its message."""

    version = "told"

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        raise RuntimeError(texts[0])


class Away:
    """A finder whose worker is gone."""

    version = "told"

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        raise DetectionFailed(retry_after_s=9)


def test_any_failure_of_detection_refuses_the_call_and_quotes_nothing() -> None:
    with pytest.raises(DetectionFailed) as refused:
        Substitution(Broken(), derived(b"s")).substitute(caller(), call(says("Jean Tremblay lives here")))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert "Tremblay" not in str(refused.value)


def test_a_finder_s_own_refusal_is_passed_on() -> None:
    with pytest.raises(DetectionFailed) as refused:
        Substitution(Away(), derived(b"s")).substitute(caller(), call(says("Jean Tremblay lives here")))
    assert refused.value.retry_after_s == 9


def test_places_and_organisations_are_hidden_only_where_the_policy_asks() -> None:
    class Places(KnownNames):
        def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
            return [
                [Span(at, at + 4, Label.ORG, certain=False)] if (at := text.find("Acme")) >= 0 else []
                for text in texts
            ]

    text = "I work at Acme in the north."
    asked = DetectionPolicy(labels=DEFAULT_LABELS | {Label.ORG})
    silent, telling = (Substitution(Places(), derived(b"s"), policy) for policy in (DetectionPolicy(), asked))
    assert sent(silent.substitute(caller(), call(says(text)))) == text
    result = telling.substitute(caller(), call(says(text)))
    assert "Acme" not in sent(result)
    assert answered(result, sent(result)) == text


def test_a_turn_that_repeats_its_history_asks_for_names_in_the_new_text_alone() -> None:
    class Counting(KnownNames):
        asked: list[str] = []  # noqa: RUF012 - read by this test only

        def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
            self.asked.extend(texts)
            return super().find(texts)

    names = Counting()
    substitution = Substitution(names, derived(b"s"))
    substitution.substitute(caller(), call(says("Jean Tremblay asks.", "Another paragraph here.")))
    names.asked.clear()
    substitution.substitute(
        caller(), call(says("Jean Tremblay asks.", "Another paragraph here.", "Something new."))
    )
    assert names.asked == ["Something new."]
    names.asked.clear()
    substitution.substitute(caller("acc_charlie"), call(says("Something new.")))
    assert names.asked == ["Something new."], "one account's cache does not serve another"


@pytest.mark.parametrize(
    "edit",
    [
        '<<<<<<< SEARCH\n    owner = "Jean Tremblay"  # jean.tremblay@acme.ca\n=======\n'
        "    owner = None\n>>>>>>> REPLACE",
        "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-HOST = \"24.48.0.1\"\n+HOST = '24.48.0.2'  # "
        "Côté, Marie-Ève\n context\n",
        json.dumps(
            {"old": "phone: (416) 967-1111\n", "new": "tél. : 514.987.6543 — Agnès Dubois\n"},
            ensure_ascii=False,
        ),
    ],
)
def test_an_edit_that_a_model_repeats_applies_byte_for_byte(edit: str) -> None:
    result = masked(f"Jean Tremblay asks to apply this:\n```\n{edit}\n```")
    fence = sent(result).partition("```\n")[2].removesuffix("\n```")
    assert "Tremblay" not in fence
    assert answered(result, fence) == edit


def test_a_name_found_once_is_hidden_alone_elsewhere() -> None:
    result = masked(
        "My manager is Jean Tremblay.", "I saw Tremblay, TREMBLAY's dog and jean yesterday. Jean left."
    )
    assert "tremblay" not in sent(result, 1).lower()
    assert "jean" not in sent(result, 1).lower()


def test_a_common_word_that_is_also_a_name_is_hidden_only_where_it_is_one() -> None:
    result = shield(["Rose May"]).substitute(
        caller(), call(says("Ask Rose May. May I water the rose? Then Rose came."))
    )
    assert "May I water the rose? Then " in sent(result)
    assert "Then Rose" not in sent(result)


def test_code_identifiers_urls_and_versions_are_left_alone() -> None:
    text = (
        "Jean Tremblay asks:\n```python\nimport tremblay_utils\ntremblay_utils.run(version='1.2.3.4')\n```\n"
        "See https://acme.ca/tremblay?page=2 and 0f8fad5b-d9cd-469f-a165-70867728950e "
        "at 2024-01-02T03:04:05Z, "
        "commit 3f786850e387550fdab836ed7e6dc881de23001b, v1.22.333.4444."
    )
    left = sent(masked(text)).partition("asks:")[2]
    assert left == text.partition("asks:")[2]
