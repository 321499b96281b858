"""What the rules after the network judge: tokens of a text that were taken for a person."""

from collections.abc import Sequence
from typing import NamedTuple

from ni.privacy.lexicon import Lexicon
from ni.privacy.names.model import Token, Word


class NameFinding(NamedTuple):
    """Tokens `first` to `end` of a text, taken for a person."""

    text: str
    tokens: Sequence[Token]
    words: Sequence[Word]
    first: int
    end: int
    lexicon: Lexicon = Lexicon(frozenset(), frozenset(), frozenset())
