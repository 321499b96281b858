"""Visits the texts of embeddings and completions, which hold no conversation: every string but the names of options."""

from typing import Any

from ni.domain.call import Json
from ni.privacy.walker import Place, Rewrite

_TEXTS = ("input", "prompt", "suffix", "stop", "user", "grammar")


def rewritten(body: Json, rewrite: Rewrite) -> Json:
    """The body with each of its texts passed through `rewrite`."""
    return {name: _each(value, rewrite) if name in _TEXTS else value for name, value in body.items()}


def _each(value: Any, rewrite: Rewrite) -> Any:
    if isinstance(value, str):
        return rewrite(value, Place.SPOKEN)
    return [_each(entry, rewrite) for entry in value] if isinstance(value, list) else value
