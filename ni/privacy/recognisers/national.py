"""National numbers of people outside of Canada and the United States, of the kind of a SIN.

Behind the word that names it, a number is taken by its shape, for one with a slip of the pen is somebody's all the
same. Italian, Mexican and Chinese ones hold so much that their check (python-stdnum) proves them without a word.
"""

import re
from collections.abc import Iterator

from stdnum.cn import ric
from stdnum.it import codicefiscale
from stdnum.mx import curp

from ni.privacy.prefilter import Prefiltered, lowered, prefiltered
from ni.privacy.recognisers.recogniser import explained

_BEGINS, _ENDS = r"(?<![A-Za-z0-9])(?<!\d[.-])", r"(?![A-Za-z0-9])(?![.-]\d)"


def _words(words: str) -> Prefiltered:
    return prefiltered(rf"(?i)(?<![^\W_])(?:{words})(?:(?![^\W_])|(?=[\u2e80-\u9fff]))")


def _shape(shape: str) -> re.Pattern[str]:
    return re.compile(rf"(?i){_BEGINS}(?:{shape}){_ENDS}")


_KINDS = (
    (  # France: NIR
        _words(r"nir|n[o°º] ?ss|(?:num[ée]ro |n[o°º] )?(?:de )?(?:s[ée]cu(?:rit[ée] sociale)?|ins[ée]e)"),
        _shape(r"[1-478] ?\d\d ?(?:0[1-9]|[1-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3}(?:[ -]?\d\d)?"),
    ),
    (_words("cpf"), _shape(r"\d{3}\.?\d{3}\.?\d{3}[-/ ]?\d\d")),
    (_words("dni|nie|nif"), _shape(r"[XYZ]?[- ]?\d{7,8}[- ]?[A-Z]|\d{9}")),
    (_words(r"aadh?aa?r|uidai"), _shape(r"\d{4}([ -]?)\d{4}\1\d{4}")),
    (_words("pan(?: (?:card|no|number))?"), _shape(r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]")),
    (
        _words(r"nino|ni (?:number|no)|national insurance(?: (?:number|no))?"),
        _shape(r"[A-CEGHJ-PR-TW-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]"),
    ),
    (_words(r"nhs(?: (?:number|no))?"), _shape(r"\d{3}([ -]?)\d{3}\1\d{4}")),
    (_words(r"codice ?_?fiscale|cod\. ?fisc|c\.?f\.?"), _shape(r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]")),
    (_words("pesel"), _shape(r"\d{11}")),
    (
        _words(r"person(?:nummer|nr)|samordningsnummer|cpr(?:-(?:nummer|nr))?|f[øo]dselsnummer"),
        _shape(r"\d{6}(?:\d\d)?[-+ ]?\d{4,5}"),
    ),
    (_words(r"hetu|henkil[öo]tunnus"), _shape(r"\d{6}[-+A]\d{3}[0-9A-Y]")),
    (_words(r"bsn|burgerservicenummer|sofinummer"), _shape(r"\d{4}\.?\d{2}\.?\d{3}|\d{8,9}")),
    (_words(r"rijksregisternummer|num[ée]ro national|niss|insz"), _shape(r"\d\d\.?\d\d\.?\d\d[- ]?\d{3}[. ]?\d\d")),
    (_words("curp"), _shape(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d")),
    (_words("rfc"), _shape(r"[A-ZÑ&]{4}\d{6}[0-9A-Z]{2,3}")),
    (_words("ahv(?:-nummer)?|avs"), _shape(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d")),
    (_words(r"steuer-?id(?:nr)?|idnr|steueridentifikationsnummer"), _shape(r"\d\d ?\d{3} ?\d{3} ?\d{3}")),
    (_words(r"tc ?kimlik(?: no)?"), _shape(r"[1-9]\d{10}")),
    (_words("주민등록번호|주민번호"), _shape(r"\d{6}-?[1-8]\d{6}")),
    (_words(r"身份证号?码?|身分證字號|id card"), _shape(r"\d{17}[\dX]|[A-Z][12]\d{8}")),
    (_words("マイナンバー|個人番号|my number"), _shape(r"\d{4}([ -]?)\d{4}\1\d{4}")),
    (_words("uci"), _shape(r"\d\d-?\d{4}-?\d{4}")),
    (_words(r"alien (?:registration )?(?:number|no)|a-number"), _shape(r"A?-?\d{8,9}")),
)  # fmt: skip
_PROVEN = (
    (_shape(r"[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]"), codicefiscale.is_valid),
    (_shape(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d"), curp.is_valid),
    (_shape(r"[1-9]\d{5}(?:19|20)\d{9}[\dX]"), ric.is_valid),
)
_MAY_BE_PROVEN = re.compile(r"\d(?:\d[A-Za-z]\d{3}[A-Za-z]|\d{5}[HMhm]|\d{16})")
"""What the numbers hold that prove themselves; digits come first, since those are found quickly."""
_REACH = 36


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand that a word names, or whose own check is enough."""
    low = lowered(text)
    for words, shape in _KINDS:
        named = shape.finditer(text) if words.among(low) and words.pattern.search(text) else ()
        for match in named:
            if explained(text, match.start(), words, _REACH):
                yield match.span()
    for shape, is_valid in _PROVEN if _MAY_BE_PROVEN.search(text) else ():
        for match in shape.finditer(text):
            if is_valid(match[0]):
                yield match.span()
