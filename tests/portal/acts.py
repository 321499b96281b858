"""What is on record of administrative acts, and what must be there before some of them."""

from typing import Any

from ni.catalog.placing import Proposal
from ni.custody.activity import ActivityFilter
from ni.domain.activity import Activity
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from tests.portal.conftest import Browser

UNCHANGING = {
    "/language": "a preference of the person",
    "/theme": "a preference of the person",
    "/portal/byok/<provider>/test": "asks the provider, stores nothing",
    "/portal/local-models/<server_id>/test": "asks the server, stores nothing",
    "/portal/price-sources": "compares, stores nothing",
    "/portal/prices/<path:route_id>/preview": "shows a difference, stores nothing",
    "/portal/providers/<name>/test": "asks the provider, stores nothing",
    "/portal/alerts/test": "sends a test to who is told already",
    "/portal/connect": "fills a key in, which is not kept",
    "/portal/connect/<name>": "fills a key in, which is not kept",
    "/portal/playground": "a call, which has its own records",
    "/portal/playground/stream": "a call, which has its own records",
}
ELSEWHERE = {
    "/portal/set-up/<token>": "test_the_first_user_is_on_record",
    "/portal/invite/<token>/join": "test_who_joins_a_second_account_is_on_record_there",
    "/portal/sso/groups": "test_who_lets_a_group_in_is_on_record",
    "/portal/sso/groups/remove": "test_who_lets_a_group_in_is_on_record",
    "/portal/sso/logout": "test_what_the_provider_says_is_on_record",
}
"""Forms that leave no record, and why; and those whose record another test holds."""


def acts(gateway: Gateway, account: str | None = None, **wanted: Any) -> list[Activity]:
    """What is on record, newest first."""
    entries = gateway.activity_log.entries(account, ActivityFilter(**wanted))
    return [entry.activity for entry in entries if entry.activity]


def the_operator_has_a_credential(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    gateway.setup.store("OPENAI_API_KEY", {"api_key": Secret("sk-other-0123456789abcdef-y8Rb")})


def azure_two(gateway: Gateway) -> Proposal:
    row = {"id": "azure-two", "provider": "azure", "region": "canadaeast", "jurisdiction": "CA"}
    return gateway.placing.deployment(row)


def the_deployment_was_shown(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    answers["apply"] = azure_two(gateway).fingerprint


def a_deployment_is_unused(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    gateway.placing.apply(azure_two(gateway))


def the_change_was_shown(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    changed = gateway.placing.route("azure/gpt-4.1-mini-ca", ["azure-ca"], enabled=False)
    answers["apply"] = changed.fingerprint
