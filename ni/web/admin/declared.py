"""What an endpoint of the administration API is: its declaration, the request that it gets and what it may ask."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from ni.access.accounts import Account
from ni.access.admin_tokens import AdminToken, Resource, Verb
from ni.access.services import AccessServices
from ni.catalog.editing import CatalogEditor
from ni.catalog.placing import Placing
from ni.catalog.routes import Catalog
from ni.custody.activity import ActivityLog
from ni.domain.clock import Clock
from ni.domain.errors import BadRequest, NotFound
from ni.domain.ids import base64url, from_base64url
from ni.domain.route import Deployment
from ni.gateway.local_servers import LocalServers
from ni.gateway.provider_setup import ProviderSetup
from ni.metering.account_budgets import AccountBudgets
from ni.metering.balance import Balances
from ni.metering.usage_queries import Reports
from ni.web.admin.schemas import Schema, text, whole

PREFIX = "/api/v1"
MOST_LISTED = 200
LISTED = 50
Json = Any


@dataclass(frozen=True, slots=True)
class AdminServices:
    """The services of the packages that endpoints ask.

    `holding` holds the rows of the object at a path (`ni.store.held_rows`). `missing` says which setting a
    deployment still needs, None for none. `editor` changes the catalog. `budgets_of` takes an account's id, its time
    zone and who acts; `stored_tag` gives the form in which an account's tag is stored.
    """

    access: AccessServices
    catalog: Catalog
    reports: Reports
    balances: Balances
    clock: Clock
    public_url: str
    currency: str
    missing: Callable[[Deployment], str | None]
    editor: CatalogEditor
    local_servers: LocalServers
    activity: ActivityLog
    budgets_of: Callable[[str, str, str], AccountBudgets]
    stored_tag: Callable[[str, str], str]
    setup: ProviderSetup
    placing: Placing
    holding: Callable[[str, Mapping[str, str]], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class AdminCall:
    """One request: who asks, the parts of the path, the query and the body, each checked against its schema."""

    services: AdminServices
    token: AdminToken
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    def account(self) -> Account:
        """The account that the path names. Raises `NotFound`, also for one that the token does not reach."""
        account_id = self.path["account_id"]
        account = self.services.access.accounts.get(account_id) if self.token.reaches(account_id) else None
        if account is None:
            raise NotFound("There is no such account.", param="account_id")
        return account

    @property
    def maker(self) -> str:
        """Who is said to have made what the request makes."""
        return self.token.id


Run = Callable[[AdminCall], Json]


@dataclass(frozen=True, slots=True)
class AdminEndpoint:
    """A declaration. `name` is its operation id; `path` is below `/api/v1`, its parameters in braces.

    `answer` is the schema of the answer, None where there is no content. `made` is the path of what a request makes, in
    which the members of the answer are filled in; `changes` that of the object that it changes, where it is another
    than `path`. `resource` is None where every token may ask, `operator` says that
    only the operator's tokens may.
    """

    name: str
    method: str
    path: str
    resource: Resource | None
    summary: str
    run: Run
    answer: Schema | None = None
    body: Schema | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    made: str = ""
    changes: str = ""
    operator: bool = False

    @property
    def verb(self) -> Verb:
        """What its scope must allow."""
        return Verb.READ if self.method == "GET" else Verb.WRITE

    @property
    def changed(self) -> str:
        """The path of the object that it changes, whose `ETag` its `If-Match` names."""
        return self.changes or self.path

    @property
    def scope(self) -> str:
        """The scope that a token needs, empty where any token will do."""
        return f"{self.resource}:{self.verb}" if self.resource else ""

    @property
    def status(self) -> int:
        """The status of its answer when all is well."""
        if self.answer is None:
            return 204
        return 201 if self.made else 200


PAGING: Mapping[str, Schema] = {"limit": whole(1, MOST_LISTED), "cursor": text(400)}
"""Query parameters of lists."""


def page_size(call: AdminCall) -> int:
    """How many entries the page may have."""
    return int(call.query.get("limit") or LISTED)


def paged(call: AdminCall, entries: Sequence[Mapping[str, Any]], key: str = "id") -> Json:
    """The page of a list that the query asks for, in the order of a member that is unlike in all of them.

    Raises `BadRequest` for a cursor that no page gave.
    """
    ordered = sorted(entries, key=lambda entry: str(entry[key]))
    after = _read_cursor(call.query.get("cursor", ""))
    rest = [entry for entry in ordered if after is None or str(entry[key]) > after]
    page = rest[: page_size(call)]
    more = len(rest) > len(page)
    return {
        "object": "list",
        "data": page,
        "next_cursor": base64url(str(page[-1][key]).encode()) if more else None,
    }


def _read_cursor(text: str) -> str | None:
    try:
        return from_base64url(text).decode() if text else None
    except ValueError as fault:
        raise BadRequest("`cursor` is a value that an earlier page gave.", param="cursor") from fault
