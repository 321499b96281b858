"""The shield at work: a call in chat form goes in, a masked body and the way back come out.

Everything that can fail here fails closed. Pairs live in the vault of this one call; the caller's account decides the
key under which they are drawn, and nothing of them outlives the answer.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ni.domain.call import Call, Json
from ni.domain.caller import Caller
from ni.domain.errors import DetectionFailed
from ni.privacy import jsontext, walker
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

AccountSecret = Callable[[str], bytes]


def derived(secret: bytes) -> AccountSecret:
    """The secrets of accounts, derived from one of the instance (HMAC-SHA256 of the account's id)."""
    return lambda account_id: hmac.digest(secret, b"privacy:" + account_id.encode(), "sha256")


def no_pause() -> None:
    """For programs that serve nobody else meanwhile."""


@dataclass(frozen=True, slots=True)
class Substitution:
    """Substitutes personal data by stand-ins; implements `Shield`.

    `pause` is called between pieces of long texts that were not seen before (a server lets others run).
    """

    names: Names
    account_secret: AccountSecret
    policy: Policy = field(default_factory=Policy)
    cache: FindingsCache = field(default_factory=FindingsCache)
    pause: Callable[[], None] = no_pause

    def substitute(self, caller: Caller, call: Call) -> Masked:
        """The masked body of the call. Raises `DetectionFailed`, whatever went wrong: nothing "
        "leaves unmasked."""
        if not caller.pii:
            return Masked(call.body, Summary(), Unrestored())
        try:
            return self._masked(self.account_secret(caller.account_id), call.body)
        except DetectionFailed:
            raise
        except Exception:  # noqa: BLE001 - fail closed; the cause could quote the text, so it is not chained
            raise DetectionFailed from None

    def _masked(self, key: bytes, body: Json) -> Masked:
        passages = _collected(body)
        detector = Detector(self.names, self.policy, self.cache, self.pause)
        texts = [passage.text for passage in passages]
        found = detector.find(key, [self._passage(passage) for passage in passages])
        spans = dict(zip(passages, propagated(texts, found), strict=True))
        vault = Vault(key, Vocabulary(texts))
        _introduce(
            vault,
            [
                text.text[span.start : span.end]
                for text, found in spans.items()
                for span in found
                if span.label is Label.PERSON
            ],
        )
        masking = _Masking(spans, vault)
        masked = walker.rewritten(body, lambda text, place: _each(text, place, masking))
        return Masked(masked, Summary(True, masking.counts()), Restoration(Matcher(vault.entries)))

    def _passage(self, text: "_Text") -> Passage:
        names = text.place is not Place.SYSTEM or self.policy.names_in_system
        return Passage(text.text.replace("_", " ") if text.place is Place.NAME else text.text, names)


def _introduce(vault: Vault, people: Sequence[str]) -> None:
    """Let the vault know all people before anything that is made of their names, the full names first."""
    for name in people:
        vault.meet(name)
    for name in people:
        vault.issue(Label.PERSON, name)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text to be looked through, and where it stands."""

    text: str
    place: Place


Visit = Callable[[str, Place], str]


def _each(text: str, place: Place, visit: Visit) -> str:
    """Visit a text, or each string in it where it is JSON source."""
    if place in {Place.ARGUMENTS, Place.RESULT} and jsontext.is_json(text):
        return jsontext.rewritten(text, lambda string: visit(string, Place.SPOKEN))
    return visit(text, place)


def _collected(body: Json) -> list[_Text]:
    """The distinct texts of the call, in order."""
    texts: dict[_Text, None] = {}

    def noted(text: str, place: Place) -> str:
        if text:
            texts.setdefault(_Text(text, place))
        return text

    walker.rewritten(body, lambda text, place: _each(text, place, noted))
    return list(texts)


class _Masking:
    """Replaces the spans of each text, and counts what it replaced."""

    def __init__(self, spans: dict[_Text, list[Span]], vault: Vault) -> None:
        self._spans = spans
        self._vault = vault
        self._values: dict[Label, set[str]] = {}

    def __call__(self, text: str, place: Place) -> str:
        made, at = [], 0
        for span in self._spans.get(_Text(text, place), ()):
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
        """Distinct values by label; the lone part of a name that also stands in full is not "
        "another person."""
        counts = {str(label): len(values) for label, values in self._values.items()}
        people = self._values.get(Label.PERSON, set())
        full = {part.text for name in people if len(found := parts(name)) > 1 for part in found}
        if people:
            counts[Label.PERSON] = sum(len(parts(name)) > 1 or name not in full for name in people)
        return counts
