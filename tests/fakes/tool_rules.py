"""What clouds refuse of definitions of tools; shared by the fakes of all wires."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
COMBINED = ("oneOf", "allOf", "anyOf")


def combined(schema: Json) -> bool:
    """Whether Anthropic refuses a schema (claude-code#5973, mobile-mcp#344)."""
    return any(name in schema for name in COMBINED) or "$ref" in schema


def openai_refuses(schema: Json) -> bool:
    """Whether OpenAI refuses a schema: its sentence names these members."""
    return combined(schema) or "not" in schema or "enum" in schema or schema.get("type", "object") != "object"


def doubled(names: Sequence[str]) -> bool:
    """Whether a name is there twice: refused by Anthropic, Google and Bedrock (LibreChat#13162, theia#16122)."""
    return len(set(names)) < len(names)
