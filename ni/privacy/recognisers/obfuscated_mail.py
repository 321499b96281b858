"""E-mail addresses that are written so that no program reads them, or that a scan or a typist has pulled apart.

`ana(at)example.ca`, `ana [at] example [dot] ca`, `ana@ example.ca`. A plain `at` between blanks is a word of English.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import explained

NEEDS = re.compile(r"(?i)@|[\[({<] ?(?:at|arobase|arroba|chez) ?[\])}>]")
_AT = (
    r"(?:@| ?(?:\[ ?(?:at|arobase|arroba|chez|@) ?\]|\( ?(?:at|arobase|arroba|chez|@) ?\)|\{ ?at ?\}|<at>) ?)"
)
_DOT = r"(?:\.| ?(?:\[ ?(?:dot|point|punto|\.) ?\]|\( ?(?:dot|point|punto|\.) ?\)|\{ ?dot ?\}) ?)"
_WORD = r"[A-Za-z0-9À-ÿ_+-]{1,40}"
_ADDRESS = re.compile(
    rf"(?i)(?<![\w.@])(?P<local>{_WORD}(?:{_DOT}{_WORD}){{0,3}})(?P<at>{_AT})"
    rf"(?P<domain>{_WORD}(?:{_DOT}{_WORD}){{0,2}}{_DOT}[a-z]{{2,12}})(?![\w@])"
)
_APART = prefiltered(
    r"(?i)(?<![\w.@])[a-z0-9_+-]{1,30}(?:\.[a-z0-9_+-]{1,30}){0,3}(?:@ | @)"
    r"(?:[a-z0-9-]{1,40}\.){1,2}(?:com|net|org|ca|fr|qc\.ca|edu|gov|uk|de|es|it|io|be|ch)(?![\w@-])(?!\.\w)"
)
_SAYS_MAIL = prefiltered(r"(?i)(?<![^\W_])(?:e-?mail|mail|courriel|correo|adresse|address)(?![^\W_])")
"""A word alone before ` @` may greet the owner of an account; a mailbox has a sign in it or is called one."""
AT, DOT = re.compile(rf"(?i) ?{_AT} ?"), re.compile(f"(?i){_DOT}")


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where such addresses stand; one in plain form is none of them."""
    for match in _ADDRESS.finditer(text):
        if match["at"] != "@" or "[" in match["domain"] or "(" in match["domain"]:
            yield match.span()
    for match in _APART.finditer(text):
        local = match[0].partition("@")[0]
        if re.search(r"[._\d]", local) or explained(text, match.start(), _SAYS_MAIL, 24):
            yield match.span()
