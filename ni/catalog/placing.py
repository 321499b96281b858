"""Edits of where routes run: a deployment more, the deployments of a route and their order, a deployment less.

An edit is a proposal first: it is checked like a catalog file, and its differences are shown before it is applied, by
the same function that imports a file. A deployment that is added here reads its credential from variables of its own
name, or from those of its provider; one with an address of its own always has its own, so that no credential that was
given for one address is sent to another.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa

from ni.catalog import changes
from ni.catalog.check import PLACEMENTS, check_sheet
from ni.catalog.load import read_deployment
from ni.catalog.sheet import CatalogFault, RouteRow, Sheet
from ni.domain.activity import OPERATOR, ActivityKind, Difference, Subject, Tell
from ni.domain.provider_descriptor import PlatformCredential
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.catalog import deployments
from ni.store.unit import Change, Unit

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
MOST_CHARACTERS = 32
SHARED = "shared"
"""Says that a deployment uses the credential of its provider, as others do."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit that was checked: the rows to write, and what they change."""

    sheet: Sheet
    differences: tuple[Difference, ...]

    @property
    def fingerprint(self) -> str:
        """A digest of what changes: whoever applies an edit says with it which differences were shown."""
        return sha256(orjson.dumps(self.differences)).hexdigest()[:16]

    @property
    def lines(self) -> tuple[tuple[str, str, str, str], ...]:
        """What changes, field by field: the row, the field, and what it held and will hold."""
        return tuple(
            (name, field, old, new)
            for name, before, after in self.differences
            for field, old, new in _fields(str(before or "{}"), str(after or "{}"))
        )


def _fields(before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """The fields that differ between two rows of a record, which are JSON texts."""
    was, now = orjson.loads(before), orjson.loads(after)
    for field in dict.fromkeys((*was, *now)):
        old, new = (_plain(row.get(field)) for row in (was, now))
        if old != new:
            yield field, old, new


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value in (None, "", "{}") else str(value)


@dataclass(frozen=True, slots=True)
class Placing:
    """Proposes and applies edits of deployments; `tell` makes the records of the activity log."""

    database: Database
    journal: Journal
    tell: Tell

    def deployment(self, row: Mapping[str, Any], credential: str = SHARED) -> Proposal:
        """A new deployment of the fields of a catalog's file, with a credential of its own or its provider's.

        `credential` is `shared`, or the name of the chief field of its own. Raises `CatalogFault`.
        """
        new = read_deployment(dict(row), "The deployment")
        here = changes.read(self.database)
        _check_new(new, here)
        own = _own(new.provider, credential)
        if new.endpoint and own is None:
            raise CatalogFault("A deployment with its own address needs a credential of its own.")
        named = with_own_settings(new, own) if own else with_usual_settings(new)
        return self._proposal(here, Sheet((named,), ()))

    def route(self, route_id: str, names: Sequence[str], *, enabled: bool | None = None) -> Proposal:
        """A route at these deployments, in order; None leaves its switch alone. Raises `CatalogFault`."""
        here = changes.read(self.database)
        row = next((row for row in here.routes if row.id == route_id), None)
        if row is None:
            raise CatalogFault(f"`{route_id}` is not a route of the catalog's tables.")
        if not names:
            raise CatalogFault(f"Route `{route_id}` needs a deployment.")
        first = next((each for each in here.deployments if each.id == names[0]), None)
        changed = replace(
            row,
            deployment=names[0],
            region=first.region if first else row.region,
            further_deployments=tuple(names[1:]),
            enabled=enabled,
            prices=(),
        )
        return self._proposal(here, Sheet((), (changed,)))

    def apply(self, proposal: Proposal) -> None:
        """Write a proposal, on record. Raises `StoreUnavailable`."""
        changes.store(proposal.sheet, self.database, self.journal, self.tell)

    def remove(self, deployment_id: str) -> None:
        """Delete a deployment that no route names, on record. Raises `CatalogFault`, `StoreUnavailable`."""
        here = changes.read(self.database)
        gone = next((each for each in here.deployments if each.id == deployment_id), None)
        if gone is None:
            raise CatalogFault(f"There is no deployment `{deployment_id}`.")
        used = [row.id for row in here.routes if deployment_id in names_of(row)]
        if used:
            raise CatalogFault(
                f"Deployment `{deployment_id}` is named by {len(used)} routes, the first of them `{used[0]}`."
            )
        told = ((f"deployment {gone.id}", f"{gone.provider}, {gone.region}, {gone.jurisdiction}", None),)
        record = self.tell(ActivityKind.CATALOG_CHANGED, OPERATOR, Subject("catalog"), told)
        delete = deployments.delete().where(deployments.c.id == sa.bindparam("of_deployment"))
        self.journal.write(Unit((Change(delete, {"of_deployment": gone.id}, expect=1), record)))

    def _proposal(self, here: Sheet, edit: Sheet) -> Proposal:
        rows = {row.id: row for row in edit.routes}
        routes = tuple(
            replace(rows[row.id], prices=row.prices) if row.id in rows else row for row in here.routes
        )
        check_sheet(Sheet((*here.deployments, *edit.deployments), routes))
        return Proposal(edit, changes.preview(edit, here))


def names_of(row: RouteRow) -> tuple[str, ...]:
    """The deployments of a route, in the order in which they are tried."""
    return (row.deployment, *(row.further_deployments or ()))


def _check_new(new: Deployment, here: Sheet) -> None:
    """Refuse an id that is taken or has another form, and a place that no tier of the provider has."""
    if not _ID.fullmatch(new.id) or len(new.id) > MOST_CHARACTERS:
        raise CatalogFault(
            f"A deployment's id has small letters, digits and dashes, such as azure-east-2, at most {MOST_CHARACTERS}."
        )
    if any(each.id == new.id for each in here.deployments):
        raise CatalogFault(f"There is a deployment `{new.id}` already.")
    known = PROVIDERS.get(new.provider)
    if known is None or not known.platform:
        raise CatalogFault(f"Deployments of `{new.provider}` are not added here.")
    fits = any(
        new.region in regions and new.jurisdiction == PLACEMENTS[tier].jurisdiction
        for tier, regions in known.regions.items()
    )
    if not fits:
        raise CatalogFault(
            f"Deployment `{new.id}`: no tier of {new.provider} runs in region `{new.region}` under the "
            f"jurisdiction `{new.jurisdiction}`."
        )


def _own(provider: str, credential: str) -> PlatformCredential | None:
    if credential == SHARED:
        return None
    kinds = {each.chief.field.name: each for each in PROVIDERS[provider].platform}
    if credential not in kinds:
        raise CatalogFault(f"The credential of a deployment is {' or '.join((SHARED, *kinds))}.")
    return kinds[credential]


def with_own_settings(deployment: Deployment, credential: PlatformCredential) -> Deployment:
    """The deployment with variables of its own name for the fields of a credential."""
    prefix = f"PROVIDER_{deployment.id}".upper().replace("-", "_")
    named = {
        each.named_by: f"{prefix}_{each.field.name.upper()}" for each in credential.fields if each.named_by
    }
    return _naming(deployment, named)


def with_usual_settings(deployment: Deployment) -> Deployment:
    """The deployment with the variables that its provider's other deployments read."""
    named = {
        each.named_by: each.setting
        for each in PROVIDERS[deployment.provider].platform[0].fields
        if each.named_by in ("credential_setting", "endpoint_setting")
    }
    return _naming(deployment, named)


def _naming(deployment: Deployment, named: Mapping[str, str]) -> Deployment:
    fields = ("credential_setting", "endpoint_setting")
    options = {name: text for name, text in named.items() if name not in fields}
    return replace(
        deployment,
        credential_setting=named.get("credential_setting", ""),
        endpoint_setting="" if deployment.endpoint else named.get("endpoint_setting", ""),
        options={**deployment.options, **options},
    )
