"""The operator's stored credentials: in force in every process within 5 s, sealed, and below the environment."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ni.access.platform_credentials import slots_of
from ni.catalog.routes import FRESH_S
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from ni.settings import secret_files
from tests.assembled import opened, prepare
from tests.cast import StandingClock

NAME = "OPENAI_API_KEY"
KEY = "sk-canary-0123456789abcdefWXYZ"
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(NOW)


@pytest.fixture
def workers(tmp_path: Path, clock: StandingClock) -> Iterator[tuple[Gateway, Gateway]]:
    """Two processes' worth of one instance: they share the database and nothing else."""
    secret_files.create(tmp_path, os.urandom)
    with ExitStack() as stack:
        first, second = (stack.enter_context(opened(tmp_path, {}, clock)) for _ in range(2))
        prepare(first)
        yield first, second


def callable_at(gateway: Gateway) -> set[str]:
    """The providers of which a route can be called there."""
    return {route.provider for route in gateway.catalog.routes() if gateway.catalog.is_ready(route)}


def test_what_one_process_stores_rotates_and_removes_holds_in_another_within_five_seconds(
    workers: tuple[Gateway, Gateway], clock: StandingClock
) -> None:
    first, second = workers
    assert FRESH_S <= 5
    assert "openai" not in callable_at(second)
    for key in (KEY, KEY[::-1]):
        first.setup.store(NAME, {"api_key": Secret(key)})
        clock.move(seconds=FRESH_S + 0.001)
        assert "openai" in callable_at(second)
        found = second.access.platform_credentials.lookup(NAME)
        assert found is not None
        assert found.reveal() == key
    first.setup.remove(NAME)
    clock.move(seconds=FRESH_S + 0.001)
    assert "openai" not in callable_at(second)
    assert second.access.platform_credentials.lookup(NAME) is None


def test_no_part_of_a_stored_credential_counts_where_the_environment_sets_another(tmp_path: Path) -> None:
    secret_files.create(tmp_path, os.urandom)
    given = {
        "api_key": Secret("azure-canary-0123456789"),
        "endpoint": Secret("https://north.openai.azure.com"),
    }
    with opened(tmp_path, {}) as gateway:
        prepare(gateway)
        gateway.setup.store("AZURE_OPENAI_API_KEY", given)
    with opened(tmp_path, {"AZURE_OPENAI_ENDPOINT": "https://south.openai.azure.com"}) as gateway:
        assert gateway.access.platform_credentials.lookup("AZURE_OPENAI_API_KEY") is None
        assert "azure" not in callable_at(gateway)


def test_another_way_in_that_the_environment_sets_wins_too(tmp_path: Path) -> None:
    secret_files.create(tmp_path, os.urandom)
    with opened(tmp_path, {}) as gateway:
        prepare(gateway)
        gateway.setup.store("AWS_BEARER_TOKEN_BEDROCK", {"api_key": Secret(KEY)})
    with opened(tmp_path, {"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16}) as gateway:
        assert gateway.access.platform_credentials.lookup("AWS_BEARER_TOKEN_BEDROCK") is None
        assert gateway.setup.state("AWS_BEARER_TOKEN_BEDROCK").variable == "AWS_ACCESS_KEY_ID"


@pytest.mark.parametrize("column", ["name", "provider", "id", "sealed"])
def test_a_row_that_was_altered_or_moved_does_not_open_and_configures_nothing(
    workers: tuple[Gateway, Gateway], column: str
) -> None:
    first, second = workers
    first.setup.store(NAME, {"api_key": Secret(KEY)})
    other = {"name": "ANTHROPIC_API_KEY", "provider": "anthropic", "id": "cred_x", "sealed": b"0" * 40}[
        column
    ]
    with first.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE platform_credentials SET {column} = ?", (other,))  # noqa: S608
    assert callable_at(second).isdisjoint({"openai", "anthropic"})
    assert len(second.setup.closed()) == 1


def test_the_secret_is_in_no_file_of_the_instance(
    workers: tuple[Gateway, Gateway], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, _ = workers
    first.setup.store(NAME, {"api_key": Secret(KEY)})
    with first.database.engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM platform_credentials").scalar() == 1
    octets = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [each for each in octets if KEY.encode() in each]
    assert KEY not in caplog.text + repr(first.setup.states()) + repr(
        first.access.platform_credentials.__dict__
    )


def test_a_deployment_with_variables_of_its_own_has_a_slot_of_its_own() -> None:
    options = {"access_key_setting": "TWO_ID", "secret_key_setting": "TWO_SECRET"}
    two = Deployment("bedrock-two", "bedrock", "ca-west-1", "CA", options=options)
    slot = slots_of([two])["TWO_SECRET"]
    assert slot.settings == {"secret_access_key": "TWO_SECRET", "access_key_id": "TWO_ID"}
    assert slot.deployments == ("bedrock-two",)
    usual = Deployment("azure-two", "azure", "canadaeast", "CA", credential_setting="TWO_KEY")
    assert slots_of([usual])["TWO_KEY"].settings == {"api_key": "TWO_KEY"}
