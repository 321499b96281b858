"""Takes the pictures of the README: an account of a small team, a fortnight in use. Run it with `make screenshots`.

The pages are the real ones over the services of the tests; what they show is made up, by the same rule each time.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from ni.domain.reply import Outcome
from ni.domain.route import Tier
from ni.web.portal.figures import UsageRow
from ni.web.portal.services import KeyView, NewKey, PortalServices
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.portal.cast import ALICE, NOW, PASSWORD, FakeKeys
from tests.portal.fake_credit import FakeCredit, charges
from tests.portal.fake_usage import FakeUsage
from tests.portal.fakes import RECORD_ID, FakeCustody, FakePlayground
from tests.portal.scenes import busy, make_app, usage_row

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1280, 700
MOST_BYTES = 150_000
CANADIAN = frozenset({Tier.OWN_HARDWARE, Tier.CANADIAN_CLOUD})
KEYS = (
    ("Cursor, Alice", CANADIAN, 10_000_000_000, 120, "x7Qa"),
    ("Support assistant", CANADIAN, 25_000_000_000, 600, "k3Zz"),
    ("Nightly summaries", frozenset(Tier), 5_000_000_000, None, "b81f"),
    ("Claude Code, Bob", frozenset(Tier) - {Tier.GLOBAL_CLOUD}, None, 60, "0c4d"),
)
PICTURES = (  # name, path, language, scheme
    ("overview", "/portal/", "en", "light"),
    ("usage", "/portal/usage", "fr", "dark"),
    ("playground", "/portal/playground", "en", "light"),
    ("custody", f"/portal/custody/{RECORD_ID}", "en", "dark"),
    ("keys", "/portal/keys", "en", "light"),
)


def showcase() -> PortalServices:
    """The services of the cast with names as people choose them."""
    keys = [
        KeyView(f"key_{at}", NewKey(name, tiers, cap, rpm, pii=True), last_four, NOW - timedelta(days=40 - at),
                NOW - timedelta(minutes=9 * at), spent_today_nanos=(cap or 9_000_000_000) * (61 - 13 * at) // 100)
        for at, (name, tiers, cap, rpm, last_four) in enumerate(KEYS)
    ]  # fmt: skip
    rows = [fortnight(number, keys) for number in range(1, 560) if number % 13 < 9 - number // 100]
    kept = FakeKeys({ALICE.account_id: keys})
    credit = FakeCredit(
        {ALICE.account_id: {"grant_1": ("2026-09-01", 100_000_000_000, "Invoice 2026-118")}},
        {ALICE.account_id: charges(40)},
    )
    return replace(
        busy(),
        keys=kept,
        usage=FakeUsage({ALICE.account_id: rows}),
        custody=FakeCustody(model="claude-sonnet-4.5"),
        playground=FakePlayground(kept),
        credit=credit,
    )


def fortnight(number: int, keys: list[KeyView]) -> UsageRow:
    """The n-th newest row: large and small ones mixed, most of the first keys."""
    drawn, key = usage_row(number * 173 % 557 + 1), keys[number % 7 % 4]
    at = usage_row(number)
    outcome = Outcome.COMPLETED if drawn.outcome is Outcome.LOCAL else drawn.outcome
    return replace(
        drawn, request_id=at.request_id, created_at=at.created_at, key_id=key.id, key_name=key.terms.name,
        outcome=outcome,
    )  # fmt: skip


@contextmanager
def served() -> Iterator[str]:
    """The address of the showcase."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, make_app(showcase()), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def prepared(page: Page, path: str) -> None:
    """Do what makes a page worth a picture: ask something in the playground."""
    if path.endswith("/playground"):
        page.fill(
            "#prompt", "Write to Marie Tremblay that the parts have arrived, and sign for the workshop."
        )
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
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        files = [take(browser, address, picture) for picture in PICTURES]
        browser.close()
    for file in files:
        sys.stdout.write(f"{file.stat().st_size:>7} {file.name}\n")
    return int(any(file.stat().st_size > MOST_BYTES for file in files))


if __name__ == "__main__":
    sys.exit(main())
