"""Pass phrases: small words in a row that are the whole value behind a key for passwords.

`restic_password: vieux moulin trois pommes`, `password = "tuque rouge sous la neige"`, `Master password: three geese at
dusk`; and the passwords of applications, which are letters alone in groups of four (`vjtq wkzm xhlp ncdr`).

Text says of passwords what they are like in the same places (*password: must contain a digit*, *mot de passe : voir le
coffre*). A phrase counts where none of its words is used to write code, to say that, or to speak to somebody, and where
it does not begin as a sentence does.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import lines_with, prefiltered
from ni.privacy.recognisers.secret_keys import is_of_code
from ni.privacy.recognisers.secret_values import SMALL_WORDS
from ni.privacy.recognisers.secret_words import is_placeholder
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

_NOUN = (
    r"(?:pass(?:word|wd|phrase)|pass phrase|pwd|psk|mdp|mot[ _-]?de[ _-]?passe"
    r"|master (?:password|key)|(?:bitwarden|1password|keepass(?:xc)?|lastpass|vault) master"
    r"|(?<=[_. -])pass|(?:wi-?fi|wpa[23]?)[ _-]?(?:key|pass|pw)|cl[ée] wi-?fi)"
)
_SIGNS = (
    *listed("pass pwd psk mdp master wifi wi-fi wpa clé cle secret token key"), "mot de", "mot-de", "mot_de",
    "motde", "seed phrase", "recovery phrase", "pw",
)  # fmt: skip
_KEY = rf"(?:[a-z0-9]{{1,16}}[_. -]){{0,3}}{_NOUN}"
_WORDS = r"(?P<value>(?:[ld]['’])?[a-zà-ÿ]{2,14}(?:[ -](?:[ld]['’])?(?:[a-zà-ÿ]{1,14}|\d{1,6})){1,7})"
_WHOLE = prefiltered(
    rf"(?m)^[ \t>*+~-]{{0,12}}(?:export )?[\"'`]?(?i:{_KEY})[\"'`]?[ \t]?(?::|=>|:=|=)[ \t]{{0,16}}"
    rf"(?P<quote>[\"'`]?){_WORDS}(?P=quote)(?=[ \t]*[,;]?[ \t]*$|[ \t]+\()"
)
_IN_QUOTES = prefiltered(
    rf"(?<![^\W_])(?i:{_NOUN})[\"'`]?(?: (?i:is|est)(?: now| maintenant)?:?|[ \t]?(?::|=>|:=|=))[ \t]?"
    rf"(?P<quote>[\"'`“«]){_WORDS}[\"'`”»]"
)
_LABELLED = prefiltered(
    r"(?im)(?:pass ?phrase|phrase secr[èe]te|(?:seed|recovery) phrase|password|mot de passe) ?[:=] ?[\"']?"
    r"(?P<value>(?-i:[a-z]{3,12}(?:[ -][a-z]{3,12}){3,23}))[\"']?[.]?[ \t]*$"
)
_HYPHENED = prefiltered(
    rf"(?i)(?<![^\W_]){_NOUN}(?: [a-z]{{2,12}})?(?: (?:is|est)| ?[:=])? [\"'`“«]?"
    r"(?P<value>[^\W\d_]{3,14}(?:-[^\W\d_]{1,14}){2,5})"
    r"(?=[\"'`”»]?[.,;!)]?(?:[ \t]*$| [A-ZÀ-Þ(]| (?:and|et|for|pour) ))",
    re.MULTILINE,
)
"""Words that hyphens join, in a sentence: `mot de passe castor-et-caribou`."""
_GROUPS = prefiltered(
    r"(?i)(?<![^\W_])(?:pass(?:word|wd)?|pwd|pw|mdp|mot de passe)(?:[ :=\"']{1,4}| is | est | \([^()\n]{1,24}\):? )"
    r"(?-i:(?P<value>[a-z]{4}(?: [a-z]{4}){3}))(?![\w-])"
)
_LETTERS = prefiltered(
    r"(?m)^[ \t>*-]{0,12}[\w.-]{0,32}(?i:pass(?:word|wd)?|pwd|secret|token|(?<=[_-])key)[ \t]?:[ \t]{1,16}"
    r"(?P<value>[a-z]{12,48})[ \t]*$"
)
_NOT_OF_WORDS = re.compile(r"[^aeiouyàâéèêîôû\W\d_]{5}")
"""More consonants in a row than words have."""
_PARTICIPLE = re.compile(r"(?:[^aeiou]ed|[^\W_]{3}ée?s?)$")
"""How words end that say what was done with a password: *provided by*, *affiché derrière*."""
_BEGINS_SENTENCE = frozenset(
    listed("""
    the a an in on at by see ask use try click same sent send given get set write written enter type contact call check
    look find stored kept found left
    shown known taken change reset is are was not no any all only please must should do does will can may if when
    we you it this that they he she i my your our
    un une le la les voir demander demandez utiliser utilisez cliquer cliquez envoyer entrer entrez taper tapez appeler
    appelez contacter contactez dans sur par pour si quand ce cet cette il elle ils on nous vous je doit doivent ne pas
    aucun tout tous toutes meme même idem
    """)
)
_OF_SENTENCES = frozenset(
    listed("""
    your you must should can cannot will may shall please be been has have had does do did not too least than then
    because which who whom if we it its they them this that there here is are was were for from with without into
    votre vos vous il elle est sont être etre doit doivent devez veuillez peut peuvent pas moins trop afin pour
    avec qui que quoi dont si cela ceci ici cette celui moi toi
    admin administrator administrateur manager gestionnaire support team équipe email courriel mail message texto sms
    link lien click page site app application account compte vault coffre keepass bitwarden sticky drawer tiroir wiki
    doc docs document chapter section minimum maximum characters caractères caracteres letters lettres digits chiffres
    symbols symboles words mots days jours hours heures minutes weeks semaines months mois years times fois
    attempts tentatives optional facultatif requis mot passe phrase secrète secrete secret
    code codes rotation policy politique expires expire renewed monthly weekly quarterly todo tbd
    """)
)
_FEWEST, _FEWEST_WITH_DIGIT = 3, 2
_SEED = 11  # blanks in the seed of a wallet, of twelve words or more, which may be any (BIP 39)


def find_phrases(text: str) -> Iterator[Span]:
    """The pass phrases and the passwords made of small letters alone."""
    for start, line in lines_with(_SIGNS, text):
        for match in _in_line(line):
            yield Span(start + match.start("value"), start + match.end("value"), Label.SECRET)


def _in_line(line: str) -> Iterator[re.Match[str]]:
    for pattern in (_WHOLE, _IN_QUOTES, _LABELLED, _HYPHENED):
        for match in pattern.finditer(line):
            if _is_phrase(match["value"].lower()) or match["value"].count(" ") >= _SEED:
                yield match
    for match in _GROUPS.finditer(line):
        if _NOT_OF_WORDS.search(match["value"].replace(" ", "")):
            yield match
    for match in _LETTERS.finditer(line):
        if _NOT_OF_WORDS.search(match["value"]) and not is_of_code([match["value"]]):
            yield match


def _is_phrase(value: str) -> bool:
    """Whether small words are a pass phrase: nothing that code, a form or somebody says of passwords.

    Of four words or more one may be a word for what passwords are like (`correct horse battery staple`).
    """
    words = re.split(r"[ '’-]", value)
    if len(words) < (_FEWEST_WITH_DIGIT if any(map(str.isdigit, value)) else _FEWEST):
        return False
    return not (
        words[0] in _BEGINS_SENTENCE
        or _PARTICIPLE.search(words[0])
        or not _OF_SENTENCES.isdisjoint(words)
        or not (SMALL_WORDS - _JOINING).isdisjoint(words)
        or is_of_code([word for word in words if len(word) > len("the")])
        or sum(map(is_placeholder, words)) > (len(words) > _FEWEST)
    )


_JOINING = frozenset(listed("the and les des une dans sur par for not from into that between then"))
"""Words of `SMALL_WORDS` that phrases of people have as well."""
