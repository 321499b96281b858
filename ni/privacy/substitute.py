"""The shield at work: a call in chat form goes in, a masked body and the way back come out.

Everything that can fail here fails closed. Pairs live in the vault of this one call; the caller's account decides the
key under which they are drawn, and nothing of them outlives the answer.
"""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ni.domain.call import Call, Json
from ni.domain.caller import Caller
from ni.domain.errors import DetectionFailed, PiiBlocked
from ni.privacy import jsontext, media, walker
from ni.privacy.breaks import Breaks, no_pause
from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector, Passage
from ni.privacy.matcher import Matcher
from ni.privacy.names import Names
from ni.privacy.names_of_people import parts
from ni.privacy.policy import Policy
from ni.privacy.propagate import propagated
from ni.privacy.restore import Restoration
from ni.privacy.shield import Masked, Summary, Unrestored
from ni.privacy.spans import Label, Span
from ni.privacy.vault import Vault
from ni.privacy.vocabulary import Vocabulary
from ni.privacy.walker import Place
from ni.privacy.words import fold, without_accents

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST_KEY = 40

AccountSecret = Callable[[str], bytes]


def derived(secret: bytes) -> AccountSecret:
    """The secrets of accounts, derived from one of the instance (HMAC-SHA256 of the account's id)."""
    return lambda account_id: hmac.digest(secret, b"privacy:" + account_id.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class Substitution:
    """Substitutes personal data by stand-ins; implements `Shield`.

    `pause` is called now and then while long texts are worked on (a server lets others run).
    """

    names: Names
    account_secret: AccountSecret
    policy: Policy = field(default_factory=Policy)
    cache: FindingsCache = field(default_factory=FindingsCache)
    pause: Callable[[], None] = no_pause

    def substitute(self, caller: Caller, call: Call) -> Masked:
        """The masked body of the call. Raises `PiiBlocked` if it holds what the caller blocks, and `DetectionFailed`,
        whatever went wrong: nothing leaves unmasked."""
        if not caller.pii and not caller.block_labels:
            return Masked(call.body, Summary(), Unrestored(), call.form)
        try:
            return self._masked(caller, call)
        except (DetectionFailed, PiiBlocked):
            raise
        except Exception:  # noqa: BLE001 - fail closed; the cause could quote the text, so it is not chained
            raise DetectionFailed from None

    def _masked(self, caller: Caller, call: Call) -> Masked:
        if call.form not in walker.FORMS:
            raise DetectionFailed
        key = self.account_secret(caller.account_id)
        texts = _collected(call.body)
        read = [text.read for text in texts]
        breaks = Breaks(self.pause)
        vocabulary = Vocabulary(read, breaks)
        detector = Detector(self.names, self.policy.also(caller.block_labels), self.cache, breaks)
        found = detector.find(key, [Passage(text.read, self._asks_names(text)) for text in texts])
        spans = {
            text: _within(text, spread)
            for text, spread in zip(texts, propagated(read, found, vocabulary, breaks), strict=True)
        }
        _refuse_blocked(caller.block_labels, spans)
        if not caller.pii:
            return Masked(call.body, Summary(), Unrestored(), call.form)
        vault = Vault(key, vocabulary)
        _introduce(vault, spans, breaks)
        masking = _Masking(spans, vault)
        masked = walker.rewritten(call.body, _entering(masking))
        restorer = Restoration(Matcher(vault.entries))
        return Masked(masked, Summary(True, masking.counts()), restorer, call.form)

    def _asks_names(self, text: "_Text") -> bool:
        """Whether people are looked for; a key that is one word is a name only if it is known from elsewhere."""
        if text.place is Place.KEY:
            return " " in text.text
        return text.place is not Place.SYSTEM or self.policy.names_in_system


def _refuse_blocked(labels: frozenset[Label], spans: Mapping["_Text", Sequence[Span]]) -> None:
    """Raises `PiiBlocked` with the distinct values of these labels, if there are any."""
    values: dict[Label, set[str]] = {}
    for text, found in spans.items():
        for span in found:
            if span.label in labels:
                values.setdefault(span.label, set()).add(fold(text.text[span.start : span.end]))
    if values:
        raise PiiBlocked(counts=_counted(values))


def _introduce(vault: Vault, spans: Mapping["_Text", Sequence[Span]], breaks: Breaks) -> None:
    """Let the vault know all people before anything that is made of their names, the full names first."""
    people = [
        text.text[span.start : span.end]
        for text, found in spans.items()
        for span in found
        if span.label is Label.PERSON
    ]
    for name in people:
        vault.meet(name)
    for name in people:
        breaks.take()
        vault.issue(Label.PERSON, name)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text to be looked through, where it stands, and the words of its key (`dateOfBirth`: `date of birth`)."""

    text: str
    place: Place
    key: str = ""

    @property
    def lead(self) -> str:
        """What is put before the text while it is looked through, so that its key can explain it."""
        words = _HUMP.sub(" ", self.key).replace("_", " ").replace("-", " ").strip().lower()
        return f"{words}: " if words and len(words) <= _LONGEST_KEY else ""

    @property
    def read(self) -> str:
        """The text as it is looked through; as long as lead and text."""
        return self.lead + (self.text.replace("_", " ") if self.place is Place.NAME else self.text)


def _each(text: str, place: Place, context: str, visit: walker.Rewrite) -> str:
    """Visit a text, or each value and key in it where it is JSON source."""
    if place in {Place.ARGUMENTS, Place.RESULT} and jsontext.is_json(text):
        return jsontext.rewritten(
            text, lambda key, value: _value(value, key, visit), lambda key: visit(key, Place.KEY)
        )
    return visit(text, place, context)


def _value(text: str, key: str, visit: walker.Rewrite) -> str:
    """Visit a value of JSON source."""
    if media.is_data_url(text):
        return media.data_url(text, lambda content: visit(content, Place.SPOKEN, key))
    return visit(text, Place.SPOKEN, key)


def _entering(visit: walker.Rewrite) -> walker.Rewrite:
    """The visit of each text, also of those within JSON source."""

    def rewrite(text: str, place: Place, context: str = "") -> str:
        return _each(text, place, context, visit)

    return rewrite


def _collected(body: Json) -> list[_Text]:
    """The distinct texts of the call, in order."""
    texts: dict[_Text, None] = {}

    def noted(text: str, place: Place, context: str = "") -> str:
        if text:
            texts.setdefault(_Text(text, place, context))
        return text

    walker.rewritten(body, _entering(noted))
    return list(texts)


def _within(text: _Text, spans: Sequence[Span]) -> list[Span]:
    """The spans that were found in the text itself, not in the key before it."""
    lead = len(text.lead)
    return [span.moved(-lead) for span in spans if span.start >= lead]


class _Masking:
    """Replaces the spans of each text, and counts what it replaced."""

    def __init__(self, spans: dict[_Text, list[Span]], vault: Vault) -> None:
        self._spans = spans
        self._vault = vault
        self._values: dict[Label, set[str]] = {}

    def __call__(self, text: str, place: Place, context: str = "") -> str:
        made, at = [], 0
        for span in self._spans.get(_Text(text, place, context), ()):
            original = text[span.start : span.end]
            surrogate = self._vault.issue(span.label, original)
            if surrogate != original:
                made += [
                    text[at : span.start],
                    without_accents(surrogate) if place is Place.NAME else surrogate,
                ]
                at = span.end
                self._values.setdefault(span.label, set()).add(fold(original))
        return "".join(made) + text[at:]

    def counts(self) -> dict[str, int]:
        """Distinct values by label."""
        return _counted(self._values)


def _counted(values: Mapping[Label, set[str]]) -> dict[str, int]:
    """How many values each label has; the lone part of a name that also stands in full is not another person."""
    counts = {str(label): len(found) for label, found in values.items()}
    people = values.get(Label.PERSON, set())
    full = {part.text for name in people if len(found := parts(name)) > 1 for part in found}
    if people:
        counts[Label.PERSON] = sum(len(parts(name)) > 1 or name not in full for name in people)
    return counts
