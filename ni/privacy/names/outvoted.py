"""Lone words of dictionaries and acronyms that are nobody in most of their places in a request.

`Direct Link Dependencies` beside ten other links is no person. A name that is no word is kept if it is found once: a
leak weighs more than an alarm.
"""

from collections import Counter
from collections.abc import Sequence

from ni.privacy.lexicon import is_in_dictionaries
from ni.privacy.spans import Findings, Label, Span
from ni.privacy.words import parts_words

_FEWEST = 3
_SHARE = 3
"""A word is nobody if it has at least so many places, and is found in one of so many or fewer."""
_LONGEST_ACRONYM = 6
_SHORT_ACRONYM = 4


def without_outvoted(texts: Sequence[str], findings_of_texts: Sequence[Findings]) -> Sequence[Findings]:
    """The findings without uncertain people of one such word."""
    counts = Counter(
        text[span.start : span.end]
        for text, findings in zip(texts, findings_of_texts, strict=True)
        for span in findings.spans
        if _is_uncertain(span)
    )
    nobody = {word for word, count in counts.items() if _is_outvoted(word, count, texts)}
    if not nobody:
        return findings_of_texts
    return [
        Findings(
            tuple(
                span
                for span in findings.spans
                if not _is_uncertain(span) or text[span.start : span.end] not in nobody
            ),
            findings.prose,
        )
        for text, findings in zip(texts, findings_of_texts, strict=True)
    ]


def is_acronym(word: str) -> bool:
    """Whether a name found alone is so short and in capitals that it is not looked for in small letters."""
    return word.isupper() and len(word) <= _SHORT_ACRONYM


def _is_uncertain(span: Span) -> bool:
    return span.label is Label.PERSON and not span.certain


def _is_outvoted(word: str, count: int, texts: Sequence[str]) -> bool:
    acronym = word.isupper() and len(word) <= _LONGEST_ACRONYM
    if not word.isalpha() or not (acronym or is_in_dictionaries(word.lower())):
        return False
    fewest, places = max(_FEWEST, _SHARE * count), 0
    for text in texts:
        at = text.find(word)
        while at >= 0 and places < fewest:
            places += parts_words(text, at) and parts_words(text, at + len(word))
            at = text.find(word, at + len(word))
    return places >= fewest
