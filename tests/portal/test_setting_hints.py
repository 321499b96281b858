"""What the operator must set is told in the page's language, for every provider and everything it may lack."""

from dataclasses import replace

import pytest
from flask import Flask

from ni.domain.route import Deployment
from ni.providers.base import Provider
from ni.providers.registry import build_providers
from ni.web.portal.recognised import SETTING_HINTS, setting_hint
from tests.fakes.doors import make_door

DEPLOYMENT = Deployment("d", "p", "", "CA", credential_setting="MY_OWN_SETTING")


def lacking() -> dict[str, Provider]:
    """The providers of an instance where nothing is set."""
    return dict(build_providers(make_door(), lambda name: None))


@pytest.mark.parametrize("name", sorted(lacking()))
def test_what_a_provider_lacks_is_told_in_french(one_app: Flask, name: str) -> None:
    provider = lacking()[name]
    for deployment in (
        DEPLOYMENT,
        replace(DEPLOYMENT, region="x-1"),
        replace(DEPLOYMENT, endpoint="https://x"),
    ):
        said = provider.missing(deployment)
        if said is None:
            continue
        with one_app.test_request_context(headers={"Accept-Language": "fr"}):
            assert setting_hint(said) != said
            assert ("MY_OWN_SETTING" in setting_hint(said)) == ("MY_OWN_SETTING" in said)
        with one_app.test_request_context(headers={"Accept-Language": "en"}):
            assert setting_hint(said) == said


def test_a_sentence_that_is_not_known_stays_as_it_is(one_app: Flask) -> None:
    with one_app.test_request_context(headers={"Accept-Language": "fr"}):
        assert setting_hint("Something else.") == "Something else."
        assert setting_hint("") == ""


def test_no_sentence_is_recognised_as_another() -> None:
    assert len(set(SETTING_HINTS)) == len(SETTING_HINTS)
