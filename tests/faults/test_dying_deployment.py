"""A deployment that dies under live streams: those that had not begun are answered by the other one."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from ni.catalog.health import TRIPS
from ni.store.database import Database
from ni.store.tables.catalog import breakers
from ni.store.tables.metering import open_calls, usage
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fleet import PRICES, ROUTE
from tests.running import RunningGateway

STREAMS = 50
SECOND = """
[[deployments]]
id = "openai-second"
provider = "openai"
region = "us"
jurisdiction = "US"
endpoint = "{url}"
credential_setting = "OPENAI_API_KEY"
"""


def catalog(url: str) -> str:
    """The priced route with a second deployment at this address."""
    routes = PRICES.replace(
        'deployment = "openai"', 'deployment = "openai"\nfurther_deployments = ["openai-second"]'
    )
    head, mark, rest = routes.partition("[[routes]]")
    return head + SECOND.format(url=url) + mark + rest


def streamed(gateway: RunningGateway, key: str, number: int) -> str:
    """All of the answer to a call with words of its own."""
    body = {"model": ROUTE, "stream": True, "messages": [{"role": "user", "content": f"words {number}"}]}
    request = urllib.request.Request(
        f"{gateway.url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


class Dying(FakeOpenAI):
    """Takes requests and says nothing; then it dies, with all of them."""

    def die(self) -> None:
        """Close the listener; the streams that wait are cut by their scripts."""
        self.shutdown()
        self.server_close()


@contextmanager
def serving(home: Path, first: Dying, second: FakeOpenAI) -> Iterator[RunningGateway]:
    """A gateway whose priced route has these two deployments."""
    gateway = RunningGateway(home, OPENAI_BASE_URL=first.base_url, OPENAI_API_KEY=KEY)
    gateway.ni("init")
    (home / "routes.toml").write_text(catalog(second.base_url))
    gateway.ni("catalog", "import", str(home / "routes.toml"))
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


def test_of_fifty_streams_that_had_not_begun_none_is_lost(tmp_path: Path) -> None:
    """They wait for the head of an answer that never comes, and calls that follow find nobody listening."""
    first = Dying()
    with FakeOpenAI() as second, serving(tmp_path, first, second) as gateway:
        first.__enter__()
        first.scripts.extend([Script(delay_s=1.5, no_answer=True)] * STREAMS)
        key = gateway.key()
        threading.Timer(1.0, first.die).start()
        with ThreadPoolExecutor(STREAMS) as crowd:
            answers = list(crowd.map(lambda number: streamed(gateway, key, number), range(STREAMS)))
        begun_s = time.monotonic()
        answers.append(streamed(gateway, key, STREAMS))
        assert time.monotonic() - begun_s < 1.5  # the breaker is open: the dead one is not asked
    assert [answer.rstrip().endswith("data: [DONE]") for answer in answers] == [True] * (STREAMS + 1)
    require_one_row_each(Database(f"sqlite:///{tmp_path}/ni.db"))


def require_one_row_each(database: Database) -> None:
    """Each call was answered by the second deployment, is charged once and holds nothing; the first rests."""
    with database.read() as connection:
        rows = connection.execute(sa.select(usage.c.outcome, usage.c.attempts, usage.c.deployment)).all()
        (breaker,) = connection.execute(sa.select(breakers).where(breakers.c.name == "openai")).all()
        assert connection.scalar(sa.select(sa.func.count()).select_from(open_calls)) == 0
    database.close()
    assert [(row.outcome, row.deployment) for row in rows] == [("completed", "openai-second")] * (STREAMS + 1)
    assert sum(row.attempts == 2 for row in rows) >= 1
    assert breaker.failures >= TRIPS
