"""One stream of text in which surrogates are put back: as much is released at once as can no longer become one.

What is held back is at most as long as the longest surrogate; memory does not grow with the stream.
"""

import re

from ni.privacy.escapes import unescaped
from ni.privacy.matcher import LOOK_BACK, Matcher, Verdict, escaped_letter
from ni.privacy.words import fold, is_letter, is_mark, parts_words, runs_on

_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")


class Rewriter:
    """State of one field of one answer."""

    __slots__ = ("_before", "_held", "_matcher")

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._before = ""  # the end of what was read and released
        self._held = ""

    def feed(self, text: str, last: bool = False) -> str:
        """What can be released once this text has come; all of it if it is the last."""
        if self._matcher.beginnings is None:
            return text
        text = self._before + self._held + text
        released, done = self._released(text, len(self._before), last)
        self._before = text[max(done - LOOK_BACK, 0) : done]
        self._held = text[done:]
        return released

    def end(self) -> str:
        """What was held back; the next text begins a new stream."""
        rest = self.feed("", last=True)
        self._before = self._held = ""
        return rest

    def _released(self, text: str, start: int, last: bool) -> tuple[str, int]:
        """What of `text[start:]` can be released, restored, and up to where it was read."""
        assert self._matcher.beginnings is not None
        folded = fold(text)
        released: list[str] = []
        done = start
        for at in self._matcher.positions(text, folded, start):
            if at < done or _inside_a_word(text, at):
                continue
            found = self._matcher.at(text, folded, at, last)
            if found is Verdict.MORE:
                return "".join((*released, text[done:at])), at
            if isinstance(found, tuple):
                end, original = found
                released += [text[done:at], original]
                done = end
        released.append(text[done:])
        return "".join(released), len(text)


def _inside_a_word(text: str, at: int) -> bool:
    """Whether a mark or an escaped letter stands before the position."""
    if at and is_mark(text[at - 1]) and is_letter(text[at]):
        return True
    escape = text[at - 6 : at] if at >= 6 else ""
    if _ESCAPE.fullmatch(escape):
        return _ends_with_letter(escape) and (is_letter(text[at]) or bool(escaped_letter(text, at)))
    if text[at] == "\\":
        begins = parts_words(text[max(at - 4, 0) : at] + "a", min(at, 4))
        return bool(escaped_letter(text, at)) and not begins
    return False


def _ends_with_letter(escape: str) -> bool:
    char = unescaped(escape)
    return is_letter(char) and not runs_on(char)
