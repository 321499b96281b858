"""User names in the places where somebody logs in, or is listed as a user of a machine: mail, SSH, sudo, passwd.

Nobody but users stands there, so that a user name need not be made of listed names: it may be any word that is in no
dictionary and is not called like a program or a role (`fkabongo`, `nkuptana`). What stands there once is found behind
`/home/` as well.
"""

import re
from collections.abc import Iterator

from ni.domain.clock import give_way
from ni.privacy.prefilter import Prefiltered, lines_with, prefiltered
from ni.privacy.spans import Label, Span
from ni.privacy.structure.cues import is_made_of_names
from ni.privacy.structure.meanings import normal
from ni.privacy.structure.shapes import is_listed_family, is_listed_given, is_of_things, is_word
from ni.privacy.words import listed

_NAME = r"(?P<name>[a-z]{1,24}(?:[._-][a-z]{1,24}){0,2}\d{0,3})(?![\w@/\\(-])(?!\.\w)"
_LOGINS = (
    prefiltered(rf"(?m)^[ \t>]{{0,8}}{_NAME}:[x*!]?:[1-9]\d{{3,6}}:\d{{1,7}}:"),
    prefiltered(rf"(?<![\w.@/:-]){_NAME}:\$(?:apr1|2[abxy]|1|5|6|y|argon2id)\$"),
    prefiltered(rf"user=<{_NAME}>"),
    prefiltered(
        rf"\bsudo(?:\[\d{{1,7}}\])?: {{1,9}}{_NAME}(?= : (?:TTY|user NOT|command not|\d{{1,2}} incorrect))"
    ),
    prefiltered(
        rf"\bsshd(?:\[\d{{1,7}}\])?: [^\n]{{0,48}}?\b(?:for|user)(?: invalid user)? {_NAME}(?= (?:from|by|\[))"
    ),
    prefiltered(
        rf"(?m)(?<!\w)(?:(?:/usr/s?bin/)?passwd|usermod|userdel|useradd|adduser|deluser|chage)"
        rf"(?: [^\n;|&]{{0,80}}?)?(?<= ){_NAME}$"
    ),
    prefiltered(rf"(?m)^{_NAME}[ \t]+pts/\d"),
    prefiltered(
        rf"\b(?i:user ?name|login|identifiant|nom d['’]utilisateur) (?:is|est) [\"'`]?{_NAME}(?=[\s.,;\"'`]|$)"
    ),
)
"""passwd(5), from the first number of people on; htpasswd and shadow(5); Dovecot; sudo; OpenSSH; last and who."""
_WHOLE = re.compile(r"[a-z]{1,24}(?:[._-][a-z]{1,24}){0,2}\d{0,3}")
_KEYS = frozenset(
    listed("""
    assignee assigned reporter watcher watchers reviewer reviewers approver requester requestor creator author committer
    rapporteur assigne demandeur auteur relecteur approbateur
    """)
)
_HOME = prefiltered(rf"(?<![\w./\\-])(?:/home|/Users|/export/home)/{_NAME.replace('@/', '@')}")
_QUOTED = re.compile(r"(?<=[\"'])(?P<name>[a-z]{3,16}\.[a-z]{3,24}(?:-[a-z]{3,24})?)(?=[\"'])")
_ROLES = (
    "svc|app|user|usr|admin|adm|bot|sql|git|web|ftp|mail|deploy|backup|test|dev|prod|stag|ops|sys|data|docker|kube|k8s"
    "|srv|serv|root|guest|runner|agent|build|cron|daemon|monitor|nagios|zabbix|graf|prom|oracle|redis|kafka|hadoop|spark"
    "|airflow|ansible|puppet|vagrant|ubuntu|centos|debian|fedora|rhel|ec2|azure|gcp|nginx|apache|httpd|tomcat|postgr"
    "|mysql|maria|mongo|rabbit|elastic|kiban|logst|sonar|nexus|minio|vault|consul|jenkins|hudson|node|temp|tmp|default"
    "|nobody|proxy|print|cloud|azadmin|api|etl|hook|sync|scan|log|net|db|vpn|ldap|http|rtc|lib|ctl|proc|ssh"
)
_OF_PROGRAM = re.compile(_ROLES)
_SHORTEST, _LONGEST = 6, 20
_SHORTEST_PART = 4
_MAIL = prefiltered(
    r"(?<![\w.@+-])(?P<name>[a-z]{1,24}(?:[._-][a-z]{1,24}){0,2}\d{0,4})@[\w-]{2,63}\.[\w.-]{2,63}"
)
_BEFORE, _AFTER = re.compile(r"[\w.@/:+-]\Z"), re.compile(r"[\w@/:+(-]|\.\w")
_MOST = 64


def logins(text: str) -> Iterator[Span]:
    """The user names in these places, and full names joined by a dot between quotes (`"samira.khoury"`)."""
    known: set[str] = set()
    for place in _LOGINS:
        for match in place.finditer(text):
            if is_made_of_names(match["name"]) or _may_be_somebody(match["name"]):
                known.add(match["name"])
                yield Span(*match.span("name"), Label.PERSON)
    yield from _homes(_HOME, text, known)
    for match in _QUOTED.finditer(text):
        if _is_full_name(match["name"]):
            yield Span(*match.span("name"), Label.PERSON)


def is_login_of_somebody(key: str, value: str) -> bool:
    """Whether a whole cell under a key for who does or reports something is a user name."""
    return (
        not _KEYS.isdisjoint(normal(key))
        and _WHOLE.fullmatch(value) is not None
        and (is_made_of_names(value) or _may_be_somebody(value))
    )


def owners_of_mail(text: str) -> Iterator[Span]:
    """The user names that are the local part of an e-mail address in the text, where they stand alone."""
    if "@" not in text:
        return
    known = {
        mail["name"]
        for _, line in lines_with(("@",), text)
        for mail in _MAIL.finditer(line)
        if _is_of_somebody(mail["name"])
    }
    for name in sorted(known)[:_MOST]:
        give_way()
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if not (_BEFORE.search(text, max(at - 1, 0), at) or _AFTER.match(text, end)):
                yield Span(at, end, Label.PERSON)
            at = text.find(name, end)


def _is_of_somebody(name: str) -> bool:
    """Whether the local part of an address is no mailbox: it has a word of no dictionary and of no program."""
    parts = [part for part in re.split(r"[\d._-]+", name) if len(part) > 1]
    unknown = [
        part for part in parts if not (is_word(part) or is_of_things(part) or _OF_PROGRAM.search(part))
    ]
    joined = len(parts) > 1 or re.search(r"[._-]", name) is not None
    return (
        any(len(part) >= _SHORTEST_PART for part in unknown)
        and len(unknown) == len(parts)
        and (joined or is_made_of_names(name))
    )


def _homes(place: Prefiltered, text: str, known: set[str]) -> Iterator[Span]:
    for match in place.finditer(text) if known else ():
        if match["name"] in known:
            yield Span(*match.span("name"), Label.PERSON)


def _may_be_somebody(name: str) -> bool:
    """Whether a user name is one word of no dictionary that is not called like a program."""
    word = name.rstrip("0123456789")
    return (
        _SHORTEST <= len(word) <= _LONGEST
        and word.isalpha()
        and not _OF_PROGRAM.search(word)
        and not (is_word(word) or is_of_things(word) or is_word(word[1:]))
    )


def _is_full_name(name: str) -> bool:
    """Whether a listed given name and a listed surname are joined, and not both of them are words."""
    first, *last = name.replace("-", ".").split(".")
    plain = [part for part in (first, *last) if is_word(part) or is_of_things(part)]
    return is_listed_given(first) and all(map(is_listed_family, last)) and len(plain) <= len(last)
