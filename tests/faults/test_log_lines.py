"""The log of a running gateway: JSON from every process, and nothing of a request that could not be read."""

import http.client
import json
import os
import signal
import socket
import time
from pathlib import Path

from tests.running import RunningGateway

KEY = "ni_live_0a1b2c3d4e5f_" + "S" * 42
UNREADABLE = (
    f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization Bearer {KEY}\r\n\r\n",
    f"{KEY}\r\n\r\n",
    f"GET /v1/models?key={KEY} HTTP/9.9\r\n\r\n",
    f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: {KEY}\r\n\r\n",
    f"{KEY} / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n",
    f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nX-{KEY}\x01: 1\r\n\r\n",
)


WORDS = "J'ai la grippe 514-555-0142"
FAULTY = {
    "doubled": f'"{WORDS}":1,"{WORDS}":2',
    "too large": f'"{WORDS}":123456789012345678901234567890',
    "too long": f'"{WORDS}":"{"x" * (11 * 2**20)}"',
    "a doubled key below": f'"{WORDS}":{{"a":1,"a":2}}',
}
PLACES = {
    "top": "{%s}",
    "schema": '{"model":"x","messages":[],"tools":[{"type":"function","function":{"parameters":{"properties":{%s}}}}]}',
    "metadata": '{"model":"x","messages":[],"metadata":{%s}}',
}


def send(port: int, text: str) -> None:
    """Send as it is, and read what comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(text.encode())
        while connection.recv(65536):
            pass


def test_no_process_quotes_a_client_and_all_speak_json(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    gateway.ni("init")
    gateway.start()
    before = len(gateway.log.read_text().splitlines())
    for text in UNREADABLE:
        send(gateway.port, text)
    os.kill(gateway.workers()[0], signal.SIGKILL)  # the arbiter says so
    ends_at = time.monotonic() + 20
    while "SIGKILL" not in gateway.log.read_text() and time.monotonic() < ends_at:
        time.sleep(0.05)
    send(gateway.port, "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")  # the next worker serves
    gateway.stop()
    written = gateway.log.read_text()
    assert KEY not in written
    assert "S" * 42 not in written
    lines = [json.loads(line) for line in written.splitlines()[before:]]
    told = [line["message"] for line in lines if line["logger"] == "gunicorn.error"]
    assert sum(message.startswith("Invalid request from") for message in told) >= 4
    assert any("SIGKILL" in message for message in told)


def test_no_key_that_a_client_made_up_stands_in_the_log(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    gateway.ni("init")
    key = gateway.start().key()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for place in PLACES.values():
        for fault in FAULTY.values():
            connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
            connection.request("POST", "/v1/chat/completions", (place % fault).encode(), headers)
            answer = connection.getresponse()
            assert answer.status == 400
            assert WORDS in json.loads(answer.read())["error"]["param"]  # the client is told
            connection.close()
    gateway.stop()
    refused = [line for line in gateway.log.read_text().splitlines() if '"refused"' in line]
    assert len(refused) == len(PLACES) * len(FAULTY)
    assert not [line for line in refused if "grippe" in line or "0142" in line]


def test_a_field_of_ours_is_named_in_the_log(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    gateway.ni("init")
    key = gateway.start().key()
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", b'{"model":"x","messages":1}', headers)
    assert connection.getresponse().status == 400
    connection.close()
    gateway.stop()
    assert '"param":"messages"' in gateway.log.read_text().replace(": ", ":")
