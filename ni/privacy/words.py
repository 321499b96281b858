"""What a word is, for everything here that compares or cuts text.

`fold` removes case and accents one character for one, so that offsets in the folded text are offsets in the text (it is
not Unicode case folding, which changes lengths). Lists of small words tell languages apart; `looks_like_code` tells
code from prose line by line, in doubt for prose. `Vocabulary` holds the words of one request, which surrogates must
avoid; `PauseTimer` lets other greenlets run during long work.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from time import monotonic

from ni.domain.clock import paced

WORD = re.compile(r"[^\W_]+")
RUNS_ON = "[\u0e00-\u0eff\u3005\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
"""Characters of scripts that write no spaces between words, or particles after names."""
_RUNS_ON = re.compile(RUNS_ON)
_FOLDED = 8 * 1024  # characters that are folded before others may run
_BEYOND_ASCII = re.compile(r"([^\x00-\x7f]+)")


def _marks() -> str:
    r"""A pattern for the marks that combine with letters (vowel signs, accents), which `\w` leaves out."""
    marks = [
        code
        for code in (*range(0x300, 0x3100), *range(0xFE20, 0xFE30))
        if unicodedata.category(chr(code))[0] == "M"
    ]
    known = frozenset(marks)
    starts = [code for code in marks if code - 1 not in known]
    ends = [code for code in marks if code + 1 not in known]
    return "[" + "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True)) + "]"


MARK = _marks()

# After one of these escapes, as in "\nMarie" inside a string literal, a word begins although a letter precedes it.
_ESCAPED = frozenset("nrtbfv0")


def _folded(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


@cache
def _table() -> dict[int, str]:
    """Latin, Greek and Cyrillic with their accents: the scripts that have case."""
    codes = (*range(0x41, 0x5B), *range(0xC0, 0x590), *range(0x1E00, 0x2000))
    return {code: folded for code in codes if (folded := _folded(chr(code))) != chr(code)} | {0x2019: "'"}


def listed(words: str) -> tuple[str, ...]:
    """The words of a table that is written as text."""
    return tuple(words.split())


def fold(text: str) -> str:
    """The text in lower case without accents, as long as the text itself."""
    if text.isascii():
        return text.lower()
    if len(text) > _FOLDED:
        starts = range(0, len(text), _FOLDED)
        return "".join(fold(text[at : at + _FOLDED]) for at in paced(starts, 1))
    pieces = _BEYOND_ASCII.split(text)  # what lies between is ASCII, and the most of nearly any text
    pieces[::2] = [piece.lower() for piece in pieces[::2]]
    pieces[1::2] = [piece.translate(_table()) for piece in pieces[1::2]]
    return "".join(pieces)


def without_accents(text: str) -> str:
    """The text without accents, its case kept; as long as the text itself."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFD", char)[0] for char in text)


def is_letter(char: str) -> bool:
    """Whether the character is part of a word: a letter, a digit, or an accent that combines with one.

    A number set above the line is none: it marks a note.
    """
    return char.isalpha() or char.isdecimal() or (char > "\u02ff" and is_mark(char))


NUMERALS = (
    "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u2182\u2185-\u2189\u2460-\u249b\u24ea-\u24ff"
    "\u2776-\u2793\u3192-\u3195\u3220-\u3229\u3248-\u324f\u3251-\u325f\u3280-\u3289\u32b1-\u32bf]"
)
"""Numbers that are no decimal digits (², ½, Ⅳ, ①): alphanumeric for `re`, and no part of a word for `is_letter`."""


def is_mark(char: str) -> bool:
    """Whether the character combines with the letter before it."""
    return char > "\u02ff" and unicodedata.category(char)[0] == "M"


_BLANKLESS = "[\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_NUMBER_IN_SCRIPT = re.compile(f"[0-9]{_BLANKLESS}|{_BLANKLESS}[0-9]")
"""A number beside a character of a script without spaces: it is not part of the word."""


def runs_on(char: str) -> bool:
    """Whether it is one of `RUNS_ON`."""
    return char > "\u0dff" and _RUNS_ON.match(char) is not None


def parts_words(text: str, at: int) -> bool:
    """Whether no word runs across position `at`."""
    if at <= 0 or at >= len(text) or not is_letter(text[at]) or not is_letter(text[at - 1]):
        return True
    if _NUMBER_IN_SCRIPT.match(text, at - 1):
        return True
    return at > 1 and text[at - 2] == "\\" and text[at - 1] in _ESCAPED


_ENGLISH = (
    "the of and to in is it you that was for on are with as his they be at have this from had not but what all were "
    "we when your can said there use an each which she do how their if will up other about out many then them these "
    "so some her would make like him into has my who its by i i'm don't please thanks dear hello hi regards"
)
_FRENCH = (
    "le la les des du un une et est en que qui dans pour pas sur ce cette il elle je tu nous vous ils avec au aux mais "
    "ou où son sa ses mon ma mes ne se par plus leur leurs été être avoir a à ont sont suis peut fait comme tout "
    "bonjour merci chez entre votre vos notre nos c'est j'ai d'un d'une qu'il qu'elle madame monsieur mme salut"
)
ENGLISH = frozenset(_ENGLISH.split())
FRENCH = frozenset(_FRENCH.split())

_GERMAN = (
    "das und ist nicht ein eine einen einem einer eines für mit auf ich wir mich mir dich dir uns euch bitte zum zur "
    "vom beim wie kann kannst können könntest könnte wenn oder aber dass sich auch nach bei aus durch über unter "
    "zwischen gegen ohne welche welcher welches diese dieser dieses diesen diesem wird werden wurde haben habe hast "
    "sind sein seine ihre ihren mein meine meinen meiner dein deine noch schon sehr hier jetzt warum gibt keine kein "
    "nichts allen vielen danke wegen möchte muss soll sollte geehrter geehrte erkläre schreibe schreib erstelle "
    "übersetze fasse nenne gib zeig zeige"
)
_SPANISH = (
    "una unos las los para por como pero más qué cómo cuál está están este esta esto estos estas ese esa eso muy "
    "también hay tengo tiene quiero quiere puedo puedes puede necesito hacer sobre desde hasta cuando donde porque "
    "yo él ella ellos nosotros usted ustedes gracias hola buenos buenas días tardes favor ejemplo llamo soy vivo "
    "escribe explica resume traduce dame hazme crea genera corrige optimiza mejora"
)
_PORTUGUESE = (
    "uma umas não são você vocês seu sua seus suas meu minha nosso isso isto essa também já onde pelo pela pelos pelas "
    "nas até muito obrigado obrigada olá preciso posso fazer faço escreva explique resuma traduza crie gere corrija"
)
_ITALIAN = (
    "uno gli della dello delle degli dei nel nella nelle nei sul sulla che chi non sono siamo questo questa questi "
    "queste quello quella perché anche più molto dal dalla alla alle agli tra fra quando dove qual quale quali cosa "
    "grazie ciao buongiorno puoi potresti voglio vorrei fare tre scrivi spiega spiegami riassumi traduci correggi dimmi"
)
_DUTCH = (
    "een het niet maar ook voor naar hoe wat waarom welke deze dit dat zijn hebben heeft kun jij ik mij mijn jouw ons "
    "onze zij wij uit bij tussen tegen geen graag bedankt worden wordt werd kunnen moet schrijf maak geef vertaal"
)
_POLISH = (
    "się nie jest są jak że który która które czy dla przez przed przy nad ale tylko też już bardzo mnie tego tej tym "
    "tych jego jej ich mój moja moje twój proszę dzięki dziękuję cześć dzień dobry "
    "między oraz albo lub gdy kiedy gdzie "
    "aby żeby mogę możesz może napisz wyjaśnij podsumuj stwórz popraw przetłumacz"
)
_FURTHER = (
    "och att det inte är som för på ett jag hur vad ikke og af til hvordan jeg skriv "
    "který která jsem prosím není napiš bir için nasıl bu și este pentru care scrie egy és hogy nem írj "
    "joka että miten "
    "kirjoita yang untuk dengan ini itu dari mwen pitit siya hindi mga"
)
_SHARED = (
    "a in is an was so he we me no on of over de la le en un que es se tu por des du son ne mais par ma mi per il "
    "si al ou ses all will her sur te y do"
)
_SHARED_WITH_WORDS = (
    "sons resume explique vivo crea care sera dame fasse chi wat das fra ons hier dir dit muss nas nie non onze pela "
    "pelas sein seine corrige crie favor fare dove hast hay hoe jest jag genera gere gib ini itu ale det sul vad til af"
)
GERMAN = frozenset(_GERMAN.split())
"""Of the other languages the one that writes all nouns with capitals."""
OTHERS = (
    frozenset(f"{_GERMAN} {_SPANISH} {_PORTUGUESE} {_ITALIAN} {_DUTCH} {_POLISH} {_FURTHER}".split())
    - ENGLISH
    - FRENCH
) - frozenset(_SHARED_WITH_WORDS.split())
"""Small words of other Latin languages, and verbs that begin a request in them, that English and French have not."""
SHARED = frozenset(_SHARED.split())
"""Small words of English or French that other languages have too: no evidence for either."""


_MARKS = '(){}[]=;<>_"`|$\\&'
OPENERS = frozenset(
    listed("""
    import def return const let var function func fn export static void public private protected
    namespace package struct enum class elif interface async await #include #define @override using
    yield raise throw assert del typedef typename template extern inline register volatile cdef cpdef
    """)
)
_DIRECTIVE = re.compile(
    r"#(?:\s*(?:include|define|undef|ifdef|ifndef|elif|endif|pragma)|if|else|error|warning|line|region|endregion)\b"
)
"""Orders to a preprocessor, which begin like a comment of other languages."""
_COMMENT_SIGNS = ("//", "/*", "# ", "#:", "--", "* ", "*/", "<!--", '"""', "'''")
_QUOTED = re.compile(r"\"(?<![^\s(]\")(?=[^\W\d_])([^\"(){}\[\]=;<>_|$\\&`]{1,80})\"(?=[\s).,;:!?]|$)")
"""Words in straight quotes, with nothing but a blank or a round bracket before them."""
_REMARK = re.compile(
    r"\((?:(?<=[\w.*] \()(?<!\b(?:if|or|in) \()(?<!\b(?:for|and|not) \()(?<!\b(?:elif|when|with) \()"
    r"(?<!\b(?:while|until|catch|match|throw) \()(?<!\b(?:switch|return|sizeof|typeof) \()"
    r"|(?<=^\()(?=[A-Z])|(?<=[\u2e80-\u9fff\uac00-\ud7a3]\())"
    r"(?=\w)[^(){}\[\]=;<>_|$\\&\"`]{1,80}\)(?=[\s).,;!?\u2e80-\u9fff]|:\s|$)"
)
"""What somebody adds in round brackets after a blank; the bracket of a call touches the name of what is called."""


def _without_remarks(line: str) -> str:
    """The line without its remarks in brackets and with the words alone of what it quotes."""
    if "(" not in line:
        return line
    first = _QUOTED.sub(r"\1", line) if line[0] != "(" else line
    return _REMARK.sub("", first).strip()


def looks_like_code(line: str) -> bool:
    """Whether one line is code rather than something that a person wrote to be read."""
    stripped = line.strip()
    if not stripped or stripped.startswith(_COMMENT_SIGNS) or _DIRECTIVE.match(stripped):
        return bool(stripped)
    stripped = _without_remarks(stripped)
    if not stripped:
        return False
    marks = sum(map(stripped.count, _MARKS))
    spaces = stripped.count(" ")
    first = stripped.split(None, 1)[0].lower()
    if first in OPENERS:
        marks += 2 if spaces > 1 else 4
    if " = " in stripped:
        marks += 3
    if first == "from" and " import " in stripped:
        return True
    if stripped[-1] in "{;([\\},)" or stripped.endswith(("=>", "->", "):", "&&", "||")):
        marks += 2 if stripped[-1] in ",)" else 3
    if stripped[0] in "}])@<$" or (stripped[0] in "\"'" and ('":' in stripped or "':" in stripped)):
        marks += 2
    return marks >= 3 and marks > spaces * 0.6


def has_no_code(text: str) -> bool:
    """Whether a whole paragraph is prose beyond doubt, at a glance: it has next to no characters of code."""
    return sum(map(text.count, _MARKS)) * 150 < len(text) and not any(
        sign in text for sign in ("//", "/*", "\n#", "\n* ", "import ")
    )


_LITERAL = re.compile(
    r"[/*\#<;%\"'`>-](?:"
    r"(?<![:\w\"'&].)(?:(?<=/)[/*]|(?<=\*)(?=\s)"
    rf"|(?<=\#)(?!{_DIRECTIVE.pattern.removeprefix('#')})(?![0-9a-fA-F]{{3,8}}\b)"
    r"|(?<=-)-(?=\s)|(?<=<)!--|(?<=;);|(?<=%)%|(?<=\")\"\"|(?<=')'')\s?(?P<comment>.{2,})"
    r"|"
    r"(?<=\")(?P<double>(?:[^\"\\]|\\.)*+)(?:\"|\\?$)|(?<=')(?<!\w')(?P<single>(?:[^'\\]|\\.)*+)(?:'|\\?$)"
    r"|(?<=`)(?P<tick>(?:[^`\\]|\\.)*+)(?:`|\\?$)"
    r"|(?<=>)(?P<markup>[^<>{}]{3,})<)"
)
"""The signs come before what each of them is: `re` finds where one of a few characters stands at once."""
_WORDY = re.compile(r"[^\W\d_]{2}")
_NO_NAME = re.compile(r"[\w.:/@$%{}\[\]<>=&?#|*+~^-]*$")
_CLOSING = re.compile(r"\s*(?:\*/|-->|\"\"\"|''')\s*$")


def literals(line: str) -> Iterator[tuple[int, int]]:
    """The comments and string literals of a line of code that could hold a name.

    A literal that is one lower-case word, a path or a pattern holds none.
    """
    for match in _LITERAL.finditer(line):
        group = match.lastgroup or "markup"
        start, end = match.span(group)
        closing = _CLOSING.search(line, max(end - 8, start), end) if group == "comment" else None
        end = closing.start() if closing else end
        value = line[start:end]
        if _WORDY.search(value) and not (_NO_NAME.match(value) and not value[:1].isupper()):
            yield start, end


_RUN = 3
_READ_THROUGH = 32  # questions that are answered by reading all words: listing them costs about as much


class SubstringIndex:
    """Answers whether a string occurs inside one of the distinct words of a request.

    After a few questions the words are indexed by their runs of three characters, so that a question reads only the
    words with the rarest run: reading all words each time would make the cost quadratic in the request's length.
    """

    def __init__(self, words: Collection[str], joined: str) -> None:
        self._words = words
        self._joined = joined
        self._asked = 0
        self._by_run: dict[str, list[str]] = {}
        self._short: frozenset[str] = frozenset()

    def __contains__(self, part: object) -> bool:
        """Whether one of the words contains this part; the empty string is in any."""
        if not isinstance(part, str):
            return False
        if not part or part in self._words:
            return True
        self._asked += 1
        if self._asked <= _READ_THROUGH:
            return part in self._joined
        if len(part) < _RUN:
            self._list()
            return part in self._short
        return any(part in word for word in self.read_for(part))

    def read_for(self, part: str) -> Sequence[str]:
        """The candidate words for a part of three characters or more."""
        self._list()
        shortest: Sequence[str] | None = None
        for at in range(len(part) - _RUN + 1):
            listed = self._by_run.get(part[at : at + _RUN], ())
            if not listed:
                return ()
            if shortest is None or len(listed) < len(shortest):
                shortest = listed
        return shortest or ()

    def _list(self) -> None:
        if self._short:
            return
        short: set[str] = set()
        for word in paced(self._words):
            runs = {word[at : at + _RUN] for at in range(len(word))}
            short.update(run[:size] for run in runs for size in range(1, _RUN))
            for run in runs:
                if len(run) == _RUN:
                    self._by_run.setdefault(run, []).append(word)
        self._short = frozenset(short)


STRETCH_S = 0.002
"""Seconds that one request works before others get a turn; a concurrent call needs several turns until its answer."""


def no_pause() -> None:
    """Do nothing: for programs without other greenlets."""


class PauseTimer:
    """Lets other greenlets run during long work; one for each request. `clock` counts seconds."""

    def __init__(
        self,
        pause: Callable[[], None] = no_pause,
        clock: Callable[[], float] = monotonic,
        longest_s: float = math.inf,
    ) -> None:
        self._pause = pause
        self._clock = clock
        self._rested_at = clock()
        self._ends_at = self._rested_at + longest_s

    def pause_if_due(self) -> None:
        """Call `pause` if more than `STRETCH_S` passed since the last one; cheap enough for inner loops.

        Raises `TimeoutError` once the work has taken longer than it may.
        """
        if self._clock() - self._rested_at > STRETCH_S:
            self._pause()
            self._rested_at = self._clock()
            if self._rested_at > self._ends_at:
                raise TimeoutError("The work takes too long.")

    def restart(self) -> None:
        """Count from now: the caller has just waited for something, so that others ran."""
        self._rested_at = self._clock()


_SEARCHED = 400_000  # characters of distinct words up to which parts of words are avoided as well
_WITHIN_A_NUMBER = 4  # characters that may stand between two groups of a number
_GAP = re.compile(r"[\W_]+")
_BETWEEN = 5_000  # characters that are read between two calls of `pause_if_due`


class Vocabulary:
    """The words of a request, folded; holds them for as long as the request is masked.

    `texts` are what is read of it, and `written` what is written where that is something else.
    """

    def __init__(
        self, texts: Sequence[str], timer: PauseTimer | None = None, written: Sequence[str] = ()
    ) -> None:
        timer = timer or PauseTimer()
        self._sources = [fold(text) for text in paced(written)]
        self.folded = [fold(text) for text in paced(texts)]
        self.words = [_words(text, timer) for text in paced(self.folded)]
        sources = (_words(text, timer) for text in paced(self._sources))
        self._words: frozenset[str] = frozenset().union(*self.words, *sources)
        joined = "\n".join(self._words)
        self._inside = SubstringIndex(self._words, joined) if len(joined) <= _SEARCHED else None
        self._run_together: list[str] | None = None

    def has(self, folded: str) -> bool:
        """Whether the request contains this, also inside a word.

        In a very large request only whole words count: what is put back is recognised by whole words.
        """
        words = WORD.findall(folded)
        if not all(map(self.knows, words)):
            return False
        return len(words) <= 1 or any(folded in text for text in (*self.folded, *self._sources))

    @property
    def whole_words(self) -> bool:
        """Whether the request is so large that only whole words of it are known."""
        return self._inside is None

    def knows(self, word: str) -> bool:
        """Whether the request contains this word; also inside another one, unless `whole_words`."""
        return word in (self._words if self._inside is None else self._inside)

    def says_digits(self, digits: str) -> bool:
        """Whether the request contains these digits as a whole word, also after masking marks (`xxxx1234`)."""
        return any(hidden + digits in self._words for hidden in ("", "x", "xx", "xxx", "xxxx"))

    def may_say(self, form: str) -> bool:
        """Whether the request contains these words one after another, whatever stands between them."""
        words = form.split(" ")
        if not all(map(self.knows, words)):
            return False
        if len(words) == 1:
            return True
        pattern = re.compile(r"[\W_]{1,12}".join(map(re.escape, words)))
        return any(pattern.search(text) for text in self.folded)

    def spells(self, number: str) -> bool:
        """Whether the request contains these digits and letters one after another, in any groups."""
        if self.knows(number):
            return True
        if not _in_words(number, self._words):
            return False
        if self._run_together is None:
            self._run_together = [_GAP.sub(_without_short_gap, text) for text in self.folded]
        return any(number in text for text in self._run_together)


def _without_short_gap(gap: re.Match[str]) -> str:
    return "" if len(gap[0]) <= _WITHIN_A_NUMBER else "\n"


def _in_words(number: str, words: frozenset[str]) -> bool:
    """Whether the number can be cut into words of the request: only then may the request say it in groups."""
    reached = {0}
    for end in range(1, len(number) + 1):
        if any(start in reached and number[start:end] in words for start in range(end)):
            reached.add(end)
    return len(number) in reached


def _words(text: str, timer: PauseTimer) -> frozenset[str]:
    """The distinct words of a text."""
    words: set[str] = set()
    at = 0
    while at < len(text):
        end = min(at + _BETWEEN, len(text))
        rest = WORD.match(text, end)
        end = rest.end() if rest else end
        words.update(WORD.findall(text, at, end))
        at = end
        timer.pause_if_due()
    return frozenset(words)


_HANDLE_LETTERS = re.compile(r"[^\W\d_]+")


def compact(text: str) -> str:
    """The letters of a name as local parts use them: small, without accents, hyphens and apostrophes."""
    return "".join(_HANDLE_LETTERS.findall(fold(without_accents(text))))
