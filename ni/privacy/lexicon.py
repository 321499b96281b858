"""What is known of single words: given names, surnames, words of English, French and of programming, and names that
methods, products, places and firms bear.

`is_given` and `is_family` recognise names that no list holds by their form. Lists of names are never complete, but
*Al-* and *-ullah*, *-preet* and *-lingam*, *-enko* and *-owicz*, a Mohawk *Karonhia-* or an Inuktitut *-suaq* tell a
name nearly as surely, and so do the two syllables of which many Chinese and Korean given names are made. Kept here is
what, among the words of source code and documents, names people alone.
"""

import gzip
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path

from ni.privacy.people.lists import COMMON
from ni.privacy.words import ENGLISH, FRENCH, OPENERS, listed, without_accents

_GIVEN_START = (
    "abdul|abdel|abder|abdou|oluwa|chukwu|sukh|thiru|venkat|siva|krishna|lakshm|kahn|kanen|kanie|karonh|karihw|kawenn"
    "|konwa|tekah|tekaron|tewen|teiohon|teharon|ioron|skahen|wahien|waab|zhaa|biida|giizh"
)
_GIVEN_END = "preet|jeet|[jpvw]inder|lakshmi|vathi|ullah|ollah|uddin|chukwu|sław|mariam|selassie"
_FAMILY_START = "(?:al|el|abu|abou|ibn|ben|bou|ould|aït|ait|ste?)-|gebre|wolde|habte|fitz"
_FAMILY_END = (
    "enko|chuk|czuk|ovich|evich|vić|owicz|ewicz|owski|ewski|owska|ewska|iński|ińska|shyn|czyk|czak|ciak|niak|iuk|ová"
    "|escu|poulos|akis|oğlu|oglu|nejad|zadeh|zada|shvili|dottir|dóttir|swamy|lingam|rajah|nathan|nayagam|sundaram"
    "|singham|ratnam|pillai|moorthy|murthy|appan|waran|wardena|singhe|ratne|nayake|sekera|kumar|wala|imana"
    "|suaq|juaq|juak|aaluk|alik|aliq|luaq|tuq|tuk|miq|iaq|iuq|ngaq|ngak|gijig"
)
_CHINESE = listed("""
    ai an bai bao bei bin bing bo cai chang chao chen cheng chun cong dan dong fang fei fen feng fu gang guang gui guo
    hai han hao heng hong hua huan hui jia jian jiang jie jin jing jun juan kai kang ke kun lan lei li lian liang lin
    ling long lu man mei meng miao min ming nan ning pei peng ping qi qian qiang qiao qin qing qiong qiu quan ran rong
    rui ruo shan shao sheng shi shu shuang shun song tao ting tian tong wan wei wen wu xi xia xian xiang xiao xin xing
    xiong xiu xu xuan xue xun ya yan yang yao yi yin ying yong yu yuan yue yun ze zhan zhang zhao zhe zhen zheng zhi
    zhong zhu zhuo zi zong
""")
_KOREAN = listed("""
    bok bum byeong byung chae chan chang cheol chul chun dae dong eun gil gun gyeong gyu hae han hee heon ho hong hun
    hwa hwan hye hyeon hyeong hyo hyuk hyun hyung in jae jeong ji jin jong joo joon ju jun jung ki kwang kyu kyung mi
    min myeong myung nam ok ran sang se seo seok seol seon seong seung shin si sol song soo su suk sun sung tae
    won woo woong wook ye yeol yeon yeong yong yoo yoon young yun bi na a hwi rim
""")
_NOBODY = frozenset(
    listed("""
    beijing nanjing tianjin shandong shanxi jiangxi guangxi guangdong hainan yunnan zhejiang fujian anhui ningxia
    xinjiang qinghai wuhan kunming guilin ningbo jinan nanning nanchang nantong zhuhai wuxi hanzi kangxi minnan sigil
    setae chula
    """)
)
"""Places and things that are built in the same way."""
_LETTERS = "[^\\W\\d_]{2,}"


def _pairs(syllables: tuple[str, ...]) -> str:
    longest = "|".join(sorted(syllables, key=len, reverse=True))
    return f"(?:{longest})-?(?:{longest})"


_GIVEN = re.compile(
    rf"(?:{_GIVEN_START}){_LETTERS}|{_LETTERS}(?:{_GIVEN_END})|(?=.{{5}})(?:{_pairs(_CHINESE)}|{_pairs(_KOREAN)})"
)
_FAMILY = re.compile(rf"(?:{_FAMILY_START}){_LETTERS}|{_LETTERS}(?:{_FAMILY_END})")


def is_given(word: str) -> bool:
    """Whether a word in small letters is built like a given name."""
    return _GIVEN.fullmatch(word) is not None and word not in _NOBODY


def is_family(word: str) -> bool:
    """Whether a word in small letters is built like a surname."""
    return _FAMILY.fullmatch(word) is not None


FOLDER = Path(__file__).with_name("people")
SMALLEST = 2
_OTHER_SCRIPT = re.compile(r"[^a-zà-ɏḁ-ỿ]")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)+")

_CAPITALISED = (
    "monday tuesday wednesday thursday friday saturday sunday january february april june july august september "
    "october november december english french canadian american british european indian chinese inuktitut christmas "
    "german spanish italian portuguese russian japanese korean arabic posix changelog traceback whitespace "
    "español português brasil deutsch français italiano nederlands polski svenska dansk norsk suomi türkçe čeština "
    "magyar română hrvatski slovenčina slovenščina eesti latviešu lietuvių "
    "easter internet google microsoft amazon python unicode github gitlab linux windows "
    "visa mastercard interac amex paypal "
    "iban nas ramq ohip cra rrsp tfsa reer celi imei ean doi isbn bic swift anova webvtt birt"
)
CAPITALISED = frozenset(_CAPITALISED.split())
"""Words written with capitals, those of forms and offices among them, that name nobody on their own."""

FORM_WORDS = frozenset(
    listed("""
    NAM NAS SIN DOB DDN IBAN RAMQ OHIP CRA ARC REER CELI RRSP TFSA PIN NIP TVA TPS TVQ GST PAN PEI NWT UCI IUC IRCC
    MRN HCN PHIN NINO NPI ULI RCIC CPSO OIIQ LSO NACHA EFT WSIB WCB CNESST SAAQ FINTRAC CRTC DRH COPD EMPNO ACCT LN FN
    VLOOKUP HLOOKUP XLOOKUP
""")
)
"""Labels of forms in capitals; in other letters some of them are names (Nam, Pan)."""
FUNCTION_WORDS = (ENGLISH | FRENCH) - {"will", "don't"}


class WordKind(IntEnum):
    """What the lists know of a word. Values are rows of the network's fifth table: do not renumber."""

    WORD = 0  # a word with a meaning, and nobody's name
    GIVEN = 1  # a given name and nothing else
    FAMILY = 2
    EITHER = 3
    WORD_GIVEN = 4  # a given name and a word, place, product or method
    WORD_FAMILY = 5
    WORD_EITHER = 6
    UNKNOWN = 7
    PROPER = (
        8  # not told apart any more: the weights were trained with a list of places and firms met in the news
    )
    OTHER = 9  # digits, signs, identifiers
    LETTER = 10  # one letter, as of an initial

    @property
    def is_name(self) -> bool:
        """Whether the word is a name, whatever else it means."""
        return WordKind.GIVEN <= self <= WordKind.WORD_EITHER

    @property
    def is_only_name(self) -> bool:
        """Whether the word is a name and has no other meaning."""
        return WordKind.GIVEN <= self <= WordKind.EITHER

    @property
    def is_shown_as_kind(self) -> bool:
        """Whether the network sees the kind instead of the word."""
        return self.is_only_name or self is WordKind.UNKNOWN

    @property
    def is_given(self) -> bool:
        """Whether the word is a given name, whatever else it means."""
        return self in (WordKind.GIVEN, WordKind.EITHER, WordKind.WORD_GIVEN, WordKind.WORD_EITHER)

    @property
    def is_family(self) -> bool:
        """Whether the word is a surname, whatever else it means."""
        return self in (WordKind.FAMILY, WordKind.EITHER, WordKind.WORD_FAMILY, WordKind.WORD_EITHER)


@dataclass(frozen=True, slots=True)
class Noted:
    """Words and phrases, in small letters, that are known for what they name."""

    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of each word or phrase, the kinds of things that bear it: stations, firms, people of note and so on."""
    shared: frozenset[str] = frozenset()
    """Those phrases that others are often called as well."""
    eminent: frozenset[str] = frozenset()
    """Surnames of one person of note whom few share them with."""
    landmarks: frozenset[str] = frozenset()
    """Decisions of courts that are taught, as `roe v wade`."""
    words: frozenset[str] = frozenset()
    """All words of the phrases."""

    def has(self, word: str) -> bool:
        """Whether one of the phrases may have this word: a name of a saint may be a place in no list."""
        return word in self.words or word.startswith(("saint-", "sainte-", "st-", "ste-"))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The word lists; all words in lower case."""

    given: frozenset[str]
    family: frozenset[str]
    words: frozenset[str]
    named: frozenset[str] = frozenset()
    """Of the words, those that are names of methods, products, places or firms."""
    things: frozenset[str] = frozenset()
    """Of those, the methods, products and firms."""
    noted: Noted = field(default_factory=Noted)

    def is_word(self, word: str) -> bool:
        """Whether the word, in lower case, has a meaning besides a name."""
        return word in self.words

    def roles(self, word: str) -> tuple[bool, bool]:
        """Whether this, in lower case, or a part of it between hyphens, is a given name, and whether it is a surname.

        A word that has no other meaning is looked up without its accents too; what no list has is judged by its form.
        """
        parts = {word, *word.split("-")} if "-" in word else {word}
        given, family = not parts.isdisjoint(self.given), not parts.isdisjoint(self.family)
        if given or family or self.is_word(word):
            return given, family
        plain = without_accents(word)
        if plain != word and (plain in self.given or plain in self.family):
            return plain in self.given, plain in self.family
        return is_given(word), is_family(word)

    def kind(self, word: str) -> WordKind:
        """What is known of a word in any case, without a possessive."""
        lower = word.lower().replace("’", "'")
        letters = lower.replace("-", "").replace("'", "")
        if not letters.isalpha():
            return WordKind.LETTER if _INITIALS.fullmatch(lower) else WordKind.OTHER
        if not letters.isascii() and _OTHER_SCRIPT.search(letters):
            return WordKind.OTHER
        if len(letters) < SMALLEST:
            return WordKind.LETTER
        if lower in FUNCTION_WORDS or lower in (OPENERS if word == lower else ()) or word in FORM_WORDS:
            return WordKind.WORD
        given, family = self.roles(lower)
        meaning = self.is_word(lower) or ("-" in lower and self._joins_a_word(lower))
        if given or family:
            return WordKind(given + 2 * family + 3 * meaning)
        return WordKind.WORD if meaning else WordKind.UNKNOWN

    def _joins_a_word(self, word: str) -> bool:
        """Whether a part between hyphens is a word and nobody's name (`built-in`, `post-Newton`)."""
        parts = (part for part in word.split("-") if len(part) > 1)
        return any(
            self.is_word(part) and part not in self.given and part not in self.family for part in parts
        )


def read_words(name: str) -> frozenset[str]:
    """The lines of one of our compressed lists."""
    return frozenset(gzip.decompress((FOLDER / f"{name}.txt.gz").read_bytes()).decode().split("\n"))


@cache
def _dictionaries() -> frozenset[str]:
    return read_words("english") | read_words("technical") | CAPITALISED


def is_in_dictionaries(lower: str) -> bool:
    """Whether a word in small letters is one of English or of programming, or a common one of French."""
    return lower in _dictionaries() or lower in COMMON


def read_lexicon() -> Lexicon:
    """The lexicon of this package."""
    french = read_words("french")
    words = (
        french | {without_accents(word) for word in french} | read_words("english") | read_words("technical")
    )
    named = read_named()
    words |= CAPITALISED | named
    things = frozenset(_listed("eponyms"))
    return Lexicon(
        read_words("given"), read_family(), words, named, things, read_noted(named - things, things)
    )


_PLACES = ("stations", "geography")
_THINGS = ("firms", "cars", "clouds", "models", "programs", "methods")
_APART = frozenset({"eminent", "landmarks"})


def read_noted(places: Iterable[str], things: Iterable[str]) -> Noted:
    """The names of `noted.toml` and of municipalities by kind, with these places and things.

    Stations and places are of one kind as well, so are products, firms and methods.
    """
    listed_by_kind = {
        kind: [name.strip() for name in names.replace(".", "").split(",") if name.strip()]
        for kind, names in tomllib.loads((FOLDER / "noted.toml").read_text("utf-8")).items()
    }
    groups = {
        **{kind: (kind,) for kind in listed_by_kind if kind not in _APART},
        **{kind: (kind, "places") for kind in _PLACES},
        **{kind: (kind, "things") for kind in _THINGS},
    }
    kinds: dict[str, set[str]] = {}
    for kind, groups_of_kind in groups.items():
        for name in listed_by_kind[kind]:
            kinds.setdefault(name.rstrip("?"), set()).update(groups_of_kind)
    for kind, names in (("places", (*places, *read_words("municipalities"))), ("things", things)):
        for name in names:
            kinds.setdefault(name.replace(".", ""), set()).add(kind)
    return Noted(
        {name: frozenset(found) for name, found in kinds.items()},
        frozenset(name[:-1] for names in listed_by_kind.values() for name in names if name.endswith("?")),
        frozenset(listed_by_kind["eminent"]),
        frozenset(listed_by_kind["landmarks"]),
        frozenset(
            word
            for name in (*kinds, *listed_by_kind["eminent"])
            for word in ("'s", *name.replace("'s", "").split())
        ),
    )


def read_family() -> frozenset[str]:
    """The surnames: those of `family`, and the frequent ones of Québec, where many are French words."""
    return read_words("family") | frozenset(_listed("quebec"))


def read_named() -> frozenset[str]:
    """The words that are names of methods, products, places or firms."""
    words = [word for name in ("eponyms", "places") for word in _listed(name)]
    saints = (word.replace("saint", "st", 1) for word in words if word.startswith(("saint-", "sainte-")))
    return frozenset((*words, *saints))


def _listed(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text("utf-8").split()
