"""What models of a family can do, so that a route added to the catalog carries capabilities without hand-writing.

A rule is the beginning of a base model's name; the longest that fits wins. Base names have no inference profile, no
vendor and no lower or upper case (`us.anthropic.claude-haiku-4-5-20251001-v1:0` is `claude-haiku-4-5-20251001-v1:0`).
Sizes are those of the vendors' model pages, 2026; a row of the catalog overrides them.
"""

import re
from collections.abc import Mapping

from ni.domain.route import CallKind, Capabilities

_PROFILE = re.compile(r"^(?:global|us|ca|eu|apac)\.")
_VENDOR = re.compile(
    r"^(?:anthropic|meta|mistral|mistralai|deepseek-ai|deepseek|amazon|qwen|google|openai|cohere)[./]"
)

_SEES = ("text", "image")


def _full(context_window: int, max_output_tokens: int, *, reasoning: bool = True) -> Capabilities:
    return Capabilities(
        modalities=_SEES,
        context_window=context_window,
        max_output_tokens=max_output_tokens,
        function_calling=True,
        json_schema=True,
        reasoning=reasoning,
    )


def _text(
    context_window: int, max_output_tokens: int, *, tools: bool = True, schema: bool = False
) -> Capabilities:
    return Capabilities(
        context_window=context_window,
        max_output_tokens=max_output_tokens,
        function_calling=tools,
        json_schema=schema,
    )


def _vectors(context_window: int) -> Capabilities:
    return Capabilities(
        context_window=context_window, max_output_tokens=1, streaming=False, kind=CallKind.EMBEDDING
    )


FAMILIES: Mapping[str, Capabilities] = {
    "claude-": _full(200_000, 32_000),
    "claude-haiku-4-5": _full(200_000, 64_000),
    "claude-haiku-5": _full(1_000_000, 128_000),
    "claude-sonnet-4-5": _full(200_000, 64_000),
    "claude-sonnet-4-6": _full(1_000_000, 64_000),
    "claude-sonnet-5": _full(1_000_000, 128_000),
    "claude-opus-4-": _full(1_000_000, 128_000),
    "claude-opus-5": _full(1_000_000, 128_000),
    "gemini-2.5-": _full(1_048_576, 65_535),
    "gemini-3": _full(1_048_576, 65_536),
    "gpt-4.1": _full(1_047_576, 32_768, reasoning=False),
    "gpt-4o": _full(128_000, 16_384, reasoning=False),
    "gpt-5": _full(400_000, 128_000),
    "gpt-5.4": _full(1_050_000, 128_000),
    "gpt-5.4-mini": _full(400_000, 128_000),
    "gpt-oss-": Capabilities(
        context_window=131_072, max_output_tokens=32_768, function_calling=True, reasoning=True
    ),
    "o3": _full(200_000, 100_000),
    "o4-mini": _full(200_000, 100_000),
    "deepseek-v3": Capabilities(
        context_window=128_000, max_output_tokens=16_384, function_calling=True, reasoning=True
    ),
    "deepseek-r1": Capabilities(context_window=128_000, max_output_tokens=16_384, reasoning=True),
    "llama3-": _text(8_192, 2_048, tools=False),
    "llama3-1-": _text(128_000, 8_192),
    "llama3-3-": _text(128_000, 8_192),
    "mistral-large-2402": _text(32_000, 8_192),
    "mistral-large": _text(128_000, 8_192),
    "nova-": Capabilities(
        modalities=_SEES, context_window=300_000, max_output_tokens=10_000, function_calling=True
    ),
    "qwen2.5": _text(32_768, 8_192, schema=True),
    "qwen3": _text(40_960, 8_192, schema=True),
    "echo": _text(1_000_000, 100_000),
    "text-embedding-3-": _vectors(8_191),
    "text-embedding-ada-002": _vectors(8_191),
    "text-embedding-0": _vectors(2_048),
    "text-multilingual-embedding-": _vectors(2_048),
    "gemini-embedding-": _vectors(2_048),
    "titan-embed-text-v2": _vectors(8_192),
    "embed-english-v3": _vectors(512),
    "embed-multilingual-v3": _vectors(512),
    "embed-v4": _vectors(128_000),
    "nomic-embed-": _vectors(8_192),
    "mxbai-embed-": _vectors(512),
    "snowflake-arctic-embed": _vectors(8_192),
    "bge-": _vectors(8_192),
    "all-minilm": _vectors(512),
}


def base_model(upstream_model: str) -> str:
    """The name by which a model is known whoever serves it."""
    name = _PROFILE.sub("", upstream_model.lower())
    return _VENDOR.sub("", name)


def family_of(upstream_model: str) -> Capabilities | None:
    """What the family can do, or None if the model belongs to no family known here."""
    name = base_model(upstream_model)
    fitting = [rule for rule in FAMILIES if name.startswith(rule)]
    return FAMILIES[max(fitting, key=len)] if fitting else None
