"""E-mail addresses: plain ones (the common part of RFC 5321) and obfuscated or broken ones.

Obfuscated: `ana(at)example.ca`, `ana [at] example [dot] ca`. Broken by a scan or a typist: `ana@ example.ca`. A plain
`at` between blanks is an English word and is not searched for.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import explained
from ni.privacy.spans import Label, Span

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


def _obfuscated(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of obfuscated and broken addresses."""
    for match in _ADDRESS.finditer(text):
        if match["at"] != "@" or "[" in match["domain"] or "(" in match["domain"]:
            yield match.span()
    for match in _APART.finditer(text):
        local = match[0].partition("@")[0]
        if re.search(r"[._\d]", local) or explained(text, match.start(), _SAYS_MAIL, 24):
            yield match.span()


_DOMAIN = re.compile(
    r"@(?:[^\W_][\w-]{0,62}\.){1,5}(?!(?:png|jpe?g|gif|svg|webp|ico|css|js|json|html|xml|ya?ml|txt|class|lock)(?![^\W_]))"
    r"(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59})(?![^\W_]|@)(?!-\w)(?!\.[^\W_])"
)
_LONGEST_LOCAL_PART = 64
_REPOSITORY = re.compile(r":[~/\w][^\s'\"<>]{0,200}?\.git(?!\w)")
_QUOTED = re.compile(r"(?:^|[^\w'])(?:[fFrRbBuUnNeExXdDlL]|[rRbBfF]{2})?'")


def find(text: str) -> Iterator[Span]:
    """Addresses of every form; not `git@host` or `user@host:path.git`, which name a repository."""
    for match in _DOMAIN.finditer(text):
        start, end = _local_start(text, match.start(), match.end()), match.end()
        named = text[start : match.start()]
        if named and named != "git" and not _REPOSITORY.match(text, end):
            yield Span(start, end, Label.EMAIL)
    for start, end in _obfuscated(text):
        yield Span(start, end, Label.EMAIL)


def _local_start(text: str, at: int, end: int) -> int:
    """Where the local part that ends at `at` begins: at a letter or digit, after a quote if the address is quoted."""
    start = at
    while (
        start
        and at - start < _LONGEST_LOCAL_PART
        and (text[start - 1].isalnum() or text[start - 1] in "._+%'-")
    ):
        start -= 1
    if at - start == _LONGEST_LOCAL_PART and start and text[start - 1].isalnum():
        return at
    quote = text.rfind("'", start, at)
    if quote >= 0 and (text[end : end + 1] == "'" or _QUOTED.match(text[max(start - 1, 0) : quote + 1])):
        start = quote + 1
    while start < at and not text[start].isalnum():
        start += 1
    return start
