"""Scenes for the cast: a catalog of every tier, a busy account, and the app that serves them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Flask

from ni.domain.reply import Outcome
from ni.domain.route import Capabilities, Deployment, Price, Route, Tier
from ni.domain.secret import Secret
from ni.web.portal.figures import UsageRow
from ni.web.portal.services import KeyView, MappingView, NewKey, PortalOptions, PortalServices
from ni.web.portal.site import install
from tests.portal.cast import (
    ALICE,
    CHARLIE,
    HOSTILE,
    NOW,
    FakeKeys,
    FakeMappings,
    FakePeople,
    FakeRoutes,
)
from tests.portal.fake_byok import OPENAI_KEY, FakeByok, view_of
from tests.portal.fake_credit import FakeCredit
from tests.portal.fake_residency import FakeResidency
from tests.portal.fake_usage import FakeUsage
from tests.portal.fakes import FakeCustody, FakeOperator, FakePlayground, FakeProtection, FakeTeam

ROOT = Path(__file__).resolve().parents[2]
GUIDES = Path(__file__).parent / "guides"
ROUTES = (
    ("sandbox/echo-local", "sandbox", Tier.OWN_HARDWARE, "CA", "", 0, 0, ("text",)),
    ("local/qwen2.5-coder-1.5b-instruct-local", "local", Tier.OWN_HARDWARE, "CA", "", 0, 0, ("text",)),
    (
        "bedrock/mistral.mistral-large-2402-v1:0-ca",
        "bedrock",
        Tier.CANADIAN_CLOUD,
        "CA",
        "ca-central-1",
        4,
        12,
        ("text",),
    ),
    (
        "vertex_ai/gemini-2.5-flash-ca",
        "vertex_ai",
        Tier.CANADIAN_CLOUD,
        "CA",
        "northamerica-northeast1",
        3,
        25,
        ("text", "image"),
    ),
    (
        "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0-us",
        "bedrock",
        Tier.US_CLOUD,
        "US",
        "us-east-1",
        3,
        15,
        ("text", "image"),
    ),
    (
        "vertex_ai/gemini-2.5-pro-global",
        "vertex_ai",
        Tier.GLOBAL_CLOUD,
        "GLOBAL",
        "global",
        1,
        10,
        ("text", "image"),
    ),
    ("openai/gpt-5.2-us", "openai", Tier.PROVIDER_API, "US", "", 2, 14, ("text", "image")),
)


def catalog() -> list[Route]:
    """A route of each tier; prices in whole dollars per million tokens."""
    return [
        Route(
            route_id,
            provider,
            route_id,
            tier,
            Deployment(f"{provider}-1", provider, region, jurisdiction),
            Capabilities(modalities, 200_000, 16_384, function_calling=bool(cost), json_schema=bool(cost)),
            Price("2026-01-01", cost * 10**9, charge * 10**9, cost * 10**8, cost * 10**9),
        )
        for route_id, provider, tier, jurisdiction, region, cost, charge, modalities in ROUTES
    ]


def usage_row(number: int) -> UsageRow:
    """The n-th newest row of a busy account: every outcome, tier and size comes up."""
    route = catalog()[number % len(ROUTES)]
    denied = number % 11 == 7
    cost = 0 if denied else number * 63_517 % 90_000_001
    return UsageRow(
        f"{number:016x}",
        NOW - timedelta(minutes=37 * number),
        "key_account_a_1",
        "Cursor on the build machine",
        "claude-sonnet-4.5" if denied else route.id,
        "" if denied else route.id,
        None if denied else route.tier,
        "" if denied else route.jurisdiction,
        Outcome.DENIED if denied else list(Outcome)[number % 5 == 3],
        prompt_tokens=number * 7919 % 190_000,
        completion_tokens=number * 104_729 % 9000,
        latency_ms=number * 389 % 21_000,
        first_chunk_ms=number * 97 % 900,
        pii={"person": number % 4, "email": number % 3},
        provider_cost_nanos=cost,
        ni_charge_nanos=cost,
    )


def busy() -> PortalServices:
    """Alice's account in use, with a hostile name in every field that a stranger can fill; Charlie's with one key."""
    hers = NewKey(
        "Cursor on the build machine", frozenset({Tier.OWN_HARDWARE, Tier.CANADIAN_CLOUD}), 5_000_000_000, 60
    )
    keys = FakeKeys(
        {
            ALICE.account_id: [
                KeyView("key_account_a_2", NewKey(HOSTILE, frozenset(Tier)), "k3Zz", NOW, None),
                KeyView(
                    "key_account_a_1",
                    hers,
                    "x7Qa",
                    NOW - timedelta(days=40),
                    NOW,
                    spent_today_nanos=1_234_567_890,
                ),
                KeyView(
                    "key_account_a_0", NewKey("Old laptop", frozenset(Tier)), "0000", NOW, NOW, revoked_at=NOW
                ),
            ],
            CHARLIE.account_id: [
                KeyView("key_account_c_0", NewKey("Charlie’s own", frozenset(Tier)), "c0c0", NOW)
            ],
        }
    )
    pinned = {name: MappingView(name, ROUTES[4][0], NOW, "Cursor") for name in ("claude-sonnet-4.5", HOSTILE)}
    usage = FakeUsage({ALICE.account_id: [usage_row(number) for number in range(130)]})
    return together(keys, usage, FakeMappings({ALICE.account_id: pinned}))


def together(keys: FakeKeys, usage: FakeUsage, mappings: FakeMappings) -> PortalServices:
    """The services of one instance."""
    people = FakePeople()
    sonnet = replace(catalog()[-1], id="anthropic/claude-sonnet-4-5-us", provider="anthropic")
    routes = FakeRoutes(catalog(), [sonnet])
    hers = {(ALICE.account_id, "openai"): view_of("openai", {"api_key": Secret(OPENAI_KEY)})}
    return PortalServices(
        people, keys, usage, routes, mappings, FakeTeam(people), FakeProtection(people), FakeCustody(),
        FakePlayground(keys), FakeOperator(catalog()), FakeByok(hers), FakeCredit(), FakeResidency(),
    )  # fmt: skip


def make_app(
    services: PortalServices, public_url: str = "http://127.0.0.1:8000", *, prepaid: bool = True
) -> Flask:
    """The portal alone, as the factory installs it."""
    app = Flask("ni", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    app.config["SECRET_KEY"] = "of the tests"
    install(app, services, PortalOptions(public_url, guides=GUIDES, prepaid=prepaid))
    return app


def empty() -> PortalServices:
    """Nothing but the cast and the catalog."""
    return together(FakeKeys(), FakeUsage(), FakeMappings())
