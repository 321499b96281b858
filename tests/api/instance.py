"""A whole gateway under Flask's test client: the real factory on a home of its own, and a sandbox that remembers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ni.access.accounts import DEFAULT
from ni.access.key_spec import KeySpec
from ni.catalog import changes
from ni.catalog.load import SHIPPED, load
from ni.factory.application import create_app
from ni.factory.gateway import Gateway
from ni.privacy.names import Names, NoNames
from ni.providers.base import ProviderRequest
from ni.providers.sandbox import Sandbox, SandboxResponse
from ni.settings import Settings
from ni.settings.secret_files import Secrets, create
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.web.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
MODEL = "sandbox/echo-local"


class Remembering(Sandbox):
    """The sandbox, with what it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[ProviderRequest] = []

    def send(self, order: ProviderRequest) -> SandboxResponse:
        self.orders.append(order)
        return super().send(order)


@dataclass
class Instance:
    """A gateway, a key of its default account, and a client."""

    gateway: Gateway
    client: FlaskClient
    key: str
    sandbox: Remembering = field(default_factory=Remembering)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        """Post JSON with the key."""
        sent = {"Authorization": f"Bearer {self.key}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.post(path, json=body, headers=sent)

    def new_key(self, **spec: Any) -> str:
        """Another key."""
        return self.gateway.keys_of(DEFAULT).create(KeySpec("more", **spec), created_by="").text.reveal()

    @property
    def sent(self) -> dict[str, Any]:
        """The body of the last order."""
        return self.sandbox.orders[-1].body


@contextmanager
def running(home: Path, names: Names | None = None, sandbox: Remembering | None = None) -> Iterator[Instance]:
    """The gateway in `home`, with the shipped catalog; nobody is found unless `names` finds them."""
    sandbox = sandbox or Remembering()
    create(home, os.urandom)
    gateway = Gateway(
        Settings.from_environ({"NI_HOME": str(home), "NI_PRIVATE_NETWORKS": "127.0.0.0/8"}),
        Secrets.load(home),
        DirectJournal,
        Metrics(),
        names or NoNames(),
    )
    gateway.database.make_file()
    metadata.create_all(gateway.database.engine)
    gateway.__dict__["providers"] = {**gateway.providers, "sandbox": sandbox}
    changes.store(load(SHIPPED), gateway.database, gateway.journal, gateway.base.activity)
    gateway.accounts.ensure_default()
    key = gateway.keys_of(DEFAULT).create(KeySpec("test"), created_by="").text.reveal()
    client = create_app(gateway, Metrics(), str(ROOT)).test_client()
    yield Instance(gateway, client, key, sandbox)
    gateway.database.close()
