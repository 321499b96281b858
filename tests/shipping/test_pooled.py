"""Two gateways on a PostgreSQL behind PgBouncer that pools by transaction, over fewer connections than they open."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from ni.domain.money import format_amount
from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import CALL_NANOS, Fleet
from tests.shipping.pooler import CONNECTIONS, PgBouncer

pytestmark = [pytest.mark.faults, pytest.mark.postgres]
CAP_NANOS = 20 * CALL_NANOS + CALL_NANOS // 2
AT_ONCE = 60


@pytest.fixture
def pooler(tmp_path: Path, fresh_postgres: str) -> Iterator[PgBouncer]:
    with closing(PgBouncer(tmp_path / "pooler", fresh_postgres)) as started:
        yield started


def test_two_gateways_spend_a_cap_to_the_call_record_all_and_are_copied_through_a_pooler(
    pooler: PgBouncer, tmp_path: Path, postgres: str
) -> None:
    (tmp_path / "home").mkdir()
    with (
        PacedUpstream() as upstream,
        closing(Fleet(tmp_path / "home", upstream, 2, NI_DATABASE_URL=pooler.url)) as fleet,
    ):
        fleet.start()
        key = fleet.first.key("--max-spend-per-day", format_amount(CAP_NANOS))
        crowd = Crowd(fleet.port, key, AT_ONCE).begin().join()
        assert (crowd.statuses, crowd.broken) == ({200: 20, 429: AT_ONCE - 20}, [])
        fleet.gateways[1].kill()
        assert Crowd(lambda: fleet.first.port, fleet.first.key(), 20).begin().join().statuses == {200: 20}
        fleet.wait_until_settled(20)
        fleet.check_sums()
        assert set(fleet.counts().values()) == {(1, 1, 1)}
        assert fleet.first.ni("backup", str(tmp_path / "copy.tar"))["bytes"] > 10_000
        assert connections(postgres) <= CONNECTIONS
        assert fleet.first.stop() == 0


def connections(url: str) -> int:
    """How many the server has from elsewhere."""
    dsn = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    counted = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> %s"
    with psycopg.connect(dsn) as connection:
        row = connection.execute(counted, (connection.info.backend_pid,)).fetchone()
    return int(row[0]) if row else 0
