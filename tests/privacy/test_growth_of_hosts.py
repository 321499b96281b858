"""A host, path or address of any length costs masking no more than linear time, whatever joins its pieces."""

import pytest

from tests.growth import growth
from tests.privacy.cast import masked

SCHEMES = ("", "http://", "mailto:", "ssh://a@", "key=")
JOINTS = (".", "-", "_", ":", "/", "@", "&", "=", "%2e", "+", "~", ",", ";", "#")
SHORT, TIMES = 1_000, 8


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_host_without_end_costs_linear_time(scheme: str, joint: str) -> None:
    pieces = f"a{joint}" * (SHORT // (1 + len(joint)))
    assert growth(lambda text: masked(scheme + text), pieces, TIMES) <= 2 * TIMES
