"""The tree: growth, stored subtrees and proofs agree for every size; a proof holds for nothing else."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ni_verify
from ni.custody.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    split,
)
from ni_verify import Refused

LEAVES = [leaf_hash(bytes((at % 256, at // 256))) for at in range(600)]


def span(low: int, high: int) -> bytes:
    """The definition of RFC 6962 section 2.1, word for word."""
    if high - low == 1:
        return LEAVES[low]
    middle = low + split(high - low)
    return node_hash(span(low, middle), span(middle, high))


def test_growth_gives_the_root_of_the_definition_at_every_size() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT == sha256().digest()
    for size in range(1, 300):
        frontier.append(LEAVES[size - 1])
        assert frontier.root() == span(0, size)
        assert Frontier.unpack(size, frontier.packed()).root() == frontier.root()


def test_subtrees_are_given_out_once_each_and_only_at_stored_levels() -> None:
    frontier, made = Frontier(), []
    for leaf in LEAVES:
        made += frontier.append(leaf)
    assert [(node.level, node.index) for node in made] == [(8, 0), (8, 1)]
    assert [node.hash for node in made] == [span(0, 256), span(256, 512)]


def test_peaks_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(ValueError, match="peaks"):
        Frontier.unpack(3, bytes(32))


@given(st.data())
def test_an_inclusion_proof_holds_for_its_leaf_and_no_other(choice: st.DataObject) -> None:
    size = choice.draw(st.integers(1, 300))
    index = choice.draw(st.integers(0, size - 1))
    other = choice.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(index, size, span), span(0, size)
    ni_verify.check_inclusion(index, size, LEAVES[index], proof, root)
    if other != index:
        with pytest.raises(Refused):
            ni_verify.check_inclusion(other, size, LEAVES[index], proof, root)
        with pytest.raises(Refused):
            ni_verify.check_inclusion(index, size, LEAVES[other], proof, root)


@given(st.data())
def test_a_consistency_proof_holds_between_its_sizes_and_no_others(choice: st.DataObject) -> None:
    new = choice.draw(st.integers(1, 300))
    old = choice.draw(st.integers(1, new))
    proof, head = consistency_proof(old, new, span), (new, span(0, new))
    ni_verify.check_consistency((old, span(0, old)), head, proof)
    with pytest.raises(Refused):
        ni_verify.check_consistency((old, sha256(b"fork").digest()), head, proof)
    if proof:
        with pytest.raises(Refused):
            ni_verify.check_consistency((old, span(0, old)), head, proof[:-1])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, span)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_there_is_no_proof_of_growth_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no proof"):
        consistency_proof(old, new, span)
