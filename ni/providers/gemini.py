"""What Gemini models take, generation by generation: how thinking is asked for, and JSON beside tools.

2.5 has a budget of tokens (which Pro cannot set to zero), 3 has levels; never both. A name that tells no generation is
taken for the newest. Source: Google's pages on thinking and on structured output.
"""

import re

from ni.domain.call import Json
from ni.providers.asked import Asked

_NAME = re.compile(r"gemini-(\d{1,2})(?:\.(\d{1,2}))?")
_NEWEST = (99, 0)
_BUDGETS = {"minimal": 512, "low": 1024, "medium": 8192, "high": 24_576, "xhigh": 24_576, "max": 24_576}
_LEVELS = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM"}
_PRO_LEAST, _PRO_MOST, _FLASH_MOST = 128, 32_768, 24_576


def generation_of(model: str) -> tuple[int, int]:
    """The generation that a model id tells."""
    found = _NAME.search(model.lower())
    return (int(found[1]), int(found[2] or 0)) if found else _NEWEST


def thinking_config(model: str, asked: Asked) -> Json:
    """`thinkingConfig`, empty where nothing was asked or the model does not think."""
    thinking = asked.thinking or {}
    effort = asked.effort or {"disabled": "none", "adaptive": "high", "enabled": "high"}.get(
        thinking.get("type", ""), ""
    )
    generation, pro = generation_of(model), "pro" in model.lower()
    if not effort or generation < (2, 5):
        return {}
    if generation < (3, 0):
        wanted = thinking.get("budget_tokens") or _BUDGETS.get(effort, 0)
        least, most = (_PRO_LEAST, _PRO_MOST) if pro else (0, _FLASH_MOST)
        budget = max(least, min(most, wanted))
        return {"thinkingBudget": budget, "includeThoughts": effort != "none"}
    level = _LEVELS.get("minimal" if effort == "none" else effort, "HIGH")
    if pro and level == "MINIMAL":
        level = "LOW"
    return {"thinkingLevel": level, "includeThoughts": effort != "none"}


def needs_signatures(model: str) -> bool:
    """Whether calls that are shown again must be signed."""
    return generation_of(model) >= (3, 0)


def holds_json_with_tools(model: str) -> bool:
    """Whether the answer can be held to JSON while tools are offered."""
    return generation_of(model) >= (3, 0)
