"""Local servers of the operator, added and changed while the gateway serves: by form, by command and by API.

Joins the look at a server, its row in the catalog, its sealed key and a test call. Every change is one journal unit
with its record. All processes follow within the 5 seconds for which they keep the catalog and the keys.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ni.access.credentials import last4
from ni.access.platform_credentials import PlatformCredentials
from ni.catalog.editing import CatalogEditor, Edit
from ni.catalog.own_servers import (
    LOCAL,
    PREFIX,
    Offered,
    OwnServer,
    deployment_of,
    key_setting,
    own_servers,
    removing,
    serving,
)
from ni.catalog.routes import FREE, Catalog
from ni.catalog.sheet import CatalogFault, Sheet
from ni.domain.activity import Difference
from ni.domain.clock import Clock
from ni.domain.errors import BadRequest, NotFound, ResidencyUnverified, UpstreamError
from ni.domain.ids import Random, request_id
from ni.domain.route import Price, Route
from ni.domain.secret import Secret
from ni.gateway.checks import ResidencyGuard
from ni.providers.base import Provider, ProviderRequest
from ni.providers.local_probe import FoundServer, ServerProbe
from ni.residency.rules import Refusal

PATIENCE_S = 120.0
"""How long a test waits for the first piece: a server may have to load the model."""
MOST_TOKENS = 16
_NOT_TAKEN = "The catalog cannot take this: %(reason)s."


@dataclass(frozen=True, slots=True)
class NewServer:
    """What the operator says of a server. `jurisdiction` is where the machine stands."""

    name: str
    address: str
    jurisdiction: str
    key: Secret | None = None


@dataclass(frozen=True, slots=True)
class TestedCall:
    """A test call that was answered: how many milliseconds passed until the first piece came."""

    route: str
    first_ms: int


@dataclass(frozen=True, slots=True)
class LocalServerTools:
    """What is joined. `jurisdiction` is the instance's; `own` asks the providers' adapter of local servers."""

    editor: CatalogEditor
    keys: PlatformCredentials
    probe: ServerProbe
    catalog: Catalog
    guard: ResidencyGuard
    own: Callable[[], Provider]
    clock: Clock
    random: Random
    jurisdiction: str


class LocalServers:
    """Lists, adds, changes, tests and removes local servers."""

    def __init__(self, tools: LocalServerTools) -> None:
        self._tools = tools

    @property
    def jurisdiction(self) -> str:
        """Where the operator's machines stand, as the instance is set."""
        return self._tools.jurisdiction

    def list(self) -> Sequence[OwnServer]:
        """The servers that are kept in the catalog. Raises `StoreUnavailable`."""
        self._tools.keys.renew()
        return own_servers(self._tools.editor.read())

    def get(self, server_id: str) -> OwnServer:
        """One of them. Raises `NotFound`, `StoreUnavailable`."""
        self._tools.keys.renew()
        return _of(self._tools.editor.read(), server_id)

    def key_end(self, server: OwnServer) -> str | None:
        """The last characters of the stored key, empty for a short one; None if there is none."""
        return self._tools.keys.key_ends().get(key_setting(server.id))

    def look(self, server_id: str) -> FoundServer:
        """What a known server lists now. Raises `NotFound`, `BadRequest`."""
        server = self.get(server_id)
        return self._tools.probe.look(
            server.deployment.endpoint, self._tools.keys.lookup(key_setting(server_id))
        )

    def add(self, new: NewServer) -> tuple[OwnServer, FoundServer]:
        """Look at a server and keep its address; nothing is served yet. Raises `BadRequest`."""
        self._require_place(new.jurisdiction)
        try:
            deployment = deployment_of(new.name, new.address)
        except CatalogFault as fault:
            raise BadRequest(
                "The name of a server has small letters, digits and dashes, at most 40.", param="name"
            ) from fault
        if any(row.id == deployment.id for row in self._tools.editor.read().deployments):
            raise BadRequest("There is a server of this name already.", param="name")
        found = self._tools.probe.look(new.address, new.key)
        deployment = replace(deployment, endpoint=found.base_url)
        said, parts = self._keyed(deployment.id, new.key) if new.key else ((), ())
        self._apply(Edit(Sheet((deployment,), ()), said=said), deployment.id, parts)
        return self.get(deployment.id), found

    def move(self, server_id: str, address: str, key: Secret | None, *, forget: bool = False) -> FoundServer:
        """Give a server another address or key, after a look at it. Raises `NotFound`, `BadRequest`.

        A stored key goes to the address that it was entered for and to no other: it is forgotten with its address,
        unless it is entered again.
        """
        server = self.get(server_id)
        end = self.key_end(server)
        kept = address.strip().rstrip("/") == server.deployment.endpoint and not forget
        found = self._tools.probe.look(
            address, key or (self._tools.keys.lookup(key_setting(server_id)) if kept else None)
        )
        said: tuple[Difference, ...] = ()
        parts: tuple[object, ...] = ()
        if key:
            said, parts = self._keyed(server_id, key)
        elif end is not None and not kept:
            said = ((f"key of {server_id}", _shown(end), None),)
            parts = self._tools.keys.forgotten_key(key_setting(server_id))
        deployment = replace(server.deployment, endpoint=found.base_url)
        self._apply(Edit(Sheet((deployment,), ()), said=said), server_id, parts)
        return found

    def serve(self, server_id: str, models: Iterable[Offered], price: Price | None = None) -> OwnServer:
        """Let a server serve these models and no others; new routes get the price. Raises `NotFound`, `BadRequest`."""
        tools, sheet = self._tools, self._tools.editor.read()
        known = {row.id for row in sheet.routes}
        shared = [
            route.id
            for route in tools.catalog.routes()
            if route.deployment.id == LOCAL and route.id not in known
        ]
        server = _of(sheet, server_id)
        try:
            edit = serving(sheet, server.deployment, models, (price or FREE,), shared)
            tools.editor.apply(edit, server_id)
        except CatalogFault as fault:
            raise BadRequest(_NOT_TAKEN, reason=str(fault).rstrip(".")) from fault
        tools.catalog.refresh()
        return self.get(server_id)

    def remove(self, server_id: str) -> None:
        """Forget a server, its key, and the routes that no other server has. Raises `NotFound`, `BadRequest`."""
        server = self.get(server_id)
        end = self.key_end(server)
        said: tuple[Difference, ...] = () if end is None else ((f"key of {server_id}", _shown(end), None),)
        edit = removing(self._tools.editor.read(), server_id)
        parts = self._tools.keys.forgotten_key(key_setting(server_id))
        self._apply(replace(edit, said=said), server_id, parts)

    def test(self, server_id: str, route_id: str) -> TestedCall:
        """Ask one short question on a route at this server, and leave at the first piece of the answer.

        It holds no user's words and goes past the pipeline: no usage row, no charge, no record. Raises the `Problem`
        that came instead.
        """
        route = self._place(server_id, route_id)
        body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": MOST_TOKENS}

        def vet(addresses: Sequence[str]) -> None:
            decision = self._tools.guard.vet(route, "", addresses)
            if isinstance(decision, Refusal):
                raise ResidencyUnverified(
                    route=route.id, reason=decision.reason, alternative="none was looked for"
                )

        clock = self._tools.clock
        asked = ProviderRequest(
            request_id(self._tools.random), route, body, stream=True, vet=vet, patience_s=PATIENCE_S
        )
        begun = clock.monotonic()
        response = self._tools.own().send(asked)
        try:
            if not any(response.chunks()):
                raise UpstreamError(provider="Local")
        finally:
            response.close()
        return TestedCall(route_id, round((clock.monotonic() - begun) * 1000))

    def _place(self, server_id: str, route_id: str) -> Route:
        route = self._tools.catalog.resolve(route_id)
        for place in route.places if route else ():
            if place.deployment.id == server_id:
                return place
        raise NotFound("This server serves no such route.", param="route")

    def _require_place(self, jurisdiction: str) -> None:
        """Refuse a machine that is said to stand elsewhere, or of which nothing is said."""
        if jurisdiction.strip().upper() != self.jurisdiction.upper():
            raise BadRequest(
                "Routes to machines of your own promise the jurisdiction of this instance, %(here)s. A machine that "
                "stands elsewhere cannot be one of them.",
                param="jurisdiction",
                here=self.jurisdiction,
            )

    def _keyed(self, server_id: str, key: Secret) -> tuple[tuple[Difference, ...], tuple[object, ...]]:
        """The line of the record and the statements of a key that is stored."""
        setting = key_setting(server_id)
        before = self._tools.keys.key_ends().get(setting)
        parts = self._tools.keys.stored_key(setting, key)
        now = f"a new one, {_shown(last4(key))}"
        return ((f"key of {server_id}", None if before is None else _shown(before), now),), parts

    def _apply(self, edit: Edit, subject: str, parts: Sequence[object]) -> None:
        try:
            self._tools.editor.apply(edit, subject, parts)
        except CatalogFault as fault:
            raise BadRequest(_NOT_TAKEN, reason=str(fault).rstrip(".")) from fault
        self._tools.keys.renew()
        self._tools.catalog.refresh()


def _of(sheet: Sheet, server_id: str) -> OwnServer:
    for server in own_servers(sheet):
        if server.id == server_id:
            return server
    raise NotFound("There is no such local server.", param="server_id")


def _shown(end: str | None) -> str:
    return f"ends in {end}" if end else "stored"


def suggested_name(address: str, taken: Iterable[str]) -> str:
    """A free name for a server, of its host and port."""
    host = address.strip().lower().partition("://")[2] or address.strip().lower()
    plain = "".join(
        letter if letter.isascii() and letter.isalnum() else "-" for letter in host.partition("/")[0]
    )
    stem = "-".join(part for part in plain.split("-") if part)[:36] or "server"
    known = {name.removeprefix(PREFIX) for name in taken}
    return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if name not in known)
