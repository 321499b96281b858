"""Bodies of the official SDKs' own request types, one field spoilt, on all dialects and providers.

Each is answered, or refused by the name of a field: no 500, no 502, no refusal that leaves the client guessing.
`NI_TEST_BODIES` sets how many are tried (`make test-bodies`: 20,000).
"""

import json
import os
import random
import re

import pytest
from werkzeug.test import TestResponse

from tests.api.everywhere import EIGHT, SIX, Everywhere
from tests.sdk_bodies import REQUESTS, body, spoilt

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
BODIES = int(os.environ.get("NI_TEST_BODIES", "400"))
SEED = int(os.environ.get("NI_TEST_SEED", "17"))
ROUTES = (
    *dict.fromkeys((*SIX, *EIGHT)),
    "openai/gpt-5-mini-us",
    "openai/gpt-5.4-us",
    "azure/DeepSeek-V3.2-global",
)
NAMED = re.compile(r"`[A-Za-z][A-Za-z0-9_.\[\]]*`")


def fault_in(path: str, response: TestResponse) -> str | None:
    """What is wrong with the answer to a body that may itself be wrong."""
    if response.status_code == 200:
        return None
    told = json.loads(response.data)["error"]
    if response.status_code != 400:
        return f"{response.status_code}: {told['message']}"
    named = told["param"] if path != "/v1/messages" else NAMED.search(told["message"])
    return None if named else f"no field is named: {told['message']}"


def test_every_body_is_answered_or_refused_by_the_name_of_a_field(gateway: Everywhere) -> None:
    drawn, faults = random.Random(SEED), []  # noqa: S311 - a test wants the same bodies each time
    for at in range(BODIES):
        path, route = drawn.choice([*REQUESTS]), drawn.choice(ROUTES)
        good = body(path, route, drawn)
        changed, sent = spoilt(good, drawn) if at % 8 else ("nothing", good)
        fault = fault_in(path, gateway.post(path, sent))
        if fault:
            faults.append(f"{path} to {route}, {changed}: {fault}\n{json.dumps(sent)}")
        if at % 200 == 199:
            gateway.forget()
    assert not faults, f"{len(faults)} of {BODIES}\n" + "\n".join(faults[:20])
