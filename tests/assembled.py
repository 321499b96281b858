"""The whole application in one process, as the factory puts it together, on a home of its own and without a server."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from ni.access.key_spec import KeySpec
from ni.catalog import changes
from ni.catalog.load import SHIPPED, load
from ni.domain.clock import Clock, SystemClock, to_ms
from ni.factory.application import create_app
from ni.factory.gateway import Gateway
from ni.privacy.names import NoNames
from ni.settings import Settings, secret_files
from ni.settings.secret_files import Secrets
from ni.store import schema
from ni.store.journal import DirectJournal
from ni.store.writer import Writer
from ni.web.metrics import Metrics

ROOT = Path(__file__).resolve().parents[1]
ORIGIN = "http://127.0.0.1:8000"


@dataclass
class Assembled:
    """A gateway, its application and a client of it."""

    gateway: Gateway
    app: Flask

    @property
    def client(self) -> FlaskClient:
        """A client without cookies."""
        return self.app.test_client()

    def key(self, **spec: object) -> str:
        """The text of a new key of account `default`."""
        made = self.gateway.keys_of("default").create(KeySpec(name="test", **spec))  # type: ignore[arg-type]
        return made.text.reveal()

    def headers(self, **spec: object) -> dict[str, str]:
        """The headers that a program with a new key sends."""
        return {"Authorization": f"Bearer {self.key(**spec)}", "Content-Type": "application/json"}


@contextmanager
def opened(home: Path, environ: Mapping[str, str], clock: Clock | None = None) -> Iterator[Gateway]:
    """The gateway of a home whose secrets are there; its database is opened when it is first asked for."""
    settings = Settings.from_environ({"NI_HOME": str(home), **environ})
    writers: list[Writer] = []

    def journal(writer: Writer) -> DirectJournal:
        writers.append(writer)
        return DirectJournal(writer)

    secrets = Secrets.load(home)
    yield (gateway := Gateway(settings, secrets, journal, Metrics(), NoNames(), clock or SystemClock()))
    for writer in writers:
        writer.close()
    gateway.database.close()


def prepare(gateway: Gateway) -> None:
    """What `init` does: tables, the default account, the shipped catalog."""
    schema.upgrade(gateway.database)
    gateway.accounts.ensure_default()
    changes.store(load(SHIPPED), gateway.database, gateway.journal, gateway.base.activity)
    gateway.processes.register(to_ms(gateway.clock.now()))


@contextmanager
def assembled(home: Path, **environ: str) -> Iterator[Assembled]:
    """An instance with its default account and the shipped catalog."""
    secret_files.create(home, os.urandom)
    with opened(home, environ) as gateway:
        prepare(gateway)
        metrics = gateway.meters
        assert isinstance(metrics, Metrics)
        yield Assembled(gateway, create_app(gateway, metrics, str(ROOT)))
