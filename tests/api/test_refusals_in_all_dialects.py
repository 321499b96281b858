"""Each way in which a call can be refused or fail, through every dialect: one status, one sentence, one shape each."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.errors import DetectionFailed, Problem, StoreUnavailable
from ni.domain.reply import Peer, Usage
from ni.providers.base import ProviderRequest
from ni.providers.sandbox import Sandbox, SandboxResponse
from ni.residency.monitor import ResidencyMonitor
from ni.residency.rules import Fault, Refusal, ResidencyRule
from tests.api.instance import Instance, running
from tests.api.speakers import SPEAKERS, Speaker
from tests.dialects.checkers import CHECKS

EACH = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
ESTIMATE = re.compile(r"up to [\d.]+")  # with the output limit, which some dialects demand
PRICED = "openai/gpt-4.1-mini-us"
PLAIN = "bedrock/meta.llama3-70b-instruct-v1:0-ca"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
UPSTREAM: dict[str, Any] = {"provider": "Somewhere"}


@dataclass
class Cut:
    """An exchange that fails after a few chunks."""

    whole: SandboxResponse
    problem: Problem
    peer: Peer = field(default_factory=Peer)
    usage: Usage | None = None
    partial_usage: Usage | None = None

    def reply(self) -> Json:
        raise self.problem

    def chunks(self) -> Iterator[Json]:
        chunks = self.whole.chunks()
        yield from (next(chunks) for _ in range(3))
        raise self.problem

    def close(self) -> None:
        self.whole.close()


class Troubled(Sandbox):
    """A provider that fails as it is told: at once, or in the middle of its answer."""

    problem: Problem | None = None
    late = False

    def send(self, order: ProviderRequest) -> Any:
        exchange = super().send(order)
        if self.problem is None:
            return exchange
        if not self.late:
            raise self.problem
        return Cut(exchange, self.problem)


@pytest.fixture(scope="module")
def troubled() -> Troubled:
    return Troubled()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, troubled: Troubled) -> Iterator[Instance]:
    """A gateway whose providers are all `troubled`."""
    with running(tmp_path_factory.mktemp("home")) as started:
        providers = started.gateway.providers
        assert isinstance(providers, dict)
        providers.update(dict.fromkeys(providers, troubled))
        yield started


@pytest.fixture(autouse=True)
def _in_good_health(troubled: Troubled) -> Iterator[None]:
    yield
    troubled.problem, troubled.late = None, False


def refused(instance: Instance, speaker: Speaker, status: int, body: Json, **headers: str) -> dict[str, Any]:
    """The error of a call, whole and streamed alike, and the same sentence as in the plain dialect."""
    told = []
    for asker, stream in ((SPEAKERS[0], False), (speaker, False), (speaker, True)):
        asked = {**asker.body(("user", "hello there")), **body, "stream": stream}
        response = instance.post(asker.path, asked, **headers)
        assert response.status_code == status, response.data
        assert response.headers["Content-Type"] == "application/json"
        assert re.fullmatch(r"[0-9a-f]{16}", response.headers["X-NI-Request-ID"])
        told.append(asker.error(response) | {"headers": response.headers})
    assert len({ESTIMATE.sub("", one["message"]) for one in told}) == 1
    return told[1]


KINDS = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
         429: "rate_limit_error", 502: "api_error", 503: "overloaded_error", 504: "timeout_error"}  # fmt: skip
FAILURES = [
    (errors.RateLimited(retry_after_s=7, wait_s=7), 429, "rate_limit_exceeded"),
    (errors.ContextTooLong(), 400, "context_length_exceeded"),
    (errors.ContentFiltered(), 400, "content_filter"),
    (errors.UpstreamRefused(upstream_status=400, **UPSTREAM), 400, "upstream_rejected"),
    (errors.UpstreamAuth(**UPSTREAM), 502, "upstream_auth"),
    (errors.CredentialRefused(**UPSTREAM), 401, "byok_credential_refused"),
    (errors.UpstreamQuota(**UPSTREAM), 502, "upstream_quota"),
    (errors.CredentialQuota(**UPSTREAM), 402, "byok_quota_exhausted"),
    (errors.UpstreamMissing(**UPSTREAM), 502, "upstream_model_missing"),
    (errors.UpstreamError(**UPSTREAM), 502, "upstream_error"),
    (errors.UpstreamBusy(retry_after_s=7, **UPSTREAM), 503, "upstream_error"),
    (errors.UpstreamTimeout(seconds=60, **UPSTREAM), 504, "upstream_timeout"),
]


@EACH
@pytest.mark.parametrize(
    ("problem", "status", "code"), FAILURES, ids=[type(row[0]).__name__ for row in FAILURES]
)
def test_what_a_provider_fails_with_has_one_status_and_one_sentence(
    instance: Instance, troubled: Troubled, speaker: Speaker, problem: Problem, status: int, code: str
) -> None:
    troubled.problem = problem
    told = refused(instance, speaker, status, {})
    if speaker.dialect == "messages":
        assert told["type"] == KINDS[status]
    else:
        assert told["code"] == code
    assert told["headers"].get("Retry-After") == (
        str(problem.retry_after_s) if problem.retry_after_s else None
    )
    assert told["headers"]["X-NI-Custody-Path"] == "NI-CA -> Sandbox-CA"


@EACH
def test_a_failure_in_the_middle_is_one_error_event_and_never_a_made_up_end(
    instance: Instance, troubled: Troubled, speaker: Speaker
) -> None:
    troubled.problem, troubled.late = errors.UpstreamError(**UPSTREAM), True
    response = instance.post(speaker.path, speaker.body(("user", "one two three four five"), stream=True))
    events = CHECKS[speaker.dialect](response.data)
    said = "".join(map(speaker.piece_of, events))
    assert said.startswith("sandbox/echo-local")
    assert "one two three four five" not in said
    last = events[-1]
    failed = last["response"]["error"] if speaker.dialect == "responses" else last["error"]
    assert failed["message"].startswith("Somewhere failed to answer.")
    assert b"[DONE]" not in response.data
    assert b"end_turn" not in response.data


@EACH
def test_a_cap_is_refused_with_its_numbers_and_not_to_be_tried_again(
    instance: Instance, speaker: Speaker
) -> None:
    key = instance.new_key(cap_nanos=1)
    told = refused(instance, speaker, 429, {"model": PRICED}, Authorization=f"Bearer {key}")
    assert "daily cap" in told["message"]
    assert told["headers"]["x-should-retry"] == "false"
    if speaker.dialect != "messages":
        assert told["code"] == told["type"] == "insufficient_quota"


@EACH
def test_a_route_that_residency_refuses_says_so_and_nothing_is_sent(
    instance: Instance, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = Refusal(Fault(ResidencyRule.REGION, "here", "there"))
    monkeypatch.setattr(ResidencyMonitor, "decide", lambda monitor, route, least: refusal)
    told = refused(instance, speaker, 403, {})
    assert "nothing was sent" in told["message"]


@EACH
@pytest.mark.parametrize(
    "part", [("shield", "substitute", DetectionFailed), ("journal", "write", StoreUnavailable)]
)
def test_what_fails_closed_in_the_gateway_can_be_tried_again(
    instance: Instance,
    speaker: Speaker,
    part: tuple[str, str, type[Problem]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*given: object, **named: object) -> Any:
        raise part[2]

    monkeypatch.setattr(type(getattr(instance.gateway, part[0])), part[1], failing)
    told = refused(instance, speaker, 503, {})
    assert told["headers"]["Retry-After"] == "2"


@EACH
def test_images_are_refused_by_name_where_the_route_sees_none(instance: Instance, speaker: Speaker) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PNG}
    url = f"data:image/png;base64,{PNG}"
    shown = {
        "messages": {"type": "image", "source": source},
        "responses": {"type": "input_image", "image_url": url},
        "chat": {"type": "image_url", "image_url": {"url": url}},
    }[speaker.dialect]
    body = speaker.body(("user", "x"), model=PLAIN)
    turns = body.get("input") or body["messages"]
    turns[-1]["content"] = [shown]
    response = instance.post(speaker.path, body)
    assert response.status_code == 400
    assert f"`{PLAIN}` cannot read images" in speaker.error(response)["message"]


@EACH
def test_every_refusal_leaves_a_row_and_a_record(
    instance: Instance, troubled: Troubled, speaker: Speaker
) -> None:
    troubled.problem = errors.UpstreamError(**UPSTREAM)
    response = instance.post(speaker.path, speaker.body(("user", "hello")))
    asked = {"Authorization": f"Bearer {instance.key}"}
    identity = response.headers["X-NI-Request-ID"]
    record = json.loads(instance.client.get(f"/api/usage/custody/{identity}", headers=asked).data)
    row = json.loads(instance.client.get("/api/usage?limit=1", headers=asked).data)["data"][0]
    assert (row["request_id"], row["outcome"], record["outcome"]) == (
        identity,
        "upstream_error",
        "upstream_error",
    )
    assert re.fullmatch(r"[\w-]{43}", response.headers["X-NI-Custody-Record"])
