"""Secrets: keys of known providers, tokens, private keys, passwords in connection strings and assignments.

A value beside a word such as `password` counts when it looks drawn rather than written; placeholders, variables and
calls do not. Surrogates keep prefix, length and alphabet, so that formats still validate.
"""

import re
from collections.abc import Iterator

from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"[\w/+-]{8}|://|(?i:pass|pwd|mdp)")
# Issuers' prefixes, from their own documentation; the part after the prefix is the secret.
_PREFIXED = re.compile(
    r"(?<![\w/+-])(?:sk-ant-[\w-]{16,200}|sk-(?:proj-|svcacct-|or-v1-)?[\w-]{20,200}|(?:sk|pk|"
    r"rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,200}|"
    r"ni_live_[\w-]{16,120}|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255}|"
    r"glpat-[\w-]{20,64}|xox[abeoprs]-[\w-]{10,250}|xapp-[\w-]{10,250}|"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,250}|"
    r"GOCSPX-[\w-]{20,40}|SG\.[\w-]{16,32}\.[\w-]{30,64}|"
    r"hf_[A-Za-z0-9]{30,60}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,250}|dop_v1_[a-f0-9]{64}|"
    r"shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|key-[a-f0-9]{32}|"
    r"sq0(?:atp|csp)-[\w-]{22,60}|r8_[A-Za-z0-9]{30,60}|gsk_[A-Za-z0-9]{40,64}|"
    r"lin_api_[A-Za-z0-9]{30,60}|ATATT3[\w=-]{50,250}|"
    r"dckr_pat_[\w-]{20,64}|tskey-[\w-]{16,100}|vault\.[\w]{20,200}|hvs\.[\w-]{20,250}|"
    r"EAAC[A-Za-z0-9]{30,250})(?![\w/+])"
)
_JWT = re.compile(r"(?<![\w.-])eyJ[\w-]{8,4000}\.[\w-]{4,8000}\.[\w-]{8,2000}(?![\w-])")
_IN_URL = re.compile(
    r"(?<![\w])[A-Za-z][\w+.-]{1,24}://[^\s:/@\"'<>\\]{0,64}:([^\s/@\"'<>\\{}$]{2,128})@(?=[\w\[.-])"
)
_ASSIGNED = re.compile(
    r"(?i)(?<![^\W_])((?:pass(?:word|wd|phrase|code)?|pwd|mot[ _]de[ _]passe|mdp|secret|"
    r"(?:api|access|secret|private|account|shared|signing|"
    r"encryption|auth|client)[_ -]?(?:key|token|secret)(?:[_ -]?id)?|apikey|auth[_ -]?token|"
    r"token|bearer|credentials?|sharedaccesskey|accountkey|"
    r"access[_ -]key[_ -]id)(?:[_-][\w]{1,20})?)[\"']?(?: ?(?:is|est|was)[ :]| ?(?::=|=>|=|"
    r":) ?| )[\"'`]?([^\s\"'`<>,;\\(){}\[\]]{6,512})"
)
_NO_SECRETS = frozenset({"pass", "password", "pwd", "secret", "passwd", "token"})
_SAYS_SECRET = ("pass", "pwd", "mdp", "secret", "key", "token", "bearer", "credential")
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z ]{0,24}PRIVATE KEY")
_PEM_LINE = re.compile(r"[A-Za-z0-9+/=]{16,120}")
_LONGEST_PEM = 16_000
_DUMMY = re.compile(
    r"(?i)(?:your|example|changeme|placeholder|xxx|\*\*\*|\.\.\.|todo|dummy|sample|redacted|"
    r"none$|null$|true$|false$|undefined$|required$|optional$|"
    r"string$|process\.|os\.|env\.|self\.|this\.|config\.|settings\.|request\.|\$|%|https?:|/|"
    r"\w+\.\w+\(|\.{1,2}/|[a-z_]+$|[A-Z_]+$|[a-z]+[A-Z][A-Za-z]*$|"
    r"[A-Z][a-z]+$|[a-z_]+(?:\.[a-z_]+)+$|[a-z]+(?:-[a-z]+)+$)"
)


def find(text: str) -> Iterator[Span]:
    """Secrets of every kind that has no line break; a private key is found line by line."""
    for pattern, group, sign in ((_PREFIXED, 0, ""), (_JWT, 0, "eyJ"), (_IN_URL, 1, "://")):
        matches = pattern.finditer(text) if sign in text else ()
        for match in matches:
            if match[group].lower() not in _NO_SECRETS:
                yield Span(*match.span(group), Label.SECRET)
    lowered = text.lower()
    if any(word in lowered for word in _SAYS_SECRET):
        yield from _assigned(text)
    if "-----BEGIN" in text:
        yield from private_keys(text)


def _assigned(text: str) -> Iterator[Span]:
    for match in _ASSIGNED.finditer(text):
        value = match[2].rstrip(".?:")
        if _drawn(value, match):
            yield Span(match.start(2), match.start(2) + len(value), Label.SECRET)


def _drawn(value: str, match: re.Match[str]) -> bool:
    """Whether the value looks like a secret and not like a word, a variable or a placeholder."""
    if len(value) < 6 or _DUMMY.match(value):
        return False
    kinds = sum(re.search(kind, value) is not None for kind in ("[a-z]", "[A-Z]", r"\d", r"[^\w.-]"))
    passwordish = match[1].lower().startswith(("pass", "pwd", "mot", "mdp"))
    said = (
        re.search(r"[:=]|\b(?:is|est|was)\b", match[0][len(match[1]) : match.start(2) - match.start()])
        is not None
    )
    if passwordish:
        return said and kinds >= 2
    return (said and kinds >= 2 and re.search(r"\d", value) is not None and len(value) >= 12) or (
        len(value) >= 20 and kinds >= 3
    )


def private_keys(text: str) -> Iterator[Span]:
    """The lines between the marks of RFC 7468; the marks stay, so that the text still says what was there."""
    done = 0
    for begin in _PEM.finditer(text):
        if begin.start() < done:
            continue
        limit = min(begin.end() + _LONGEST_PEM, len(text))
        end = _PEM_END.search(text, begin.end(), limit)
        done = end.start() if end else limit
        for line in _PEM_LINE.finditer(text, begin.end(), done):
            yield Span(*line.span(), Label.SECRET)


_PREFIX = re.compile(
    r"(?:[A-Za-z]{2,12}[0-9]?[-_](?:(?:proj|svcacct|or|live|test|api|pat|ant|"
    r"v1)[-_](?:api03-)?)*|AKIA|ASIA|AIza|eyJ|SG\.|ya29\.|hvs\.)(?=[\w.-]{12})"
)
_SHORTEST = 10
