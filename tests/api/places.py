"""Where Claude is served, for tests of Messages that pass as they came."""

from dataclasses import dataclass
from typing import Any

from tests.fakes.upstreams import NATIVE, Upstream


@dataclass(frozen=True)
class Place:
    """Where Claude is served: a route, its upstream, and the last hop that records name."""

    route: str
    upstream: Upstream
    hop: str
    settings: dict[str, str]

    def ask(self, *content: Any, **more: Any) -> dict[str, Any]:
        """A body of one turn."""
        messages = [{"role": "user", "content": list(content)}]
        return {"model": self.route, "max_tokens": 4096, "messages": messages, **more}


PLACES = [
    Place(
        "anthropic/claude-sonnet-4-6-us",
        NATIVE["anthropic messages"],
        "Anthropic",
        {"ANTHROPIC_BASE_URL": "{url}"},
    ),
    Place(
        "bedrock/us.anthropic.claude-sonnet-4-6-us",
        NATIVE["bedrock messages"],
        "Bedrock",
        {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "{url}", "AWS_REGION": "us-east-1"},
    ),
]
