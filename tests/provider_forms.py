"""Values for every field of the operator's credentials, and providers that take them without a network."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ni.access.platform_credentials import CredentialSlot, slots_of
from ni.domain.errors import UpstreamAuth
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.providers.base import Provider, ProviderRequest
from ni.providers.sandbox import Sandbox, SandboxResponse

CANARY = "canary7Qx"
BAD = "sk-canary-that-nobody-takes-0bad"
VALUES: Mapping[str, str] = {
    "api_key": f"sk-{CANARY}-0123456789abcdefWXYZ",
    "endpoint": "https://north.openai.azure.com",
    "secret_access_key": f"{CANARY}{'a' * (40 - len(CANARY))}",
    "access_key_id": "AKIAEXAMPLE012345678",
    "session_token": f"token-{CANARY}",
    "project": "my-project-1",
    "service_account": json.dumps(
        {
            "type": "service_account",
            "client_email": "a@b.iam.gserviceaccount.com",
            "private_key": CANARY,
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    ),
}
SLOTS = slots_of(())


class Wire(Sandbox):
    """A provider that is as configured as the real one, and answers unless a setting of it holds the bad key."""

    def __init__(self, real: Provider, lookup: Callable[[str], Secret | None]) -> None:
        super().__init__()
        self.real = real
        self.lookup = lookup
        self.sent: list[str] = []

    def missing(self, deployment: Deployment) -> str | None:
        return self.real.missing(deployment)

    def endpoint(self, deployment: Deployment) -> str:
        return self.real.endpoint(deployment)

    def send(self, order: ProviderRequest) -> SandboxResponse:
        self.sent.append(order.route.deployment.id)
        found = self.lookup(order.route.deployment.credential_setting or "AWS_BEARER_TOKEN_BEDROCK")
        if found is not None and found.reveal() == BAD:
            raise UpstreamAuth(provider="OpenAI", setting=order.route.deployment.credential_setting)
        return super().send(order)


def answers(slot: CredentialSlot) -> dict[str, str]:
    """A value for each field of a slot."""
    return {each.field.name: VALUES[each.field.name] for each in slot.fields}


def put_on_the_wire(providers: Any, lookup: Callable[[str], Secret | None]) -> dict[str, Wire]:
    """Replace the providers that take a credential: nothing leaves."""
    wires = {name: Wire(providers[name], lookup) for name in {slot.provider for slot in SLOTS.values()}}
    providers.update(wires)
    return wires
