"""Whatever a provider says that it used: the call is billed within its bounds, nothing stays open, nobody waits."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.store.tables.metering import usage as usage_table
from tests.fakes.hostile_upstream import HostileUpstream, event, streamed, text, whole
from tests.fleet import ROUTE, Fleet

MOST_OUTPUT = 100
FIGURES: dict[str, Any] = {
    "a million billions": {"prompt_tokens": 10, "completion_tokens": 10**15},
    "past 64 bits in nanos": {"prompt_tokens": 10, "completion_tokens": 9 * 10**18},
    "past 64 bits": {"prompt_tokens": 10**19, "completion_tokens": 10**19},
    "absurd input": {"prompt_tokens": 10**15, "completion_tokens": 5},
    "negative": {"prompt_tokens": -10, "completion_tokens": -5},
    "nothing": {"prompt_tokens": 0, "completion_tokens": 0},
    "no usage": None,
    "half a usage": {"prompt_tokens": 10},
    "words": {"prompt_tokens": "ten", "completion_tokens": "five"},
    "reasoning beyond output": {
        "prompt_tokens": 10, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 10**18},
    },
    "cached beyond input": {
        "prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 10**18},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def upstream() -> Iterator[HostileUpstream]:
    with HostileUpstream() as served:
        yield served


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: HostileUpstream
) -> Iterator[Fleet]:
    environ: dict[str, str] = {}
    if request.param == "postgres":
        environ["NI_DATABASE_URL"] = request.getfixturevalue("fresh_postgres")
    with closing(Fleet(tmp_path_factory.mktemp("figures"), upstream, 1, **environ)) as made:
        yield made.start()


@pytest.fixture(scope="module")
def key(fleet: Fleet) -> str:
    return fleet.first.key("--max-spend-per-day", "5")


def ask(fleet: Fleet, key: str, stream: bool) -> tuple[int, str, float]:
    """Status, request id and seconds of a call that was read to its end."""
    body = {
        "model": ROUTE,
        "stream": stream,
        "max_tokens": MOST_OUTPUT,
        "messages": [{"role": "user", "content": "go"}],
    }
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{fleet.first.url}/v1/chat/completions", json.dumps(body).encode(), headers
    )
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            response.read()
            return response.status, response.headers["X-NI-Request-ID"], time.monotonic() - began
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers["X-NI-Request-ID"], time.monotonic() - began


def nobody_waits(fleet: Fleet, key: str) -> bool:
    """Whether one of a few calls is quick: each waited half a second for a journal that could not go on."""
    for _ in range(5):
        status, _, took_s = ask(fleet, key, False)
        assert status == 200
        if took_s < 0.4:
            return True
    return False


def ready(fleet: Fleet) -> int:
    try:
        with urllib.request.urlopen(f"{fleet.first.url}/readyz", timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("said", FIGURES)
def test_no_figure_of_a_provider_poisons_the_journal(
    fleet: Fleet, upstream: HostileUpstream, key: str, said: str, stream: bool
) -> None:
    figures = FIGURES[said]
    ending = [] if figures is None else [event(choices=[], usage=figures)]
    upstream.act = (
        streamed(text("hello"), text("", "stop"), *ending, b"data: [DONE]\n\n") if stream else whole(figures)
    )
    status, identity, _ = ask(fleet, key, stream)
    assert status == 200
    fleet.wait_until_settled(3)
    with fleet.database.read() as connection:
        row = (
            connection.execute(sa.select(usage_table).where(usage_table.c.request_id == identity))
            .mappings()
            .one()
        )
    assert 0 < row["output_tokens"] <= MOST_OUTPUT + 64
    assert 0 < row["uncached_tokens"] + row["cached_tokens"] < 2000
    assert 0 <= row["reasoning_tokens"] <= row["output_tokens"]
    believed = said in ("reasoning beyond output", "cached beyond input")
    assert row["tokens_from"] == ("provider" if believed else "counted")
    upstream.act = whole({"prompt_tokens": 5, "completion_tokens": 2})
    assert nobody_waits(fleet, key)
    assert ready(fleet) == 200
    fleet.check_sums()


def test_programs_see_where_the_counts_come_from(fleet: Fleet, upstream: HostileUpstream, key: str) -> None:
    upstream.act = whole({"prompt_tokens": 5, "completion_tokens": 10**15})
    _, estimated, _ = ask(fleet, key, False)
    upstream.act = whole({"prompt_tokens": 5, "completion_tokens": 2})
    _, believed, _ = ask(fleet, key, False)
    for accept in ("application/json", "text/csv"):
        headers = {"Authorization": f"Bearer {key}", "Accept": accept}
        request = urllib.request.Request(f"{fleet.first.url}/api/usage?limit=2", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            read = response.read().decode()
        if accept == "text/csv":
            assert [line.split(",")[12] for line in read.splitlines()[1:]].count('"estimated"') <= 2
            assert '"estimated"' in read
            assert '"provider"' in read
            continue
        found = {row["request_id"]: row["usage_source"] for row in json.loads(read)["data"]}
        assert found == {estimated: "estimated", believed: "provider"}


def test_a_row_that_cannot_be_written_frees_its_hold_and_is_told_of(
    tmp_path: Path, upstream: HostileUpstream
) -> None:
    """A trigger stands for whatever a database may refuse for ever."""
    with closing(Fleet(tmp_path, upstream)) as fleet:
        key = fleet.start().first.key("--max-spend-per-day", "5")
        with fleet.database.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "CREATE TRIGGER refuse BEFORE INSERT ON usage BEGIN SELECT RAISE(ABORT, 'never'); END"
                )
            )
        upstream.act = whole({"prompt_tokens": 5, "completion_tokens": 2})
        status, identity, _ = ask(fleet, key, False)
        assert status == 200
        fleet.wait_until_settled(3)
        lines = (tmp_path / "set-aside.jsonl").read_text().splitlines()
        assert [json.loads(line)["told"][0]["request_id"] for line in lines] == [identity] * 2
        assert ready(fleet) == 503
        assert "set aside" in fleet.first.log.read_text()
        with fleet.database.engine.begin() as connection:
            connection.execute(sa.text("DROP TRIGGER refuse"))
        assert nobody_waits(fleet, key)
