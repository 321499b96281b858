"""Prints what a client reads and what a model is sent of texts with and without a badge."""

import json
import tempfile
from pathlib import Path

from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.pii_labels import Label
from ni.domain.route import Tier
from tests.assembled import ORIGIN, assembled

ROUTE = "sandbox/echo-local"


def main() -> None:
    """One call, one refusal, and two texts as the shield gives them out."""
    with tempfile.TemporaryDirectory() as home, assembled(Path(home)) as made:
        message = {"role": "user", "content": "The badge is VB-123456."}
        body = {"model": ROUTE, "messages": [message]}
        client, address = made.app.test_client(), f"{ORIGIN}/v1/chat/completions"
        answer = client.post(address, json=body, headers=made.headers())
        blocked = client.post(
            address, json=body, headers=made.headers(block_labels=frozenset({Label("TOY")}))
        )
        caller = Caller("default", "key", "", frozenset(Tier), pii=True)
        masked = made.gateway.shield.substitute(caller, Call("chat", ROUTE, False, {"messages": [message]}))
        whole = {**message, "content": "Part VB-1234567 is in stock."}
        other = made.gateway.shield.substitute(caller, Call("chat", ROUTE, False, {"messages": [whole]}))
        with made.app.test_request_context():
            words = made.app.jinja_env.from_string("{{ pii_name('toy') }}").render()
        print(
            json.dumps(
                {
                    "answer": answer.get_json()["choices"][0]["message"]["content"],
                    "header": answer.headers["X-NI-PII"],
                    "blocked": [blocked.status_code, blocked.get_json()["error"]["code"]],
                    "sent": masked.body["messages"][0]["content"],
                    "words": words,
                    "near miss": other.body["messages"][0]["content"],
                }
            )
        )


main()
