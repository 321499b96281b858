"""Prints what a stranger and the first user see at the address of the toy's page."""

import json
import re
import tempfile
from pathlib import Path

from ni.access.onboarding import Link, Links, Purpose
from tests.assembled import ORIGIN, assembled

USER = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}


def main() -> None:
    """The page before and after the first user is set up, in English and in French."""
    with tempfile.TemporaryDirectory() as home, assembled(Path(home)) as made:
        client = made.app.test_client()
        stranger = client.get("/portal/toy", base_url=ORIGIN)
        path = f"/portal/set-up/{Links(made.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
        form = client.get(path, base_url=ORIGIN).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert token
        client.post(path, data={"csrf_token": token[1], **USER}, base_url=ORIGIN)
        page = client.get("/portal/toy", base_url=ORIGIN)
        french = client.get("/portal/toy?lang=fr", base_url=ORIGIN, headers={"Accept-Language": "fr-CA"})
        print(
            json.dumps(
                {
                    "stranger": [stranger.status_code, stranger.location],
                    "status": page.status_code,
                    "headers": dict(page.headers),
                    "page": page.text,
                    "french": french.text,
                }
            )
        )


main()
