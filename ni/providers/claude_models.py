"""What Claude models accept, by generation, in whichever cloud they run.

Sampling parameters: any (3.x), one of two (4.1, 4.5), none (from 4.7). Thinking: a token budget, then adaptive with an
effort (from 4.6). A conversation may not end with the assistant (from 4.6). A name without a generation is taken for
the newest. Sources: Anthropic's migration guides for Claude 4.5, 4.6 and 4.7.
"""

import re
from dataclasses import dataclass
from typing import Any

from ni.domain.call import Json
from ni.providers.generation_parameters import AUTO, NONE, GenerationParameters

_NEW_STYLE = re.compile(r"claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?!\d)")
_OLD_STYLE = re.compile(r"claude-(\d)(?:[-.](\d))?-")
_NEWEST = (99, 0)
_LEAST_BUDGET = 1024
_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16_384, "xhigh": 24_576, "max": 32_000}
_CLOSED = {
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "$schema",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Generation:
    """The rules of one model."""

    number: tuple[int, int]

    @property
    def samples(self) -> bool:
        """Whether the model takes sampling parameters at all."""
        return self.number < (4, 7)

    @property
    def adaptive(self) -> bool:
        """Whether the model decides itself how long to think."""
        return self.number >= (4, 6)

    @property
    def thinks(self) -> bool:
        """Whether the model can think before it answers."""
        return self.number >= (3, 7)

    @property
    def continues(self) -> bool:
        """Whether the conversation may end with text of the assistant, which the model continues."""
        return self.number < (4, 6)

    @property
    def holds_schema(self) -> bool:
        """Whether the model can be held to a JSON schema."""
        return self.number >= (4, 1)


@dataclass(frozen=True, slots=True)
class Thinking:
    """How the model is to think: Anthropic's `thinking` object and, where it has one, the effort."""

    config: Json
    effort: str = ""


def generation_of(model: str) -> Generation:
    """The generation that a model id of any cloud tells."""
    for pattern in (_NEW_STYLE, _OLD_STYLE):
        if match := pattern.search(model.lower()):
            return Generation((int(match[1]), int(match[2] or 0)))
    return Generation(_NEWEST)


def is_claude(model: str) -> bool:
    """Whether an id names a Claude model."""
    return "claude" in model.lower()


def thinking_of(
    asked: GenerationParameters, generation: Generation, limit: int, signed: bool
) -> Thinking | None:
    """How to think, or None. `signed` says that the thinking behind the last tool calls can be shown again.

    A forced tool wins over thinking, and so does an output limit that leaves no room for it.
    """
    effort = asked.effort or _effort_of(asked.thinking)
    forced = asked.choice not in (AUTO, NONE)
    if not generation.thinks or effort in ("", "none") or forced:
        return None
    if generation.adaptive:
        config: Json = {"type": "adaptive"}
        if not generation.samples:
            config["display"] = (asked.thinking or {}).get("display") or "summarized"
        return Thinking(config, _adapted(effort, generation))
    budget = min((asked.thinking or {}).get("budget_tokens") or _BUDGETS[effort], limit - 1)
    if budget < _LEAST_BUDGET or not signed:
        return None
    return Thinking({"type": "enabled", "budget_tokens": budget})


def sampling_of(asked: GenerationParameters, thinks: bool) -> Json:
    """The sampling parameters under Anthropic's names, as the table of parameters left them; none while it thinks."""
    given = {"temperature": asked.temperature, "top_p": asked.top_p, "top_k": asked.top_k}
    return {} if thinks else {name: value for name, value in given.items() if value is not None}


def closed_schema(schema: Any) -> Any:
    """The schema as Claude's structured outputs take it: objects closed, and no bounds that they cannot hold."""
    if isinstance(schema, list):
        return [closed_schema(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: value for name, value in schema.items() if name not in _CLOSED}
    for name in ("items", "anyOf", "allOf", "oneOf", "not"):
        if name in closed:
            closed[name] = closed_schema(closed[name])
    for name in ("properties", "$defs", "definitions"):
        if isinstance(closed.get(name), dict):
            closed[name] = {key: closed_schema(value) for key, value in closed[name].items()}
    if closed.get("type") == "object" or "properties" in closed:
        closed["additionalProperties"] = False
    return closed


def _effort_of(thinking: Json | None) -> str:
    """The effort that a client's own `thinking` object stands for."""
    kind = (thinking or {}).get("type")
    if kind == "adaptive":
        return "high"
    if kind != "enabled":
        return ""
    budget = (thinking or {}).get("budget_tokens") or 0
    return next((name for name, tokens in _BUDGETS.items() if budget <= tokens), "max")


def _adapted(effort: str, generation: Generation) -> str:
    if effort == "minimal":
        return "low"
    return "high" if effort == "xhigh" and generation.samples else effort
