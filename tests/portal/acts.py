"""What is on record of administrative acts, and what must be there before some of them."""

from typing import Any

from ni.catalog.placing import Proposal
from ni.custody.activity import ActivityFilter
from ni.domain.activity import Activity
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from tests.portal.conftest import Browser


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
