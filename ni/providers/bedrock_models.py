"""What models on Bedrock can do through Converse where they differ: streamed tools, tool choice, schemas, caching.

It is a table by name, of what fails rather than of what works, so that a model added to the catalog is taken for able.
Sources: AWS's table of Converse features by model and its reference of `ToolResultBlock`; for turns of Mistral and
Llama, what users report as refused (langchain-aws#141, strands-agents/harness-sdk#1223, quarkus-langchain4j#1983).
"""

import re
from dataclasses import dataclass
from enum import Enum

from ni.providers.claude_models import generation_of, is_claude

_BUFFERED = re.compile(r"mistral\.mistral-(large|small)-240|meta\.llama[34]|ai21\.")
_NAMES_TOOLS = re.compile(r"claude|amazon\.nova")
_AUTO_ONLY = re.compile(r"meta\.llama|cohere\.|ai21\.|deepseek")
_CACHES = re.compile(r"claude|amazon\.nova")
_MIXES = re.compile(r"claude|amazon\.nova")


class Choosing(Enum):
    """How a model can be made to call a tool."""

    NAMED = "named"
    ANY = "any"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Traits:
    """One model's. `mixes` says whether a turn may hold tool calls or results beside words, and results a status."""

    claude: bool
    choosing: Choosing
    caches: bool
    holds_schema: bool
    buffers_tools: bool
    mixes: bool


def traits_of(model: str) -> Traits:
    """What a model id or profile id tells."""
    claude = is_claude(model)
    choosing = Choosing.NAMED if _NAMES_TOOLS.search(model) else Choosing.ANY
    return Traits(
        claude=claude,
        choosing=Choosing.AUTO if _AUTO_ONLY.search(model) else choosing,
        caches=_CACHES.search(model) is not None,
        holds_schema=claude and generation_of(model).number >= (4, 5),
        buffers_tools=_BUFFERED.search(model) is not None,
        mixes=_MIXES.search(model) is not None,
    )
