"""Takes the pictures of the README: an account of a small team, a fortnight in use. Run it with `make screenshots`.

The pages are the real ones over the real packages; what they show is made up, by the same rule each time.
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from ni.access.accounts import DEFAULT
from ni.access.key_spec import KeySpec
from ni.domain.clock import to_ms
from ni.domain.reply import Outcome
from ni.domain.route import Tier
from ni.factory.gateway import Gateway
from ni.metering.days import day_of
from ni.store.tables.metering import budgets
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.portal.cast import ALICE, NOW, PASSWORD
from tests.portal.scenes import (
    ZONE,
    Scene,
    at_work,
    fresh,
    grant_and_charge,
    let_people_in,
    send_call,
    store_usage,
    usage_row,
)
from tests.portal.serving import served

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1280, 700
MOST_BYTES = 150_000
CANADIAN = frozenset({Tier.OWN_HARDWARE, Tier.CANADIAN_CLOUD})
KEYS = (
    KeySpec("Cursor, Alice", CANADIAN, 10_000_000_000, 120),
    KeySpec("Support assistant", CANADIAN, 25_000_000_000, 600),
    KeySpec("Nightly summaries", frozenset(Tier), 5_000_000_000),
    KeySpec("Claude Code, Bob", frozenset(Tier) - {Tier.GLOBAL_CLOUD}, None, 60),
)
PICTURES = (  # name, path, language, scheme
    ("overview", "/portal/", "en", "light"),
    ("usage", "/portal/usage", "fr", "dark"),
    ("playground", "/portal/playground", "en", "light"),
    ("custody", "/portal/custody/{record}", "en", "dark"),
    ("keys", "/portal/keys", "en", "light"),
)


def showcase(home: Path) -> Scene:
    """An account with names as people choose them."""
    scene = fresh(home)
    with at_work(home, NOW - timedelta(days=40)) as gateway:
        let_people_in(gateway, scene)
        key_ids = _keys(gateway, scene)
        grant_and_charge(gateway, "Invoice 2026-118")
        send_call(gateway, scene)
        numbers = [number for number in range(1, 560) if number % 13 < 9 - number // 100]
        store_usage(gateway, [_row(gateway, number, key_ids) for number in numbers])
    return scene


def _keys(gateway: Gateway, scene: Scene) -> list[str]:
    clock: Any = gateway.clock
    key_ids: list[str] = []
    for at, spec in enumerate(KEYS):
        clock.move(days=1)
        created = gateway.keys_of(DEFAULT).create(spec, scene.places["alice"])
        scene.places.setdefault("key_text", created.text.reveal())
        key_ids.append(created.id)
        spent = (spec.cap_nanos or 9_000_000_000) * (61 - 13 * at) // 100
        day = {"key_id": created.id, "day": day_of(NOW, ZONE), "spent_nanos": spent, "held_nanos": 0}
        with gateway.database.engine.begin() as connection:
            connection.execute(budgets.insert(), day)
    return key_ids


def _row(gateway: Gateway, number: int, key_ids: list[str]) -> dict[str, Any]:
    """The n-th newest row: large and small ones mixed, most of the first keys."""
    routes = gateway.catalog.routes()[::3]  # of every tier, and several rows of each
    drawn = usage_row(number * 173 % 557 + 1, routes, key_ids[number % 7 % 4])
    at = NOW - timedelta(minutes=37 * number)
    local = drawn["outcome"] is Outcome.LOCAL
    return drawn | {
        "request_id": f"{number:016x}", "at": to_ms(at), "day": day_of(at, ZONE),
        "outcome": Outcome.COMPLETED if local else drawn["outcome"],
    }  # fmt: skip


def prepared(page: Page, path: str) -> None:
    """Do what makes a page worth a picture: ask something in the playground."""
    if path.endswith("/playground"):
        page.fill("#prompt", "Write to marie@north.example, 514-555-0142, that the parts have arrived.")
        page.click("main form.panel [type=submit]")
        page.wait_for_selector("#answer:not([aria-busy]):not(:empty)")
    page.mouse.move(0, 0)


def take(browser: Browser, address: str, picture: tuple[str, str, str, str]) -> Path:
    """One picture."""
    name, path, language, scheme = picture
    context = browser.new_context(
        locale=f"{language}-CA",
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": WIDTH, "height": HEIGHT},
    )
    page = context.new_page()
    page.goto(f"{address}/portal/sign-in?next={path}")
    page.fill("#email", ALICE.email)
    page.fill("#password", PASSWORD)
    page.click("main form.panel [type=submit]")
    prepared(page, path)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    context.close()
    return file


def main() -> int:
    """Take all pictures; 1 if one is too large for a page that loads quickly."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scene = showcase(Path(folder) / "home")
        with served(scene) as address:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            files = [
                take(browser, address, (name, scene.filled(path), language, scheme))
                for name, path, language, scheme in PICTURES
            ]
            browser.close()
    for file in files:
        sys.stdout.write(f"{file.stat().st_size:>7} {file.name}\n")
    return int(any(file.stat().st_size > MOST_BYTES for file in files))


if __name__ == "__main__":
    sys.exit(main())
