"""Masks a call: `Substitution.substitute` takes a call and a caller, and returns the masked body and a restorer.

The steps: collect the texts, detect, refuse what the caller blocks, issue surrogates from a vault, rewrite the body. On
any failure it raises `DetectionFailed`: nothing leaves unmasked. Pairs exist only in the vault of the call; the account
decides the key from which surrogates are drawn.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from ni.domain.call import Call, Json
from ni.domain.caller import Caller, Priority
from ni.domain.clock import paced
from ni.domain.errors import BadRequest, DetectionFailed, PiiBlocked
from ni.domain.route import Tier
from ni.privacy import encoded, segments, walker
from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, Passage, without_outvoted
from ni.privacy.matcher import Matcher
from ni.privacy.names import Names, NoNames
from ni.privacy.names.people_names import parts
from ni.privacy.names.propagation import propagate
from ni.privacy.reading import Reading
from ni.privacy.reading_stages import unescaped
from ni.privacy.restoring import AnswerRestorer, TextRestorer
from ni.privacy.spans import Label, Span
from ni.privacy.vault import Vault
from ni.privacy.walker import Place
from ni.privacy.words import PauseTimer, Vocabulary, fold, no_pause, without_accents


@dataclass(frozen=True, slots=True)
class MaskingSummary:
    """What was protected: kinds and counts, never values."""

    on: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of distinct values that were masked."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        """The value of `X-NI-PII`: `off`, `on`, or `on; email=1, person=2`."""
        if not self.on:
            return "off"
        return "on" + "".join(
            f"{';' if at == 0 else ','} {kind.lower()}={count}"
            for at, (kind, count) in enumerate(sorted(self.counts.items()))
        )


class Restorer(Protocol):
    """Puts originals back into one answer, and holds the state of that answer.

    An event in the client's own form stands under `native` of the chunk or reply.
    """

    def reply(self, reply: Json) -> Json:
        """A whole `chat.completion` with its originals restored."""

    def chunk(self, chunk: Json) -> Iterable[Json]:
        """The chunks that can be released after this one, restored."""

    def end(self) -> Iterable[Json]:
        """The chunks with text still held back at the end of the stream."""


@dataclass(frozen=True, slots=True)
class Masked:
    """The masked body, a summary of what was masked, and the restorer of the answer; `form` as in `Call`."""

    body: Json
    summary: MaskingSummary
    restorer: Restorer
    form: str = "chat"


class Shield(Protocol):
    """What the gateway needs of masking."""

    def substitute(self, caller: Caller, call: Call) -> Masked:
        """Mask the call. Raises `PiiBlocked` if it holds what the caller blocks, `DetectionFailed` on any failure."""


class IdentityRestorer:
    """The restorer of an answer in which nothing was substituted."""

    def reply(self, reply: Json) -> Json:
        """Return the reply unchanged."""
        return reply

    def chunk(self, chunk: Json) -> Iterable[Json]:
        """Return the chunk unchanged."""
        return (chunk,)

    def end(self) -> Iterable[Json]:
        """Return no chunks: nothing is held back."""
        return ()


LONGEST_S = 60.0
"""How long one request may be worked on: a list of ten thousands of names would occupy the gateway for minutes."""
_LONGEST_QUESTION = 96
_QUESTION = re.compile(r"[^.!?\n]{1,96}\?\s*$")
_ANSWER = re.compile(r"(?=(?:\D*\d){4})[^\n]{4,64}")
"""One line that may be just a number: what it is can only be seen from the question in the message before."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST_KEY = 40
_DRAWS = 4
"""Attempts to draw all surrogates again when a text with initials in it would not be restored exactly."""
_INITIAL = re.compile(r"(?<![^\W_])[^\W\d_]\.")
_LONGEST_TRIED = 4000
_TEXTS = 16  # texts of a request that are taken before others may run
_LONGEST_LINE = 400
_ENCODED = re.compile(r"[\\&%]")

AccountSecret = Callable[[str], bytes]


def derived(secret: bytes) -> AccountSecret:
    """Account secrets derived from the instance's secret: HMAC-SHA256 of the account id."""
    return lambda account_id: hmac.digest(secret, b"privacy:" + account_id.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class Substitution:
    """Replaces personal values by surrogates; implements `Shield`.

    `pause` is called now and then while long texts are worked on (a server lets others run).
    """

    names: Names
    account_secret: AccountSecret
    policy: DetectionPolicy = field(default_factory=DetectionPolicy)
    cache: FindingsCache = field(default_factory=FindingsCache)
    pause: Callable[[], None] = no_pause

    def substitute(self, caller: Caller, call: Call) -> Masked:
        """The masked body of the call. Nothing leaves unmasked.

        Raises `PiiBlocked` if it holds what the caller blocks, `BadRequest` for a file that cannot be looked through,
        and `DetectionFailed` whatever else went wrong.
        """
        if not caller.pii and not caller.block_labels:
            return Masked(call.body, MaskingSummary(), IdentityRestorer(), call.form)
        try:
            return self._masked(caller, call)
        except (DetectionFailed, BadRequest):
            raise
        except Exception:  # noqa: BLE001 - fail closed; the cause could quote the text, so it is not chained
            raise DetectionFailed from None

    def _masked(self, caller: Caller, call: Call) -> Masked:
        if call.form not in walker.FORMS:
            raise DetectionFailed
        key = self.account_secret(caller.account_id)
        texts = _collected(call.body)
        timer = PauseTimer(self.pause, longest_s=LONGEST_S)
        passages = [
            Passage(text.with_lead, self._asks_names(text), timer.pause_if_due)
            for text in paced(texts, _TEXTS)
        ]
        read = [passage.reading.text for passage in paced(passages)]
        written = [stage.surroundings() for passage in paced(passages) for stage in passage.reading.stages]
        vocabulary = Vocabulary(read, timer, written)
        policy, later = self.policy.also(caller.block_labels), caller.priority is Priority.BATCH
        detector = Detector(self.names, policy, self.cache, timer, later)
        spans_of_texts = propagate(
            read, without_outvoted(read, detector.find(key, passages)), vocabulary, timer
        )
        values = {
            text: _values(text, passage.reading, spans, timer)
            for text, passage, spans in paced(zip(texts, passages, spans_of_texts, strict=True), _TEXTS)
        }
        _refuse_blocked(caller.block_labels, values.values())
        if not caller.pii:
            return Masked(call.body, MaskingSummary(), IdentityRestorer(), call.form)
        attempt = 0
        while True:
            vault = Vault(hmac.digest(key, b"again:%d" % attempt, "sha256") if attempt else key, vocabulary)
            _introduce(vault, values.values(), timer)
            masking = _Masking(values, vault, timer)
            masked = walker.rewritten(call.body, _entering(masking))
            matcher = Matcher(vault.forms, PauseTimer(self.pause))
            attempt += 1
            if attempt == _DRAWS or masking.restores_exactly(matcher):
                break
        return Masked(masked, MaskingSummary(True, masking.counts()), AnswerRestorer(matcher), call.form)

    def _asks_names(self, text: "_RequestText") -> bool:
        """Whether names are looked for in the text. A key of one word is a name only if found elsewhere."""
        if text.place is Place.KEY:
            return " " in text.text
        return text.place is not Place.SYSTEM or self.policy.names_in_system


def _refuse_blocked(labels: frozenset[Label], values: Iterable[Sequence["_ValueInText"]]) -> None:
    """Raises `PiiBlocked` with the distinct values of these labels, if there are any."""
    blocked: dict[Label, set[str]] = {}
    for values_of_text in paced(values) if labels else ():
        for value in values_of_text:
            if value.label in labels:
                blocked.setdefault(value.label, set()).add(fold(value.reads))
    if blocked:
        raise PiiBlocked(counts=_counted(blocked))


def _introduce(vault: Vault, values: Iterable[Sequence["_ValueInText"]], timer: PauseTimer) -> None:
    """Introduce all names to the vault before values that are made of them (mail addresses), then issue them."""
    people = dict.fromkeys(
        value.reads for each in paced(values) for value in paced(each) if value.label is Label.PERSON
    )
    for name in people:
        timer.pause_if_due()
        vault.introduce(name)
    for name in people:
        timer.pause_if_due()
        vault.issue(Label.PERSON, name)


@dataclass(frozen=True, slots=True)
class _RequestText:
    """A text to be looked through, where it stands, and the words of its key (`dateOfBirth`: `date of birth`).

    The key of an answer is the question before it.
    """

    text: str
    place: Place
    key: str = ""

    @property
    def lead(self) -> str:
        """The words of the key, put before the text during detection as its context."""
        if self.key.endswith("?"):
            return f"{self.key}\n"
        words = _HUMP.sub(" ", self.key).replace("_", " ").replace("-", " ").strip().lower()
        return f"{words}: " if words and len(words) <= _LONGEST_KEY else ""

    @property
    def with_lead(self) -> str:
        """The lead and the text, as detection reads them; offsets in the text are shifted by the lead's length."""
        return self.lead + (self.text.replace("_", " ") if self.place is Place.NAME else self.text)


def _each(text: str, place: Place, context: str, visit: walker.Rewrite) -> str:
    """Visit a text, or each value and key in it where it is JSON source."""
    if place in {Place.ARGUMENTS, Place.RESULT} and segments.is_json(text):
        return segments.rewritten(
            text, lambda key, value: _value(value, key, visit), lambda key: visit(key, Place.KEY)
        )
    return visit(text, place, context)


def _value(text: str, key: str, visit: walker.Rewrite) -> str:
    """Visit a value of JSON source."""
    if encoded.is_data_url(text):
        return encoded.data_url(text, lambda content: visit(content, Place.SPOKEN, key))
    return visit(text, Place.SPOKEN, key)


def _entering(visit: walker.Rewrite) -> walker.Rewrite:
    """The visit of each text, also of those within JSON source; a number after a question has that for its context."""
    before = ""

    def rewrite(text: str, place: Place, context: str = "") -> str:
        nonlocal before
        asked = "" if context or place is Place.KEY or not _ANSWER.fullmatch(text) else before
        if place is not Place.KEY:
            question = _QUESTION.search(text[-_LONGEST_QUESTION:])
            before = question[0].strip() if question else ""
        return _each(text, place, context or asked, visit)

    return rewrite


def _collected(body: Json) -> list[_RequestText]:
    """The distinct texts of the call, in order."""
    texts: dict[_RequestText, None] = {}

    def noted(text: str, place: Place, context: str = "") -> str:
        if text:
            texts.setdefault(_RequestText(text, place, context))
        return text

    walker.rewritten(body, _entering(noted))
    return list(texts)


@dataclass(frozen=True, slots=True)
class _ValueInText:
    """A detected value: its range in a text, its spelling there (`written`), and its decoded form (`reads`)."""

    start: int
    end: int
    label: Label
    written: str
    reads: str
    spell: Callable[[str], str] = str


def _values(
    text: _RequestText, reading: Reading, spans: Sequence[Span], timer: PauseTimer
) -> list[_ValueInText]:
    """The detected values in the text itself, without those in the lead."""
    lead, values = len(text.lead), []
    for span in spans:
        timer.pause_if_due()
        start, end = (at - lead for at in reading.original(span.start, span.end))
        if start < 0:
            continue
        written = text.text[start:end]
        if text.place is Place.NAME:
            values.append(_ValueInText(start, end, span.label, written, written, without_accents))
        elif written == (reads := reading.text[span.start : span.end]):
            values.append(
                _ValueInText(start, end, span.label, written, written, _plainly(text.text, start, end))
            )
        else:
            spell = partial(reading.written, span.start, span.end)
            values.append(_ValueInText(start, end, span.label, written, reads, spell))
    return values


def _plainly(text: str, start: int, end: int) -> Callable[[str], str]:
    """Writes a surrogate in place of `text[start:end]`, which is written as it reads.

    An apostrophe becomes the typographic one where a plain one could end the literal that it stands in.
    """
    written = text[start:end]
    line = max(text.rfind("\n", 0, start) + 1, start - _LONGEST_LINE)
    return str if "'" in written or text.find("'", line, start) < 0 else _typographic


def _typographic(surrogate: str) -> str:
    return surrogate.replace("'", "\u2019")


def _parts_of(label: Label, reads: str) -> Iterator[str]:
    if label is Label.PERSON:
        yield from (part.text for part in parts(reads))


class _Masking:
    """The rewrite that replaces the values of each text; counts what it replaced."""

    def __init__(
        self, values: Mapping[_RequestText, Sequence[_ValueInText]], vault: Vault, timer: PauseTimer
    ) -> None:
        self._values = values
        self._vault = vault
        self._timer = timer
        self._counted: dict[Label, set[str]] = {}
        plain = {
            (value.label, value.reads)
            for values_of_text in values.values()
            for value in values_of_text
            if value.written == value.reads
        }
        self._written = set(plain)
        for label, reads in plain:
            timer.pause_if_due()
            self._written.update((label, part) for part in _parts_of(label, reads))
        self._meant: dict[str, str] = {}
        self._doubtful: dict[str, str] = {}  # masked texts with initials of which some are not of a name

    def __call__(self, text: str, place: Place, context: str = "") -> str:
        masked, at = [], 0
        for value in self._values.get(_RequestText(text, place, context), ()):
            self._timer.pause_if_due()
            if value.start < at:
                raise DetectionFailed  # two values share what one escape stands for
            form = self._form(value)
            if form != value.written:
                masked += [text[at : value.start], form]
                at = value.end
                self._counted.setdefault(value.label, set()).add(fold(value.reads))
        whole = "".join(masked) + text[at:]
        if (
            masked
            and len(text) <= _LONGEST_TRIED
            and Label.PERSON in self._counted
            and _INITIAL.search(whole)
        ):
            self._doubtful[whole] = text
        return whole

    def restores_exactly(self, matcher: Matcher) -> bool:
        """Whether the texts with initials come back: `Roy J.` may look like another person's `Roy J.` once masked."""
        return all(
            TextRestorer(matcher).feed(masked, last=True) == text for masked, text in self._doubtful.items()
        )

    def _form(self, value: _ValueInText) -> str:
        """The surrogate in the spelling of the value; one form never stands for two spellings."""
        surrogate = self._vault.issue(value.label, value.reads)
        if surrogate == value.reads:
            return value.written
        form = value.spell(surrogate)
        if form == surrogate and value.written == value.reads:
            return form
        taken = form == surrogate and (value.label, value.reads) in self._written
        if taken or self._meant.setdefault(form, value.written) != value.written:
            # Encoded, it comes back as it reads; in other letters, it is a value of its own.
            return form if _ENCODED.search(value.written) else self._vault.issue(value.label, value.written)
        if "\\" in form or "\\" not in value.written:
            self._vault.record_spelling(unescaped(form), form, value.reads, value.written)
        elif value.label is Label.PERSON:  # how deep it was escaped could not be told: the escape stays
            return self._vault.issue(value.label, value.written)
        return form

    def counts(self) -> dict[str, int]:
        """Distinct values by label."""
        return _counted(self._counted)


def _counted(values: Mapping[Label, set[str]]) -> dict[str, int]:
    """How many values each label has; the lone part of a name that also stands in full is not another person."""
    counts = {str(label): len(distinct) for label, distinct in values.items()}
    people = values.get(Label.PERSON, set())
    full = {part.text for name in people if len(distinct := parts(name)) > 1 for part in distinct}
    if people:
        counts[Label.PERSON] = sum(len(parts(name)) > 1 or name not in full for name in people)
    return counts


_TEXT = """
Name,Phone,Email
Ana Roy,514-555-0142,ana.roy@example.ca
Cafe\u0301 Tre\u00admblay,514-555-0143,cafe@example.ca

Née le 1990-03-04 au 12, rue Principale, Laval (QC) H7A 1B2 : NAS 046 454 286, passeport AB123456, tél. 514 555 0144.
"""


def warm_up() -> None:
    """Mask a made-up text with many kinds of values, so that lists, character tables and numbering plans are loaded.

    Takes a fifth of a second of CPU, during which nothing else in the process is served. No value of it is kept.
    """
    shield = Substitution(NoNames(), lambda _: bytes(32))
    caller = Caller("", "", "", frozenset(Tier), pii=True)
    shield.substitute(caller, Call("chat", "", False, {"messages": [{"role": "user", "content": _TEXT}]}))
