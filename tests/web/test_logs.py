"""Log lines: one JSON object each, why a call failed, and nothing that a client wrote."""

import json
import logging
from pathlib import Path

import pytest
from gunicorn.http import errors as http_errors

from ni.domain.errors import StoreUnavailable
from ni.web.logs import JsonLines, ServerLog
from ni.web.worker import unquoted
from tests.assembled import ORIGIN, assembled

KEY = "ni_live_0a1b2c3d4e5f_" + "S" * 42


def line(message: str, *values: object) -> dict[str, object]:
    record = logging.LogRecord("gunicorn.error", logging.WARNING, "", 0, message, values, None)
    parsed: dict[str, object] = json.loads(JsonLines().format(record))
    return parsed


def test_a_key_that_a_library_quotes_is_cut_out() -> None:
    assert (
        line("Invalid HTTP Header: %r", f"Bearer {KEY}")["message"]
        == "Invalid HTTP Header: 'Bearer ni_live_...'"
    )


@pytest.mark.parametrize(
    "fault",
    [
        http_errors.InvalidHeader(f"Authorization Bearer {KEY}"),
        http_errors.InvalidRequestLine(KEY),
        http_errors.InvalidHeaderName(KEY),
        http_errors.InvalidRequestMethod(KEY),
        http_errors.InvalidHTTPVersion(KEY),
        http_errors.UnsupportedTransferCoding(KEY),
        ValueError(KEY),
    ],
)
def test_a_fault_says_its_class_and_nothing_of_the_request(fault: Exception) -> None:
    kind = type(fault).__name__
    told = unquoted(fault)
    assert (str(told), KEY in repr(told.args) and isinstance(told, RuntimeError)) == (kind, False)
    assert isinstance(told, type(fault) if isinstance(fault, http_errors.ParseException) else RuntimeError)


def call_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """The lines of calls, as they are written."""
    return [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "ni.calls"]


@pytest.mark.parametrize(
    ("spec", "model", "expected"),
    [
        ({"min_evidence": "A"}, "sandbox/echo-local", {"status": 403, "code": "residency_unverified"}),
        ({"cap_nanos": 0}, "azure/gpt-4.1-mini-ca", {"status": 200}),
    ],
)
def test_the_line_of_a_call_says_who_asked_where_to_and_why_it_failed(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    spec: dict[str, object],
    model: str,
    expected: dict[str, object],
) -> None:
    caplog.set_level("INFO")
    with assembled(tmp_path) as instance:
        body = {"model": model, "messages": [{"role": "user", "content": "canary-7"}]}
        instance.client.post(
            "/v1/chat/completions", base_url=ORIGIN, json=body, headers=instance.headers(pii=False, **spec)
        )
        key_id = instance.gateway.keys_of("default").list()[0].id
    lines = call_lines(caplog)
    assert len(lines) == 1
    assert lines[0].items() >= (expected | {"key_id": key_id, "dialect": "chat"}).items()
    assert "canary-7" not in json.dumps(lines)


@pytest.mark.parametrize("model", ["sandbox/echo-local", "no-such-model", "ni-help"])
def test_the_line_of_a_refusal_without_a_record_says_denied(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, model: str
) -> None:
    caplog.set_level("INFO")
    with assembled(tmp_path) as instance:
        headers, body = instance.headers(rpm=1), {"messages": [{"role": "user", "content": "go"}]}
        for _ in range(2):
            instance.client.post("/v1/chat/completions", json={"model": model, **body}, headers=headers)
    refusal = call_lines(caplog)[-1]
    assert (refusal["status"], refusal["outcome"]) == (429, "denied")


def test_the_line_of_a_call_that_the_database_could_not_take_says_denied(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable

    caplog.set_level("INFO")
    with assembled(tmp_path) as instance:
        headers, body = instance.headers(), {"messages": [{"role": "user", "content": "ni-help"}]}
        monkeypatch.setattr(instance.gateway.journal, "write", away)
        instance.client.post(
            "/v1/chat/completions", json={"model": "sandbox/echo-local", **body}, headers=headers
        )
    refusal = call_lines(caplog)[-1]
    assert (refusal["status"], refusal["outcome"]) == (503, "denied")


CALL = '{"model":"sandbox/echo-local","messages":[{"role":"user","content":"x"%s}]%s}'
TOOL = (
    '"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{%s}}}}]'
)
DOUBLED = '"Maude Roy 514-555-0142":1,"Maude Roy 514-555-0142":2'
NESTED = '"Maude Roy 514-555-0142":{"a":1,"a":2}'


@pytest.mark.parametrize(
    "body",
    [
        CALL % ("", f",{DOUBLED}"),
        CALL % ("", f",{TOOL % DOUBLED}"),
        CALL % ("", f",{TOOL % NESTED}"),
        CALL % (f",{NESTED}", ""),
    ],
)
def test_a_name_that_a_client_gave_a_member_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with assembled(tmp_path) as instance:
        answer = instance.client.post(
            "/v1/chat/completions", base_url=ORIGIN, data=body, headers=instance.headers()
        )
    assert answer.status_code == 400
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any('"param"' in line for line in lines)
    assert not [line for line in lines if "Maude" in line or "0142" in line]


def test_the_server_collects_nothing_for_a_line_of_each_request_that_nobody_reads() -> None:
    nobody = object()  # has neither status nor headers: collecting them would fail
    ServerLog.__new__(ServerLog).access(nobody, nobody, {}, nobody)
