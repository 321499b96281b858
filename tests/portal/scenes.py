"""Instances for the portal's tests, over the real packages: one that nobody has set up, and one in use by the cast.

Each is built once, at a time that stands still; a test gets a copy of its home. What stands in braces in a path of a
test is filled in from `Scene.places`, because ids are drawn at random.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import sqlalchemy as sa
from flask import Flask

from ni.access.accounts import DEFAULT, AccountSettings, Role
from ni.access.key_spec import KeySpec
from ni.access.onboarding import Link, Purpose
from ni.access.passwords import Passwords
from ni.custody.activity import ActivityFilter
from ni.domain.clock import to_ms
from ni.domain.reply import Outcome
from ni.domain.route import Drift, Route, Tier
from ni.domain.secret import Secret
from ni.factory.application import create_app
from ni.factory.gateway import Gateway
from ni.inchat.mappings import Pinned
from ni.metering.days import day_of
from ni.settings import secret_files
from ni.store.tables.access import mappings
from ni.store.tables.catalog import deployments
from ni.store.tables.metering import balance_days, balances, budgets, totals, usage
from ni.web.metrics import Metrics
from tests.assembled import ORIGIN, ROOT, opened, prepare
from tests.cast import StandingClock
from tests.portal.cast import ALICE, BOB, CHARLIE, HOSTILE, NOW, OPENAI_KEY
from tests.residency.world import listed

GUIDES = Path(__file__).parent / "guides"
ZONE = "America/Toronto"
CURSOR = "Cursor on the build machine"
ROWS = 130
DAYS_CHARGED = 70
ENVIRON = {
    "NI_PREPAID": "on",
    "AWS_ACCESS_KEY_ID": "AKIAABCDEFGHIJKLMNOP",
    "AWS_SECRET_ACCESS_KEY": "a" * 40,
    "AZURE_OPENAI_ENDPOINT": "https://north.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "k" * 32,
    "NI_VERTEX_ACCESS_TOKEN": "token-of-the-tests",
    "GOOGLE_CLOUD_PROJECT": "my-project-1",
}
"""Every cloud is configured, the providers' own APIs are not: they are reached with an account's credential."""


@dataclass
class Scene:
    """The home of an instance, and the ids and tokens that paths of tests name."""

    home: Path
    places: dict[str, str] = field(default_factory=dict)

    def filled(self, path: str) -> str:
        """The path with what its braces name."""
        for name, value in self.places.items():
            path = path.replace(f"{{{name}}}", value)
        return path


@contextmanager
def at_work(home: Path, moment: datetime = NOW) -> Iterator[Gateway]:
    """The gateway of a home, with quick hashes, at an instant that stands still."""
    with opened(home, ENVIRON, StandingClock(moment)) as gateway:
        quick = replace(gateway.access, make_passwords=lambda: Passwords(memory_kib=64, passes=1))
        gateway.__dict__["access"] = quick
        yield gateway


@contextmanager
def copied(scene: Scene, home: Path) -> Iterator[Gateway]:
    """The gateway of a copy of the scene."""
    shutil.copytree(scene.home, home)
    with at_work(home) as gateway:
        yield gateway


def fresh(home: Path) -> Scene:
    """An instance that nobody has set up."""
    home.mkdir()
    secret_files.create(home, os.urandom)
    with at_work(home) as gateway:
        prepare(gateway)
        gateway.log_service.start("ni.example/custody/2026")
        token = gateway.access.links.issue(Link(Purpose.SET_UP)).reveal()
    return Scene(home, {"set_up": token})


def busy(home: Path) -> Scene:
    """Alice's account in use, with a hostile name in every field that a stranger can fill; Charlie's with one key."""
    scene = fresh(home)
    with at_work(home, NOW - timedelta(days=40)) as gateway:
        let_people_in(gateway, scene)
        make_keys(gateway, scene)
        grant_and_charge(gateway)
        send_call(gateway, scene)
        fill_usage(gateway, scene)
        let_residency_drift(gateway)
        issue_links(gateway, scene)
    return scene


def let_people_in(gateway: Gateway, scene: Scene) -> None:
    access = gateway.access
    alice = access.onboarding.create(ALICE.new, DEFAULT, Role.OWNER)
    access.accounts.change(DEFAULT, AccountSettings("Boreal", ZONE, commands=True))
    bob = access.onboarding.create(BOB.new, DEFAULT, Role.MEMBER)
    austral = access.accounts.create("Austral")
    charlie = access.onboarding.create(CHARLIE.new, austral.id, Role.OWNER)
    scene.places |= {"alice": alice.id, "bob": bob.id, "charlie": charlie.id, "boreal": DEFAULT}
    scene.places["austral"] = austral.id
    access.credentials.store(DEFAULT, "openai", {"api_key": Secret(OPENAI_KEY)}, alice.id)


def make_keys(gateway: Gateway, scene: Scene) -> None:
    clock: Any = gateway.clock
    keys, alice = gateway.keys_of(DEFAULT), scene.places["alice"]
    canadian = frozenset({Tier.OWN_HARDWARE, Tier.CANADIAN_CLOUD})
    first = keys.create(KeySpec(CURSOR, canadian, 5_000_000_000, 60), alice)
    clock.moment = NOW - timedelta(days=2)
    old = keys.create(KeySpec("Old laptop"), alice)
    keys.revoke(old.id)
    clock.moment = NOW - timedelta(days=1)
    hostile = keys.create(KeySpec(HOSTILE), alice)
    charlies = gateway.keys_of(scene.places["austral"]).create(KeySpec("Charlie’s own"), "")
    scene.places |= {
        "key": first.id,
        "old_key": old.id,
        "hostile_key": hostile.id,
        "charlies_key": charlies.id,
    }
    scene.places["key_text"] = first.text.reveal()
    route = "bedrock/mistral.mistral-large-2402-v1:0-ca"
    gateway.mappings.pin(Pinned(DEFAULT, "claude-sonnet-4.5", route, first.id, clock.moment, shared=True))
    odd = {"account_id": DEFAULT, "model": HOSTILE, "route_id": route, "key_id": first.id, "created_at": 0}
    spent = {"key_id": first.id, "day": day_of(NOW, ZONE), "spent_nanos": 1_234_567_890, "held_nanos": 0}
    with gateway.database.engine.begin() as connection:
        connection.execute(budgets.insert(), spent)
        connection.execute(
            mappings.insert(), odd
        )  # an old row: names are struck out before they are stored now


def grant_and_charge(gateway: Gateway, note: str = HOSTILE) -> None:
    """A grant in January, and charges of the last days."""
    clock: Any = gateway.clock
    clock.moment = datetime(2026, 1, 2, 17, tzinfo=NOW.tzinfo)
    gateway.balances.grant(DEFAULT, ZONE, 250_000_000_000, note)
    clock.moment = NOW
    charged = charges(DAYS_CHARGED)
    with gateway.database.engine.begin() as connection:
        connection.execute(
            balance_days.insert(),
            [{"account_id": DEFAULT, "day": day, "charged_nanos": nanos} for day, nanos in charged],
        )
        whole = {"charged_nanos": sum(nanos for _, nanos in charged), "held_nanos": 41_000_000}
        connection.execute(balances.update().where(balances.c.account_id == DEFAULT).values(whole))


def charges(days: int) -> list[tuple[str, int]]:
    """What was charged on each of the last days, oldest first."""
    return [((NOW - timedelta(days=days - at)).date().isoformat(), 12_345_678 * at) for at in range(1, days)]


def send_call(
    gateway: Gateway, scene: Scene, text: str = "Write to marie@example.ca and to paul@example.ca."
) -> None:
    """A real call, masked and answered."""
    client = create_app(gateway, Metrics(), str(ROOT)).test_client()
    answer = client.post(
        "/v1/chat/completions",
        base_url=ORIGIN,
        json={"model": "sandbox/echo-local", "messages": [{"role": "user", "content": text}]},
        headers={"Authorization": f"Bearer {scene.places['key_text']}"},
    )
    assert answer.status_code == 200, answer.text
    scene.places["record"] = answer.headers["X-NI-Request-ID"]


def fill_usage(gateway: Gateway, scene: Scene) -> None:
    """Rows of usage; the masked call's own row is the twelfth."""
    routes = gateway.catalog.routes()[::3]  # of every tier, and several rows of each
    own = gateway.reports.row(DEFAULT, scene.places["record"])
    assert own
    rows = [usage_row(number, routes, scene.places["key"]) for number in range(ROWS)]
    rows[11] |= {"request_id": own["request_id"], "working": own["working"], "pii": own["pii"]}
    store_usage(gateway, rows)


def store_usage(gateway: Gateway, rows: list[dict[str, Any]]) -> None:
    """Rows and their totals straight into the tables, in place of what is there."""
    with gateway.database.engine.begin() as connection:
        connection.execute(usage.delete())
        connection.execute(totals.delete())
        connection.execute(usage.insert(), rows)
        connection.execute(totals.insert(), list(sums(rows)))


def usage_row(number: int, routes: tuple[Route, ...], key_id: str) -> dict[str, Any]:
    """The n-th newest row of a busy account: every tier and size comes up."""
    route, at = routes[number % len(routes)], NOW - timedelta(minutes=37 * number)
    denied = number % 11 == 7
    cost = 0 if denied else number * 63_517 % 90_000_001
    kinds = {"person": number % 4, "email": number % 3}
    listed = ", ".join(f"{kind}={count}" for kind, count in sorted(kinds.items()) if count)
    blank = {column.name: "" if isinstance(column.type, sa.Text) else 0 for column in usage.c}
    return blank | {
        "request_id": f"{number:016x}", "account_id": DEFAULT, "key_id": key_id, "at": to_ms(at),
        "day": day_of(at, ZONE), "model": "claude-sonnet-4.5" if denied else route.id,
        "route": "" if denied else route.id, "tier": "" if denied else route.tier.value,
        "provider": "" if denied else route.provider,
        "jurisdiction": "" if denied else route.jurisdiction,
        "outcome": Outcome.DENIED if denied else list(Outcome)[number % 5 == 3], "status": 200,
        "uncached_tokens": number * 7919 % 190_000, "output_tokens": number * 104_729 % 9000,
        "latency_ms": number * 389 % 21_000, "first_chunk_ms": number * 97 % 900,
        "pii": f"on; {listed}" if listed else "on", "tokens_from": "provider",
        "provider_cost_nanos": cost, "ni_charge_nanos": cost,
    }  # fmt: skip


def sums(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The totals of usage rows, as the journal keeps them beside the rows."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    names = [column.name for column in totals.primary_key]
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    for group, members in groups.items():
        yield dict(zip(names, group, strict=True)) | {
            "requests": len(members),
            "prompt_tokens": sum(row["uncached_tokens"] for row in members),
            "output_tokens": sum(row["output_tokens"] for row in members),
            "values_protected": sum(protected(row["pii"]) for row in members),
            "provider_cost_usd_nanos": 0,
            "provider_cost_nanos": sum(row["provider_cost_nanos"] for row in members),
            "ni_charge_nanos": sum(row["ni_charge_nanos"] for row in members),
        }


def protected(pii: str) -> int:
    """How many values a summary such as `on; email=1, person=2` counts."""
    return sum(int(part.partition("=")[2]) for part in pii.partition("; ")[2].split(", ") if part)


def let_residency_drift(gateway: Gateway) -> None:
    """One deployment is refused for its SKU, another drifted to a hostile name, and one list is too old."""
    with gateway.database.engine.begin() as connection:
        wrong = deployments.update().where(deployments.c.id == "azure-ca")
        connection.execute(wrong.values(options='{"sku": "GlobalStandard"}'))
    gateway.catalog.refresh()
    for route in gateway.catalog.routes():
        if route.deployment.id == "azure-ca":
            gateway.monitor.decide(route)
    odd = Drift("azure", "azure-ca", "azure/gpt-4.1-mini-ca", "host", "canadaeast", HOSTILE, refused=False)
    gateway.residency.drifts.note(odd)
    gateway.residency.drifts.flush()
    gateway.residency.range_store.store(listed("aws", NOW - timedelta(days=20)))


def issue_links(gateway: Gateway, scene: Scene) -> None:
    links = gateway.access.links
    gateway.access.sessions.start(scene.places["alice"], DEFAULT, f"Browser {HOSTILE}")
    scene.places |= {
        "set_up": links.issue(Link(Purpose.SET_UP)).reveal(),
        "reset": links.issue(Link(Purpose.RESET, user_id=scene.places["alice"])).reveal(),
        "invite": links.issue(Link(Purpose.INVITE, account_id=DEFAULT, role=Role.MEMBER)).reveal(),
    }
    revoked = gateway.activity_log.page(DEFAULT, ActivityFilter("key.revoked"))
    scene.places["act"] = revoked.entries[0].rid


def give_second_factor(gateway: Gateway, user_id: str) -> Secret:
    """Let somebody sign in with codes; the secret of their app. The code that was used is used up."""
    factor = gateway.access.second_factor
    secret = factor.fresh()
    factor.enable(user_id, secret, code_of(gateway, secret))
    clock: Any = gateway.clock
    clock.move(seconds=30)
    return secret


def code_of(gateway: Gateway, secret: Secret) -> str:
    """What the app shows now."""
    return pyotp.TOTP(secret.reveal()).at(gateway.clock.now())


def make_app(gateway: Gateway) -> Flask:
    """The application with the guide of the tests."""
    return create_app(gateway, Metrics(), str(ROOT))
