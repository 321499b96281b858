"""An instance with two accounts, and programs with tokens that ask its administration API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from ni.access.accounts import Role
from ni.access.admin_tokens import SCOPES, TokenSpec
from ni.access.key_spec import KeySpec
from ni.access.onboarding import Link, NewUser, Purpose, invitation_id
from ni.domain.route import Price
from ni.domain.secret import Secret
from ni.gateway.local_servers import NewServer
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from ni.web.admin.declared import PREFIX, AdminEndpoint
from tests.assembled import Assembled, assembled
from tests.fakes.own_servers import without_sockets

HOST = "127.0.0.1:8000"
EVERYTHING = frozenset(SCOPES)
STORED = "GOOGLE_APPLICATION_CREDENTIALS"
GOOGLE_KEY = json.dumps(
    {
        "type": "service_account",
        "client_email": "a@b.iam.gserviceaccount.com",
        "private_key": "canary",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
)
"""The key of a service account that names no project, so that no route can be tried with it."""
SPARE = {"id": "azure-spare", "provider": "azure", "region": "canadaeast", "jurisdiction": "CA"}


@dataclass
class Admin:
    """An instance; `mine` and `theirs` are two accounts, `ids` what the endpoints' paths can name of each."""

    instance: Assembled
    mine: str
    theirs: str
    ids: dict[str, dict[str, str]]

    def token(self, account_id: str | None = None, scopes: frozenset[str] = EVERYTHING) -> str:
        """The text of a new token of an account, or of the operator."""
        spec = TokenSpec("test", scopes, account_id)
        return self.instance.gateway.access.admin_tokens.create(spec)[1].reveal()

    def ask(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Ask with a token; `headers` have underscores for dashes."""
        sent = {"Host": HOST} | ({"Authorization": f"Bearer {token}"} if token else {})
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"json": body}
        return self.instance.client.open(PREFIX + path, method=method, headers=sent, **more)

    def path(self, endpoint: AdminEndpoint, account_id: str) -> str:
        """The path of an endpoint with the ids of an account."""
        return endpoint.path.format(**self.ids[account_id])


@contextmanager
def administered(home: Path, **environ: str) -> Iterator[Admin]:
    """An instance with two accounts, each with an owner, a member, a key and a credential."""
    with assembled(home, **environ) as instance:
        access = instance.gateway.access
        instance.gateway.setup.store(STORED, {"service_account": Secret(GOOGLE_KEY)})
        placing = instance.gateway.placing
        placing.apply(placing.deployment(SPARE))
        accounts = [access.accounts.create(name).id for name in ("mine", "theirs")]
        ids: dict[str, dict[str, str]] = {}
        for account_id, name in zip(accounts, ("mine", "theirs"), strict=True):
            people = [
                access.onboarding.create(
                    NewUser(f"{who}@{name}.example.ca", who, Secret("an orchard in September")),
                    account_id,
                    role,
                )
                for who, role in (("owner", Role.OWNER), ("member", Role.MEMBER))
            ]
            key = access.keys_of(account_id).create(KeySpec(f"{name} key"))
            access.credentials.store(account_id, "openai", {"api_key": Secret("sk-" + "a" * 40)})
            budgets = instance.gateway.budgets_of(account_id, "America/Toronto")
            budget = budgets.set(BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, 10**12))
            invited = access.links.issue(Link(Purpose.INVITE, account_id=account_id, role=Role.MEMBER))
            ids[account_id] = {
                "account_id": account_id,
                "user_id": people[1].id,
                "key_id": key.id,
                "budget_id": budget.id,
                "invitation_id": invitation_id(invited),
                "provider": "openai",
                "route_id": "sandbox/echo-local",
                "server_id": "local-desk",
                "since": "2999-01-01",
                "deployment_id": SPARE["id"],
                "name": STORED,
            }
        without_sockets(instance.gateway)
        instance.gateway.local_servers.add(NewServer("desk", "127.0.0.1:1", "CA"))
        instance.gateway.editor.set_price("sandbox/echo-local", Price("2999-01-01", 0, 0, 0, 0))
        mine, theirs = accounts
        yield Admin(instance, mine, theirs, ids)
