"""Who talks in these tests: Alice and Bob of one account with a key each, Charlie of another; and a small catalog."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ni.domain.call import Call, Json
from ni.domain.caller import Caller
from ni.domain.route import Capabilities, Deployment, Price, Route, Tier
from ni.inchat.answer import InChat, LocalReply

SONNET = "bedrock/global.anthropic.claude-sonnet-4-6-global"
OPUS = "bedrock/global.anthropic.claude-opus-4-8-global"
HAIKU = "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0-global"
GEMINI = "vertex_ai/gemini-2.5-pro-ca"
FLASH = "vertex_ai/gemini-2.5-flash-ca"
MINI_CA = "azure/gpt-4.1-mini-ca"
MINI_US = "openai/gpt-4.1-mini-us"
LOCAL = "local/qwen2.5-coder-local"
CATALOG = (GEMINI, FLASH, MINI_CA, SONNET, OPUS, HAIKU, MINI_US, LOCAL)

_TIERS = {
    "-ca": (Tier.CANADIAN_CLOUD, "CA"),
    "-global": (Tier.GLOBAL_CLOUD, "GLOBAL"),
    "-us": (Tier.PROVIDER_API, "US"),
    "-local": (Tier.OWN_HARDWARE, "CA"),
}

ALICE = Caller("acc_a", "key_alice", "Alice's key", frozenset(Tier), shares_mappings=True)
BOB = replace(ALICE, key_id="key_bob", key_name="Bob's key")
CHARLIE = replace(ALICE, account_id="acc_c", key_id="key_charlie", key_name="Charlie's key")
CANADIAN = replace(BOB, tiers=frozenset({Tier.CANADIAN_CLOUD}))


def route(route_id: str) -> Route:
    provider, rest = route_id.split("/", 1)
    suffix = next(suffix for suffix in _TIERS if rest.endswith(suffix))
    tier, jurisdiction = _TIERS[suffix]
    return Route(
        id=route_id,
        provider=provider,
        upstream_model=rest.removesuffix(suffix),
        tier=tier,
        deployment=Deployment(id=provider, provider=provider, region="x", jurisdiction=jurisdiction),
        capabilities=Capabilities(),
        price=Price("2026-01-01", 0, 0, 0, 0),
    )


@dataclass
class FakeCatalog:
    """A catalog that a test can rearrange."""

    ids: list[str] = field(default_factory=lambda: list(CATALOG))
    off: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def resolve(self, model: str) -> Route | None:
        return route(model) if model in self.ids else None

    def is_ready(self, route: Route, own: AbstractSet[str] = frozenset()) -> bool:
        return route.id not in self.off

    def callable_by(
        self,
        tiers: AbstractSet[Tier],
        own: AbstractSet[str] = frozenset(),
        least: str = "",
        names: AbstractSet[str] = frozenset(),
    ) -> tuple[Route, ...]:
        return tuple(
            known
            for known in map(route, self.ids)
            if known.is_within(tiers, names) and known.id not in self.off | self.refused
        )


class StoppedClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self._passed_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, tzinfo=UTC) + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return 1000.0 + self._passed_s

    def pass_s(self, seconds: float) -> None:
        self._passed_s += seconds


def user(content: Any) -> Json:
    return {"role": "user", "content": content}


def assistant(content: Any) -> Json:
    return {"role": "assistant", "content": content}


def call(model: str, *messages: Json) -> Call:
    return Call(dialect="chat", model=model, stream=False, body={"messages": list(messages)})


def reply_to(inchat: InChat, caller: Caller, asked: Call) -> LocalReply | None:
    """The gateway's own reply to a call, whose model is looked up as the pipeline does."""
    return inchat.answer(caller, asked, inchat.resolve(caller, asked.model))


@dataclass
class Conversation:
    """One conversation of a caller with the gateway."""

    inchat: InChat
    caller: Caller
    model: str
    history: list[Json] = field(default_factory=list)

    def say(self, text: Any) -> LocalReply | None:
        """Send a prompt; the gateway's own answer joins the history, as in any chat client."""
        self.history.append(user(text))
        reply = reply_to(self.inchat, self.caller, call(self.model, *self.history))
        if reply is not None:
            self.history.append(assistant(reply.text))
        return reply

    def hear(self, text: Any) -> str:
        """Send a prompt that must be answered by the gateway; the text of its answer."""
        reply = self.say(text)
        assert reply is not None
        return reply.text
