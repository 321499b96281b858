"""What the files of Compose describe comes up as they describe it, and answers through the proxy."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests

from tests.running import RunningGateway
from tests.shipping.composed import Composed
from tests.shipping.topology import Caddy

pytestmark = pytest.mark.faults


def check_answers(gateways: list[RunningGateway], folder: Path) -> None:
    """All start from empty volumes; then a key that one of them made calls through the proxy."""
    with ExitStack() as running:
        for gateway in gateways:
            running.callback(gateway.kill)
            gateway.start()
        key = gateways[0].key()
        caddy = running.enter_context(closing(Caddy(folder / "caddy", [each.port for each in gateways])))
        served = set()
        for _ in range(4 * len(gateways)):
            answer = requests.post(
                f"{caddy.url}/v1/chat/completions",
                json={"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "say hi"}]},
                headers={"Authorization": f"Bearer {key}"}, verify=str(caddy.authority), timeout=20,
            )  # fmt: skip
            assert answer.status_code == 200, answer.text
            served.add(answer.headers["X-NI-Request-ID"])
        assert len(served) == 4 * len(gateways)
        assert all(gateway.stop() == 0 for gateway in gateways)


def test_one_gateway_of_compose_starts_from_nothing_and_answers_through_caddy(tmp_path: Path) -> None:
    composed = Composed(tmp_path, "compose.yaml")
    gateways = [composed.gateway(name) for name in composed.gateways()]
    check_answers(gateways, tmp_path)
    assert len(gateways) == 1
    assert "https://localhost/portal/set-up/" in gateways[0].log.read_text()


@pytest.mark.postgres
def test_two_gateways_of_compose_start_after_the_migration_and_answer_through_caddy(
    tmp_path: Path, fresh_postgres: str
) -> None:
    composed = Composed(tmp_path, "compose.postgres.yaml", fresh_postgres, NI_WORKERS="1")
    migrate = composed.gateway("migrate")
    (command,) = composed.services["migrate"]["command"]
    migrate.ni(command)
    check_answers([composed.gateway(name) for name in composed.gateways()], tmp_path)
    assert not migrate.ni(command)["upgraded"]  # Compose runs it each time
