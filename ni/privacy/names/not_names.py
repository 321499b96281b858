"""Rules that reject words that the network took for people: labels, buildings, rivers and words of programs."""

import re

from ni.privacy.lexicon import WordKind
from ni.privacy.names.finding import NameFinding
from ni.privacy.names.people_names import gender

_REACH = 40
_LABEL = re.compile(
    r"(?i)(?:t[ée]l(?:[ée]c|[ée]phone|[ée]copieur)?|fax|cell(?:ulaire)?|mob(?:ile)?|ph|poste|ext|bur|r[ée]s|dom|trav|pager)"
    r"\.? ?:? ?[(+]?\d|(?i:t[ée]l[ée]c)\.|(?-i:OLN|DLN|HCN|MRN|UCI|IUC)[ :#]"
)


def labels_a_number(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is the label of the telephone number behind it: `Téléc. 418 …`."""
    return end - start == 1 and _LABEL.match(finding.text, finding.tokens[start].start) is not None


_BUILDING = re.compile(
    r"(?i)(?<!\w)(?:ar[ée]na|centre|salle|pavillon|biblioth[èe]que|[ée]cole|coll[èe]ge|c[ée]gep|h[ôo]pital|stade|th[ée][âa]tre"
    r"|piscine|[ée]difice|place|rue|mus[ée]e|fondation|prix|coupe|auditorium|gymnase|complexe|manoir|r[ée]sidence) \Z"
)
_HYPHENED = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]+(?:-[A-ZÀ-Þ][\w'’]+)+")
_BORN = re.compile(r"(?i)(?<!\w)(?:née?s?(?:\(e\))?|born|raised|grew up) (?:à|au|aux|in|at) \Z")
_RIVER_BEFORE = re.compile(
    r"(?:\b(?:[Aa]long|up|down|across|cross(?:ed|es|ing)?|beyond|banks of|mouth of|shores? of) )?(?<!\w)[Tt]he \Z"
)
_RIVER_AFTER = re.compile(
    r" (?:is|was|flow(?:s|ed)|runs|ran|fr[eo]ezes?|froze|rises|rose|flood(?:s|ed)|drains|empties|basin|valley|delta"
    r"|watershed|canyon|estuary)(?!\w)"
)


def of_a_place(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a building that bears a name with hyphens (`aréna Maurice-Richard`), a river or a birthplace."""
    if end - start > 1:
        return False
    token = finding.tokens[start]
    before = finding.text[max(token.start - _REACH, 0) : token.start]
    if _HYPHENED.fullmatch(token.text) and _BUILDING.search(before):
        return True
    if _BORN.search(before) or token.text == "Lac":
        return True
    river = _RIVER_BEFORE.search(before)
    return river is not None and (
        len(river[0]) > len("the ") or _RIVER_AFTER.match(finding.text, token.end) is not None
    )


_BEGINS_LITERAL = re.compile(r"[\"'`]\Z")
_GOES_ON = re.compile(r" (?!alias\b)(?:[a-z]{3,}s|is|has|had|will|can|cannot|could|must|may|did|not)\b")
"""A verb."""
_FORMAT = re.compile(r"(?=.*(?:YY|MM|DD|ww|WW|HH|hh|SS|ss|mm))[YyMmDdHhSsWwZzUu]{4,12}")


def of_a_program(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is the form of a date (`YYYYWwwd`), or a word of no list of names that begins a literal's sentence."""
    token, kind = finding.tokens[start], finding.words[start].kind
    if end - start > 1:
        return False
    if _FORMAT.fullmatch(token.text):
        return True
    quoted = _BEGINS_LITERAL.search(finding.text, max(token.start - 1, 0), token.start)
    plain = kind is WordKind.WORD or (
        kind is WordKind.WORD_GIVEN
        and gender(token.text) is None
        and finding.lexicon.is_word(token.text.lower())
    )
    return bool(quoted) and plain and _GOES_ON.match(finding.text, token.end) is not None


NOT_NAMES = {
    "labels": labels_a_number,
    "buildings": of_a_place,
    "programs' words": of_a_program,
}
