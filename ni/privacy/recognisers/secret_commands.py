"""Passwords as arguments of programs and statements, by each one's own manual.

`zip -P X`, `IDENTIFIED BY 'X'`, `requirepass X`: what stands there is a password, unless it is a placeholder, a
variable, a plain word (which may name a file) or the next flag.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ni.privacy.prefilter import stands_in
from ni.privacy.recognisers.secret_words import is_dummy, kinds
from ni.privacy.spans import Label, Span

_ARGUMENT = (
    r"(?:\"(?P<double>[^\"\n]{4,128})\"|'(?P<single>[^'\n]{4,128})'"
    r"|(?P<bare>[^\s\"'`|;&<>$(){}-][^\s\"'`|;&<>]{3,128}))"
)
_QUOTED = r"[\"'](?P<bare>[^\"'\n]{4,128})[\"']"


@dataclass(frozen=True, slots=True)
class _Command:
    """`signs`, one of which the text must hold in lower case; what stands before the password, and the password."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str]


def _program(names: str, flag: str, argument: str = _ARGUMENT) -> _Command:
    """A program with a flag, on one line."""
    signs = tuple(re.findall(r"[a-z0-9]{2,}", names))
    return _Command(signs, re.compile(rf"(?<![\w.-])(?:{names})\b[^\n|;]{{0,400}}? {flag}{argument}"))


def _words(sign: str, pattern: str) -> _Command:
    return _Command((sign,), re.compile(pattern))


_COMMANDS = (
    _program("mysql|mysqldump|mysqladmin|mariadb|mariadb-dump", r"-p"),
    _program(
        "sshpass|mongo|mongosh|mongodump|mongorestore|docker login|podman login|az login|oc login", r"-p ?"
    ),
    _program("zip|unzip|sqlcmd|bcp|zipcloak", r"-P ?"),
    _program(
        "7z|7za|7zr|7zz|rar|unrar", r"-h?p(?!(?:lugin|ath|rint|roxy|ort|rofile|rogress|roject|refix)\d*\s)"
    ),
    _program("gpg|gpg2|ansible-vault|borg|restic", r"--(?:passphrase|password)[ =]"),
    _program("ldapsearch|ldapadd|ldapmodify|ldapdelete|ldappasswd|ldapwhoami|ldapcompare", r"-w ?"),
    _program("smbclient|rpcclient|smbget|smbmap", r"(?:-U ?|--user[ =])[\"']?[^\s%\"']{1,64}%"),
    _program("openssl enc|openssl aes|openssl des3", r"-k "),
    _program("htpasswd", r"-[A-Za-z]*b[A-Za-z]*(?: [^\s-]\S*){1,2} "),
    _program("redis-cli", r"(?:-a|--pass) "),
    _words("chpasswd", r"chpasswd\b[^\n]{0,40}<<< ?[\"']?[\w.-]{1,64}:(?P<bare>[^\s\"']{4,128})"),
    _words(
        "chpasswd",
        r"echo (?:-[en] )?[\"']?[\w.-]{1,64}:(?P<bare>[^\s\"']{4,128})[\"']? ?\| ?(?:sudo )?chpasswd",
    ),
    _words("net use", rf"(?i)net use\b[^\n]{{0,200}} /user:\S{{1,64}} {_ARGUMENT}"),
    _words("sudo", rf"(?:echo|printf)(?: -[en])? {_ARGUMENT} ?\| ?sudo +(?:-\w+ )*-\w*S"),
    _words("setx ", rf"(?i)setx +\w{{0,40}}(?:pass|pwd|secret|token|key)\w{{0,20}} +{_ARGUMENT}"),
    _words("env ", rf"(?m)^\s*ENV +\w{{0,40}}(?:PASS|PWD|SECRET|TOKEN|KEY)\w{{0,20}} +{_ARGUMENT}"),
    _words("requirepass", rf"(?<![\w-])requirepass +{_ARGUMENT}"),
    _words("masterauth", rf"(?<![\w-])masterauth +{_ARGUMENT}"),
    _words("wifi:", r"WIFI:[^\n]{0,128}?(?<=[;:])P:(?P<bare>(?:[^;\\\n]|\\.){4,128});"),
    _words("snmp", r"snmp-server +community +(?P<bare>[^\s\"']{4,64})"),
    _words(
        "password", r"(?:username +\S+ +|enable +)?(?:password|secret) +[05-9] +(?P<bare>[^\s\"']{6,128})"
    ),
    _words("identified", rf"(?i)identified(?: with [\"'\w]+)? (?:by|as) (?:password )?{_QUOTED}"),
    _words(
        "password",
        rf"(?i)(?:with|encrypted|set|alter|user|role|login)\s(?:[\w\"]+\s)?password\s?=?\s?N?{_QUOTED}",
    ),
)
_NOTHING = re.compile(
    r"(?i)[<{\[%].*|x{3,}|\*+|\.+|(?:password|passwd|secret|public|private|passphrase|pass|changeme)$"
)


def find(text: str) -> Iterator[Span]:
    """The passwords of these commands and statements."""
    low = text.lower()
    for command in _COMMANDS:
        if not stands_in(command.signs, low):
            continue
        for match in command.pattern.finditer(text):
            group = match.lastgroup or "bare"
            if _is_told(match[group]):
                yield Span(*match.span(group), Label.SECRET)


def _is_told(value: str) -> bool:
    """Whether it is neither a placeholder nor a variable; a plain word is left, since it may name a file."""
    return not _NOTHING.match(value) and not is_dummy(value) and kinds(value) >= 2
