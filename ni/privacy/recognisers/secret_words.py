"""Passwords that are plain words (`Password: wolverine`, `mdp = citrouille`, `le mot de passe est citrouille`).

Nothing about such a word looks random, so its place has to say all: a label for passwords right before it, and nothing
after it in its line or clause. Sentences and schemas say of passwords what they are (*is required*, `string`): such
words are left out, and so are names of variables in code.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import lowered, prefiltered, stands_in
from ni.privacy.recognisers.secret_values import is_scrambled
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed, looks_like_code

_ADJECTIVE = r"(?: (?:temporaire|provisoire|initiale?|actuel(?:le)?|par défaut|secr[eè]te?))?"
_NOUN = (
    r"(?:pass ?words?|passwd|pass ?phrase|pass ?code|pwd|pw|mdp|mot de passe|(?:wi-?fi|wpa2?|wep|network) key"
    r"|cl[ée] (?:du )?(?:wi-?fi|wpa2?|wep)|code (?:du )?wi-?fi"
    r"|(?:security|secret) answer|réponse (?:secr[eè]te|de sécurité)"
    rf"|motdepasse|kennwort|contraseña|passwort|senha){_ADJECTIVE}"
)
_OF = r"(?: (?:for|of|on|to|de|du|pour|sur)(?: [\w'’-]{1,20}){1,3}?)?"
_ONE = r"(?P<value>[^\W\d_]{5,24}(?:-[^\W\d_]{2,24}){0,3})"
_ENDS = r"(?=[.,;!)\]]{0,2}(?:[ \t]*$|[,;] |\. [A-ZÀ-Þ]| (?:and|et|or|ou|but|mais|for|pour) ))"
_LABELLED = re.compile(
    rf"(?im)(?<![\w.$/\[\"'-]){_NOUN}{_OF} ?: {{0,3}}[\"'“«`*]{{0,2}}{_ONE}[\"'”»`*]{{0,2}}{_ENDS}"
)
_ASSIGNED = re.compile(
    rf"(?m)^[ \t]{{0,8}}(?:export )?(?:(?:[A-Z]{{1,16}}_){{0,3}}(?:PASSWORD|PASSWD|PWD|PASS|MDP)"
    rf"|(?i:mdp|mot ?de ?passe)) ?= ?{_ONE}[ \t]*$"
)
_IN_ENVIRONMENT = re.compile(
    r"(?m)(?:^|(?<=[\s;&|\"'(]))[A-Z][A-Z0-9_]{0,32}(?:PASSWORD|PASSWD|PWD|PASS|MDP)="
    rf"(?P<quote>[\"']?){_ONE}(?P=quote)(?=[\s;&|)\"']|$)"
)
"""A variable set for a command: `PGPASSWORD=citrouille psql`."""
_QUOTED = re.compile(
    rf"(?i)[\"'](?:\w{{1,20}}_)?(?:password|passwd|pwd|mdp|mot_?de_?passe)[\"'] ?: ?[\"']{_ONE}[\"']"
)
_SAID = re.compile(
    rf"(?im)(?<![\w.$-]){_NOUN}{_OF} ?(?:is|was|est|était|=|c['’]est) ?:? ?"
    rf"[\"'“«`*]{{0,2}}{_ONE}[\"'”»`*]{{0,2}}{_ENDS}"
)
_BESIDE_USER = re.compile(
    rf"(?im)(?<![^\W_])(?:user(?: ?name)?|login|e-?mail|courriel|usager|utilisateur|identifiant) ?[:=] ?\S{{2,64}}"
    rf"(?:[ ,;/|]{{1,3}}|\s{{1,3}})(?:pass|password|pw|pwd|mdp|mot de passe)[ :=]{{1,3}}{_ONE}[ \t]*$"
)
_NETWORK = re.compile(
    r"(?i)(?<![^\W_])ssid[ :=]{1,2}[\w -]{1,32}?[,;/|]? (?:key|password|pass|pw|cl[ée]|mdp)[ :=]{1,2}"
    r"(?P<value>[\w!@#$%&*-]{6,63})"
)
_CLAIMED = prefiltered(
    r"(?im)(?<![^\W_])(?:interac|e-?transfers?|virement)(?![^\W_])[^\n]{0,120}?(?<![^\W_])(?:answer|réponse)"
    r"(?: ?:| is| est)? "
    rf"[\"'“«]{{0,2}}{_ONE}[\"'”»]{{0,2}}(?=[.,;!)]{{0,2}}(?:[ \t]*$|[,;] |\. [A-ZÀ-Þ]))"
)
"""The word by which a transfer of money is claimed."""
_SIGNS = (
    *listed("pass pwd pw mdp wifi wi-fi wpa wep answer réponse kennwort contrase senha ssid"),
    "network key",
)
"""One of these stands in every text with such a label."""
_PLAIN = frozenset(
    listed("""
    string password passwd secret hidden required optional undefined number boolean integer bytes object array buffer
    varchar nvarchar redacted changeme example placeholder masked default prompt interactive protected invalid
    incorrect wrong missing empty blank unset reset expired disabled enabled never always forgotten unknown unchanged
    correct accepted failed failure success admin below above given value values input output field fields label
    username login account secure simple complex random unique strong stronger weaker short shorter longer public
    private plain plaintext cleartext encrypted hashed stored vault environment variable config settings keyring none
    null false true dummy sample testing tests token tokens basic digest bearer bcrypt argon scrypt pbkdf sha salted
    confirm confirmation change changed forgot update updated insert delete select create created verify verified
    minimum maximum length characters letters digits match matches mismatch different identical same again later
    please enter your user users system file files prompt stdin another nothing something anything everything
    requis requise obligatoire invalide incorrecte erroné erronée manquant manquante vide oublié oubliée expiré expirée
    inconnu inconnue masqué aucun aucune chaîne texte valeur modifié modifiée changé refusé refusée accepté accepté
    confirmer confirmation facultatif sécurisé sécurisée unique faible solide différent identique suivant suivante
    celui celle ailleurs toujours jamais encore stocké chiffré haché protégé trop mauvais mauvaise voir ici
    exactly almost really still simply compromised leaked exposed visible shared needed allowed supported important
    """)
)
_STATES = re.compile(
    r"(?i)\w{2,}(?:ed|ing|able|ible|ful|less|ive|ent|ant|ic|ous|ary|ory|ly|ée?s?|ique|ment|eux|euse|if|ive|word|type|field)$"
)
_CAMEL = re.compile(r"[a-z][A-Z]")


def find_words(text: str) -> Iterator[Span]:
    """The passwords that are words; in sentences, no word that says what the password is like."""
    low = lowered(text)
    if not stands_in(_SIGNS, low):
        return
    for pattern in (_LABELLED, _QUOTED, _ASSIGNED, _IN_ENVIRONMENT, _BESIDE_USER, _SAID):
        for match in pattern.finditer(text):
            if _may_be_password(text, match):
                yield Span(*match.span("value"), Label.SECRET)
    for match in _CLAIMED.finditer(text) if "answer" in low or "réponse" in low else ():
        if not is_placeholder(match["value"]) and not says_what_it_is_like(_words(match["value"])[0]):
            yield Span(*match.span("value"), Label.SECRET)
    for match in _NETWORK.finditer(text) if "ssid" in low else ():
        yield Span(*match.span("value"), Label.SECRET)


def _may_be_password(text: str, match: re.Match[str]) -> bool:
    value = match["value"]
    words = _words(value)
    if is_placeholder(value) or (_CAMEL.search(value) and not is_scrambled(value)):
        return False
    if match.re is _SAID and says_what_it_is_like(words[0]):
        return False
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    line = text[start : end if end >= 0 else len(text)].lstrip(" \t>*#-")
    return match.re in (_QUOTED, _ASSIGNED, _IN_ENVIRONMENT) or not looks_like_code(line)


def _words(value: str) -> list[str]:
    return re.split(r"[-'’ ]", value.lower())


_STANDS_FOR = re.compile(
    r"(?i)your|user|pass|pwd|secret|token|(?:api|auth)?_?key$|example|cred|[<{\[%$*]|x{3}|\.{3}"
)


def is_placeholder(value: str) -> bool:
    """Whether a password of letters alone stands for one (`changeme`, `secret`) or says what it is like."""
    return not _PLAIN.isdisjoint(_words(value))


def says_what_it_is_like(word: str) -> bool:
    """Whether a word ends as those do that say what a password is like (`protected`, `oubliée`)."""
    return _STATES.fullmatch(word) is not None


def is_stand_in(value: str) -> bool:
    """Whether the password of a command stands for one: a placeholder, a variable, or a word for passwords or users."""
    return is_placeholder(value) or _STANDS_FOR.search(value) is not None
