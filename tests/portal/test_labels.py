"""Names for people: browsers by what they say of themselves."""

import pytest

from ni.domain.errors import RateLimited
from ni.domain.reply import Outcome
from ni.web.portal.labels import browser_name, cause_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
EDGE = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0 Safari/537.36 Edg/141.0"
SAFARI = f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {WEBKIT} Version/19.0 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (EDGE, "Edge, Windows"),
        (SAFARI, "Safari, iPhone"),
        ("curl/8.14.1", "curl"),
        ("Elinks", "Elinks"),
        ("", ""),
    ],
)
def test_a_session_is_named_by_browser_and_system(agent: str, name: str) -> None:
    assert browser_name(agent) == name


def test_a_provider_that_throttles_is_told_from_a_key_over_its_rate() -> None:
    assert cause_of(Outcome.UPSTREAM_ERROR, RateLimited.code) == "upstream_throttled"
    assert cause_of(Outcome.DENIED, RateLimited.code) == RateLimited.code
