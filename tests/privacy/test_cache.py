"""The cache remembers offsets under keyed digests, within its bound."""

from ni.privacy.spans import Findings, FindingsCache, Label, Span, digest


def test_a_digest_depends_on_account_kind_and_text() -> None:
    names = {digest(key, kind, text) for key in (b"a", b"b") for kind in ("x", "y") for text in ("1", "2")}
    assert len(names) == 8
    assert digest(b"a", "x", "1\ud800") == digest(b"a", "x", "1\ud800")


def test_the_least_recently_used_is_forgotten_first() -> None:
    cache = FindingsCache(limit=3 * Findings().weight)
    for name in (b"1", b"2", b"3"):
        cache.put(name, Findings())
    cache.get(b"1")
    cache.put(b"4", Findings())
    assert cache.get(b"2") is None
    assert cache.get(b"1") is not None


def test_the_bound_counts_what_entries_hold() -> None:
    cache = FindingsCache(limit=1000)
    for number in range(500):
        cache.put(str(number).encode(), Findings((Span(0, 1, Label.EMAIL),) * 10))
    assert len(cache._findings) == 1000 // 14
    assert cache._weight <= 1000
    cache.put(b"499", Findings())
    assert cache._weight == sum(found.weight for found in cache._findings.values())
