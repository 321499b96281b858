"""A name that reads as one of a residency is never mapped to a route that is looser, however the name is spelt."""

import pytest

from ni.domain.route import Tier
from ni.inchat.answer import keeps_promise
from ni.inchat.closest import suffix_of
from tests.inchat.cast import route

AFTER = (
    " ",
    "\t",
    "\n",
    "\0",
    "\u200b",
    "\u00a0",
    "\u202e",
    "\ufeff",
    "/",
    ".",
    "-",
    "_",
    "!",
    ":latest",
    ":",
    ": 1",
    "\u2028",
)
DASHES = ("\u2010", "\u2011", "\u2012", "\u2013", "\u2212", "\uff0d", "\u2014")
SPELT = ("foo-\uff43\uff41", "foo-\u0441\u0430", "foo-\u0441a", "foo-C\u0410", "foo-c\u200ba", "fo\u00f6-ca")


@pytest.mark.parametrize("suffix", ["-ca", "-local", "-us", "-CA"])
@pytest.mark.parametrize("after", AFTER, ids=ascii)
def test_what_stands_behind_a_suffix_takes_nothing_from_it(suffix: str, after: str) -> None:
    assert suffix_of(f"azure/gpt-4.1{suffix}{after}") == suffix.lower()


@pytest.mark.parametrize("name", [*SPELT, *(f"foo{dash}ca" for dash in DASHES)], ids=ascii)
def test_a_name_that_only_looks_like_it_stands_for_no_looser_route(name: str) -> None:
    abroad = route("openai/gpt-4.1-us")
    assert abroad.jurisdiction == "US"
    assert not keeps_promise(name, abroad)


@pytest.mark.parametrize(
    "name", ["gpt-4.1", "claude-sonnet-4-5", "local-ca-model", "gpt:free", "o3-mini/high"]
)
def test_a_plain_name_promises_nothing(name: str) -> None:
    assert suffix_of(name) == ""
    assert keeps_promise(name, route("openai/gpt-4.1-us"))


def test_a_stricter_route_keeps_every_promise() -> None:
    assert keeps_promise(
        "foo-\u0441\u0430", next(r for r in map(route, ("local/llama-local",)) if r.tier is Tier.OWN_HARDWARE)
    )
