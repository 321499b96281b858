"""The description says what the instance does: each request that it allows gets an answer that it describes."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from ni.web.admin.api import ENDPOINTS
from ni.web.admin.declared import PREFIX
from ni.web.admin.model_operations import OPERATIONS
from tests.web.admin.cast import Admin, administered

EXAMPLES = 8
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, unsupported_method,
]  # fmt: skip
DESCRIBED = [(each.name, PREFIX + each.path, each.method) for each in ENDPOINTS] + [
    (each.name, each.path, each.method) for each in OPERATIONS
]
UNDESCRIBED = re.compile(r"/v1/responses/<|/openai/deployments/<|/v1/responses GET")
"""Addresses that only say what is not served, and those of Azure's shape, which are the same endpoints."""


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Admin, BaseSchema]]:
    with administered(tmp_path_factory.mktemp("driven")) as admin:
        schema = schemathesis.openapi.from_wsgi(
            "/openapi.json", admin.instance.app, base_url="http://127.0.0.1:8000"
        )
        admin.instance.gateway.log_service.start("gw.example/custody/2026")
        yield admin, schema


def drive(admin: Admin, schema: BaseSchema, place: tuple[str, str, str], mode: GenerationMode) -> list[int]:
    """Ask one endpoint what the description allows, or what it forbids; the statuses that were answered."""
    _, path, method = place
    text, seen = admin.token() if path.startswith(PREFIX) else admin.instance.key(), list[int]()

    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Case[Any]) -> None:
        ids = admin.ids[admin.mine]
        case.path_parameters = {name: ids.get(name, "x") for name in case.path_parameters or {}}
        answer = case.call(headers={"Authorization": f"Bearer {text}"})
        seen.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
        ask()
    return seen


@pytest.mark.parametrize("place", DESCRIBED, ids=lambda place: place[0])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_what_is_asked_is_answered_as_described(
    driven: tuple[Admin, BaseSchema], place: tuple[str, str, str], mode: GenerationMode
) -> None:
    assert drive(*driven, place, mode) or mode is GenerationMode.NEGATIVE


def test_the_description_names_every_address_of_programs(shared: Admin) -> None:
    described = {(re.sub(r"\{\w+\}", "<>", path), method) for _, path, method in DESCRIBED}
    for rule in shared.instance.app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "<>", str(rule))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if path.startswith(("/v1", "/api", "/openai", "/.well-known")) and not UNDESCRIBED.match(
                f"{path.replace('<>', '<')} {method}"
            ):
                assert (path, method) in described, (path, method)


def test_no_name_is_that_of_two_endpoints() -> None:
    names = [name for name, _, _ in DESCRIBED]
    assert len(set(names)) == len(names)


def test_the_page_shows_each_endpoint_with_its_scope(shared: Admin) -> None:
    page = shared.instance.client.get("/docs/api-reference.html", base_url="http://127.0.0.1:8000").text
    for endpoint in ENDPOINTS:
        assert f'id="{endpoint.name}"' in page
        assert PREFIX + endpoint.path in page
        assert endpoint.scope in page
