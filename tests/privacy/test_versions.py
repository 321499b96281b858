"""What was found is forgotten with the rules and the models that found it; names are known from one place."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ni.domain.errors import DetectionFailed
from ni.factory.services import NoWorkers, names_ready
from ni.privacy.detect import DEFAULT_LABELS, DetectionPolicy
from ni.privacy.lexicon import read_words
from ni.privacy.masking import Substitution, derived
from ni.privacy.names import NoNames
from ni.privacy.names.worker.pool import Limits, NamesPool, wait_until_ready
from ni.privacy.people.lists import (
    FEMININE,
    MASCULINE,
    SURROGATE_FAMILY,
    SURROGATE_FEMININE,
    SURROGATE_MASCULINE,
)
from ni.privacy.spans import Label, Span, rules_version
from tests.privacy.cast import KnownNames, call, caller, says
from tests.privacy.names.test_worker_pool import stand_in


class Counting(KnownNames):
    """Counts the texts in which it was asked to look."""

    asked: list[str] = []  # noqa: RUF012 - read by these tests only

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        self.asked.extend(texts)
        return super().find(texts)


def asked_of(names: Counting, shield: Substitution) -> list[str]:
    names.asked.clear()
    shield.substitute(caller(), call(says("Jean Tremblay asks.")))
    return list(names.asked)


def test_findings_do_not_outlive_the_models_that_gave_them() -> None:
    names, renewed = Counting(), Counting(version="another")
    shield = Substitution(names, derived(b"s"))
    assert asked_of(names, shield) == ["Jean Tremblay asks."]
    assert asked_of(names, shield) == []
    after = Substitution(renewed, shield.account_secret, cache=shield.cache)
    assert asked_of(renewed, after) == ["Jean Tremblay asks."]


def test_findings_do_not_outlive_the_rules_that_gave_them() -> None:
    names = Counting()
    shield = Substitution(names, derived(b"s"), DetectionPolicy(rules="1"))
    assert asked_of(names, shield)
    assert asked_of(
        names, Substitution(names, shield.account_secret, DetectionPolicy(rules="2"), shield.cache)
    )


@pytest.mark.parametrize("changed", ["detect.py", "recognisers/phone.py", "people/given.txt.gz"])
def test_the_version_of_the_rules_changes_with_code_and_lists(tmp_path: Path, changed: str) -> None:
    for name in ("detect.py", "recognisers/phone.py", "people/given.txt.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"as it was")
    before = rules_version(tmp_path)
    assert rules_version(tmp_path) == before
    (tmp_path / changed).write_bytes(b"as it is")
    assert rules_version(tmp_path) != before


@pytest.fixture
def pool() -> Iterator[NamesPool]:
    pool = NamesPool(limits=Limits(ready_s=30), start=stand_in)
    yield pool
    pool.close()


def test_a_pool_tells_the_version_of_its_workers_and_whether_they_can_read(pool: NamesPool) -> None:
    assert not names_ready(pool, lambda: False)
    pool.start()
    assert pool.version == "stand-in"
    assert wait_until_ready(pool, 30)
    assert names_ready(pool, lambda: True)


def test_a_pool_without_a_worker_refuses_to_tell() -> None:
    with pytest.raises(DetectionFailed) as refusal:
        _ = NamesPool(limits=Limits(ready_s=0.05), start=stand_in).version
    assert refusal.value.retry_after_s == 5


def test_where_no_models_are_loaded_there_is_nothing_to_wait_for() -> None:
    assert names_ready(NoNames(), lambda: True)
    assert names_ready(NoWorkers(), lambda: False)


def test_without_workers_an_instance_with_a_key_that_is_masked_is_not_ready() -> None:
    assert not names_ready(NoWorkers(), lambda: True)


def test_every_name_that_a_surrogate_bears_is_recognised_as_one() -> None:
    given, family = read_words("given"), read_words("family")
    bearers = (*FEMININE, *MASCULINE, *SURROGATE_FEMININE, *SURROGATE_MASCULINE)
    assert [name for name in bearers if name.lower() not in given] == []
    assert [name for name in SURROGATE_FAMILY if name.lower() not in family] == []


@pytest.mark.parametrize(
    "policy",
    [
        DetectionPolicy(labels=DEFAULT_LABELS | {Label.ORG}),
        DetectionPolicy(labels=DEFAULT_LABELS - {Label.PHONE}),
        DetectionPolicy(private_addresses=True),
    ],
)
def test_findings_are_not_taken_for_those_of_another_policy(policy: DetectionPolicy) -> None:
    """A key that blocks more kinds looks for more: what others looked for in the same text is not enough."""
    names = Counting()
    shield = Substitution(names, derived(b"s"), DetectionPolicy())
    assert asked_of(names, shield)
    assert asked_of(names, Substitution(names, shield.account_secret, policy, shield.cache))
    assert asked_of(names, shield) == []
