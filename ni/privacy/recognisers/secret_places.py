"""Secrets whose place says what they are, by the rules of a protocol or the manual of a program.

Protocols: user information of URLs (RFC 3986, 3.2.1), Basic and Bearer credentials (RFC 7617, RFC 6750), session
cookies (RFC 6265), signatures of signed URLs, webhooks of Slack, Discord, Telegram and Teams, `curl -u`, netrc, and
`auth` in Docker's configuration.

Commands and statements: `zip -P X`, `IDENTIFIED BY 'X'`, `requirepass X`. The argument is a password unless it is a
placeholder, a variable, a plain word (which may name a file) or the next flag.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ni.privacy.prefilter import stands_in
from ni.privacy.recognisers.secret_values import is_dummy, is_random, is_scrambled, kinds
from ni.privacy.recognisers.secret_words import is_stand_in
from ni.privacy.spans import Label, Span

Test = Callable[[re.Match[str]], bool]


def _value(match: re.Match[str]) -> str:
    """The text of the last group."""
    return match[match.lastindex or 0]


def _is_any(match: re.Match[str]) -> bool:
    return True


_VARIABLE = re.compile(r"\$(?:[\w.]+$|[({])")


def _is_password(match: re.Match[str]) -> bool:
    """Whether it is neither a variable nor a word for passwords."""
    value = _value(match)
    return not _VARIABLE.match(value) and value.lower() not in {
        "pass", "password", "pwd", "secret", "passwd", "token",
    }  # fmt: skip


def _is_word_or_password(match: re.Match[str]) -> bool:
    return not _value(match).isdigit() and not is_stand_in(_value(match))


def _is_of_four_kinds(match: re.Match[str]) -> bool:
    return kinds(_value(match)) == len("aA1!") and not is_dummy(_value(match))


def _is_no_role(match: re.Match[str]) -> bool:
    """Whether the user of a URL may be a token: it is not one of the usual names of users."""
    return _value(match).lower() not in {
        "git",
        "user",
        "username",
        "oauth2",
        "x-access-token",
        "token",
        "hg",
        "svn",
        "anonymous",
    }


def _is_pair(match: re.Match[str]) -> bool:
    """Whether it is the base64 of a user and a password."""
    try:
        pair = base64.b64decode(_value(match) + "=" * (-len(_value(match)) % 4), validate=True).decode()
    except ValueError:
        return False
    return ":" in pair and pair.isprintable()


def _is_bearer(match: re.Match[str]) -> bool:
    return is_random(_value(match))


def _is_session(match: re.Match[str]) -> bool:
    named = re.search(r"(?i)sess|sid|auth|token|jwt|csrf|xsrf|login|remember|secret|\.id$", match["name"])
    return len(_value(match)) >= 8 and (
        is_random(_value(match), 8) if named else is_random(_value(match)) and kinds(_value(match)) >= 3
    )


def _is_password_of_user(match: re.Match[str]) -> bool:
    """Whether it is a password after a user, not a pair of ids or a user's group."""
    return not is_dummy(_value(match)) and not _value(match).isdigit()


@dataclass(frozen=True, slots=True)
class _Protocol:
    """A place of a secret: the text must contain one of `signs`; the secret is the last group of `pattern`."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    test: Test = _is_any


_PROTOCOLS = (
    _Protocol(
        ("://",),
        re.compile(
            r"(?<![^\W_])[A-Za-z][\w+.-]{1,24}://[^\s:/@\"'<>\\]{0,64}:"
            r"([^\s/@\"'<>\\{}]{2,128}(?:@[^\s/@\"'<>\\{}$?#&,;]{1,64}){0,3}"
            r"|[^\s/@\"'<>\\{}$](?:@[^\s/@\"'<>\\{}$?#&,;]{1,64}){1,3})@(?=[\w\[.-])"
        ),
        _is_password,
    ),
    _Protocol(  # not escaped as RFC 3986 wants it, but programs take it
        ("://",),
        re.compile(
            r"(?<![^\W_])(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|ldaps?|s?ftps?)"
            r"(?:\+\w{2,16})?://[^\s:/@\"'<>\\]{0,64}:(?!\d{1,5}[/,?])([^\s@\"'<>\\{}]{2,128})@(?=[\w\[.-])"
        ),
        _is_password,
    ),
    _Protocol(
        ("://",),
        re.compile(
            r"(?<![^\W_])(?:https?|git|wss?)://([^\s:/@\"'<>\\{}$?#]{2,256})(?::(?:x-oauth-basic)?)?@(?=[\w\[.-])"
        ),
        _is_no_role,
    ),
    _Protocol(
        ("asic ",),
        re.compile(r"(?<![^\W_])[Bb]asic +([A-Za-z0-9+/]{6,512}={0,2})(?![A-Za-z0-9+/=])"),
        _is_pair,
    ),
    _Protocol(
        ("earer ", "oken ", "pikey ", "piKey "),
        re.compile(r"(?<![^\W_])(?:[Bb]earer|[Tt]oken|[Aa]pi[Kk]ey) +([\w.~+/-]{16,2048}={0,2})(?![\w+/=])"),
        _is_bearer,
    ),
    _Protocol(
        ("auth",),
        re.compile(r"[\"']auth[\"'] ?: ?[\"']([A-Za-z0-9+/]{6,512}={0,2})[\"']"),
        _is_pair,
    ),
    _Protocol(
        ("ookie",),
        re.compile(
            r"(?:(?<=ookie: )|(?<=ookie:)|(?<=; )|(?<=ookie=)|(?<=ookie = \")|(?<=ookie = ')|"
            r"(?<=ookie=\")|(?<=ookie \")|(?<=ookie '))(?P<name>[\w.-]{1,64})="
            r"([^\s;,\"'<>\\]{8,4096})"
        ),
        lambda match: (
            "ookie" in match.string[max(match.start() - 4096, 0) : match.start()] and _is_session(match)
        ),
    ),
    _Protocol(
        (" -u", " -a", "--user", "--auth", "--proxy-user"),
        re.compile(
            r"(?:curl|http|https|wget|xh|httpie)\b[^\n]{0,400}?(?<![\w-])(?:-[ua] ?|--(?:proxy-)?(?:user|auth)[ =])"
            r"(?:[\"'][^\s:\"'@]{1,64}(?:@[\w.-]{1,64})?:([^\n\"']{1,256})[\"']"
            r"|[^\s:\"'@]{1,64}(?:@[\w.-]{1,64})?:([^\s\"']{1,256}))"
        ),
        _is_password_of_user,
    ),
    _Protocol(
        (" -u", "--user", "--proxy-user"),
        re.compile(
            r"(?:curl|wget|xh|httpie)\b[^\n|;]{0,400}?(?<![\w-])(?:-u ?|--(?:proxy-)?user[ =])[\"']?"
            r"[^\s:\"'@/]{1,64}:([^\s:/\"'.]{4,128})(?=[\s\"']|$)"
        ),
        _is_word_or_password,
    ),
    _Protocol(
        (" -P ", " -p "),
        re.compile(r"(?<!\S)-[pP] [\"']?([^\s\"'`|;<>$(){}/=:@,\\]{6,64})(?=[\s\"']|$)"),
        _is_of_four_kinds,
    ),
    _Protocol(
        (" -u", "--user"),
        re.compile(r"(?<![\w-])(?:-u ?|--user[ =])[\"']?[^\s:\"'@]{1,64}:([^\s\"']{6,256})"),
        lambda match: is_random(_value(match), 6),
    ),
    _Protocol(
        (" -p", " -a", "--pass"),
        re.compile(
            r"(?:sshpass|(?:docker|podman|registry|az|oc|vault) login|redis-cli|mysql\w{0,12}|mariadb\w{0,12}|mongosh?|"
            r"ldap\w{2,8}|smbclient|sqlcmd)\b[^\n]{0,400}?(?<![\w-])"
            r"(?:-p ?|-a ?|--pass(?:word|wd)?[ =])[\"']?([^\s\"'-][^\s\"']{5,256})"
        ),
        lambda match: is_random(match[1], 6),
    ),
    _Protocol(
        ("$2", "$argon2", "$5$", "$6$", "$y$", "$1$", "$apr1$"),
        re.compile(
            r"(\$(?:2[aby]|5|6|y|argon2(?:id|i|d))\$[\w./$=,+-]{30,250}|\$(?:1|apr1)\$[\w./]{1,16}\$[\w./]{22}(?![\w./]))"
        ),
    ),
    _Protocol(  # Django and Werkzeug: method, rounds, salt and hash
        ("pbkdf2", "scrypt"),
        re.compile(
            r"(?<![^\W_])(?:pbkdf2[_:]sha\d{1,3}[$:]\d{1,8}|scrypt(?::\d{1,8}){3}|scrypt(?:\$\d{1,8}){3})"
            r"\$([\w./+-]{1,64}\$[\w./+-]{32,128}={0,2})"
        ),
    ),
    _Protocol(  # RFC 2307, 5.3
        ("SHA}", "SHA256}", "SHA512}", "{SMD5}"),
        re.compile(
            r"(?<=\})(?:(?<=SHA\})|(?<=SHA256\})|(?<=SHA512\})|(?<=\{SMD5\}))([A-Za-z0-9+/]{22,128}={0,2})"
        ),
    ),
    _Protocol(
        ("jdbc:oracle", "sqlplus", "sqlldr", "expdp", "impdp"),
        re.compile(
            r"(?:jdbc:oracle:\w{1,8}:|(?:sqlplus|sqlldr|expdp|impdp) +(?:-\w+ +){0,4})"
            r"[\w$#.-]{1,64}/([^\s/@\"'<>\\{}]{2,128})@"
        ),
    ),
    _Protocol(  # connection strings of Azure
        ("ccountKey=", "ccessKey=", "ccountkey=", "ccesskey="),
        re.compile(r"(?i)(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,128}={0,2})(?![\w+/=])"),
    ),
    _Protocol(("AC",), re.compile(r"(?<![^\W_])AC[a-f0-9]{32}:([a-f0-9]{32})(?![^\W_])")),
    _Protocol(
        ("://",),
        re.compile(r"(?<![^\W_])https?://([a-f0-9]{32}):[^\s/@\"'<>\\{}$]{2,128}@"),
    ),
    _Protocol(
        ("login ",),
        re.compile(r"(?<![^\W_])(?:machine +\S{1,128}|default)\s+login +\S{1,128}\s+password +(\S{1,256})"),
    ),
    _Protocol(
        ("=",),
        re.compile(
            r"(?i)[?&;](?:amp;)?(?:sig|signature|x-(?:amz|goog|oss)-(?:signature|security-token|credential)|"
            r"(?:[a-z]{1,16}_?)?token|tok|jwt|api_?key|key|code|secret|client_secret|password|pwd|auth|hmac|sas)"
            r"=([^\s&\"'<>#;]{6,2048})"
        ),
        lambda match: is_random(_value(match).replace("%", ""), 12),
    ),
    _Protocol(  # a password under its own key in a query, with its blanks
        ("?p", "&p", "?P", "&P", "?m", "&m", "?M", "&M"),
        re.compile(
            r"(?im)[?&](?:password|passwd|pass|pwd|mdp|mot_?de_?passe)=([^&#\"'<>{}\n]{4,64}?)"
            r"(?=[&#\"'<>]| HTTP/|[ \t]*$)"
        ),
        _is_word_or_password,
    ),
    _Protocol(  # RFC 4648, 6: the seed of a second factor
        ("otp", "OTP", "2fa", "2FA", "mfa", "MFA"),
        re.compile(
            r"(?i:(?<![^\W_])(?:t?otp|2fa|mfa)[ _-]?(?:seed|secret|key)[\"']?\s?[:=]\s?[\"']?)"
            r"((?:[A-Z2-7]{4} ?){4,16})(?![\w=])"
        ),
    ),
    _Protocol(
        ("hooks.slack.com/",),
        re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/]{16,200})"),
    ),
    _Protocol(
        ("/api/webhooks/",),
        re.compile(r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(\d{8,24}/[\w-]{20,120})"),
    ),
    _Protocol(("/bot",), re.compile(r"/bot(\d{6,12}:[\w-]{30,60})(?![^\W_])")),
    _Protocol(
        ("webhook",),
        re.compile(r"(?:webhook\.office\.com|outlook\.office\.com)/webhook(?:b2)?/([^\s\"'<>]{20,400})"),
    ),
)


def find_in_protocols(text: str) -> Iterator[Span]:
    """The secrets in the places of `_PROTOCOLS`."""
    for protocol in _PROTOCOLS:
        if stands_in(protocol.signs, text):
            matches = filter(protocol.test, protocol.pattern.finditer(text))
            yield from (Span(*match.span(match.lastindex or 0), Label.SECRET) for match in matches)


_ARGUMENT = (
    r"(?:\"(?P<double>[^\"\n]{4,128})\"|'(?P<single>[^'\n]{4,128})'"
    r"|(?P<bare>[^\s\"'`|;&<>$(){}-][^\s\"'`|;&<>]{3,128}))"
)
_QUOTED = r"[\"'](?P<bare>[^\"'\n]{4,128})[\"']"


_PLACEHOLDER = re.compile(
    r"(?i)[<{\[%].*|x{3,}|\*+|\.+|(?:password|passwd|secret|public|private|passphrase|pass|changeme)$"
)


@dataclass(frozen=True, slots=True)
class _Command:
    """A command: the text in lower case must contain one of `signs`; the secret is the last group of `pattern`."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    is_value: Callable[[str], bool]


def _is_password_value(value: str) -> bool:
    """Whether it is no placeholder or variable, and no plain word, which may name a file."""
    return (
        not _PLACEHOLDER.match(value) and not is_dummy(value) and (kinds(value) >= 2 or is_scrambled(value))
    )


def _may_be_a_word(value: str) -> bool:
    """Whether it is no placeholder or variable: nothing but a password stands there."""
    return not _PLACEHOLDER.match(value) and not is_stand_in(value)


def _is_any_password(value: str) -> bool:
    """Whether it is a word or looks random: nothing but a password stands there, but a variable may."""
    return _may_be_a_word(value) or _is_password_value(value)


def _program(names: str, flag: str, is_value: Callable[[str], bool] = _is_password_value) -> _Command:
    """A program with a flag, on one line."""
    signs = tuple(re.findall(r"[a-z0-9]{2,}", names))
    pattern = rf"(?<![\w.-])(?:{names})\b[^\n|;]{{0,400}}? {flag}{_ARGUMENT}"
    return _Command(signs, re.compile(pattern), is_value)


def _words(sign: str, pattern: str, is_value: Callable[[str], bool] = _is_password_value) -> _Command:
    return _Command((sign,), re.compile(pattern), is_value)


_COMMANDS = (
    _program("mysql|mysqldump|mysqladmin|mariadb|mariadb-dump", r"-p", _is_any_password),
    _program("sshpass", r"-p ?", _may_be_a_word),
    _program("mongo|mongosh|mongodump|mongorestore|docker login|podman login|az login|oc login", r"-p ?"),
    _program("snmpget|snmpset|snmpwalk|snmpbulkget|snmpbulkwalk|snmpgetnext|snmptrap", r"-c ?"),
    _program("zip|unzip|sqlcmd|bcp|zipcloak", r"-P ?"),
    _program(
        "7z|7za|7zr|7zz|rar|unrar", r"-h?p(?!(?:lugin|ath|rint|roxy|ort|rofile|rogress|roject|refix)\d*\s)"
    ),
    _program("gpg|gpg2|ansible-vault|borg|restic", r"--(?:passphrase|password)[ =]"),
    _program("ldapsearch|ldapadd|ldapmodify|ldapdelete|ldappasswd|ldapwhoami|ldapcompare", r"-w ?"),
    _program("smbclient|rpcclient|smbget|smbmap", r"(?:-U ?|--user[ =])[\"']?[^\s%\"']{1,64}%"),
    _program("openssl enc|openssl aes|openssl des3", r"-k "),
    _program("htpasswd", r"-[A-Za-z]*b[A-Za-z]*(?: [^\s-]\S*){1,2} ", _is_any_password),
    _program("redis-cli", r"(?:-a|--pass) ", _is_any_password),
    _program("mosquitto_pub|mosquitto_sub", r"(?:-P|--pw) ?"),
    _program("xfreerdp|wlfreerdp|freerdp", r"/p:"),
    _words("--p", rf"(?<![\w-])--(?:pw|pwd|pass|passwd)[ =]{_ARGUMENT}"),
    _words("--pass", rf"(?<![\w-])--pass(?:word|wd|phrase)?={_ARGUMENT}", _is_any_password),
    _words("pass:", rf"(?<!\S)-pass(?:in|out)? +[\"']?pass:{_ARGUMENT}", _is_any_password),
    _words("--", rf"(?<![\w-])--(?:[a-z]{{2,12}}-)?secret[ =]{_ARGUMENT}"),
    _words("wpa-psk", rf"wpa-psk +(?:ascii +)?(?:[07] +)?{_ARGUMENT}", _may_be_a_word),
    _words("psk", rf"(?<![^\W_])(?:psk|wpa_passphrase) ?= ?{_QUOTED}", _may_be_a_word),
    _words("pass", rf"(?<!\S)-(?:src|dest)?(?:store|key)pass(?:wd)? +{_ARGUMENT}"),
    _words("convertto-securestring", rf"(?i)ConvertTo-SecureString +(?:-String +)?{_QUOTED}"),
    _words("net user", r"(?i)net user +[\w.$-]{1,64} +(?P<bare>[^\s/*\"'][^\s\"']{3,127})"),
    _words("chpasswd", r"chpasswd\b[^\n]{0,40}<<< ?[\"']?[\w.-]{1,64}:(?P<bare>[^\s\"']{4,128})"),
    _words(
        "chpasswd",
        r"(?:echo|printf) (?:-[en] )?[\"']?[\w.-]{1,64}:(?P<bare>[^\s\"'\\]{4,128})(?:\\n|\s)?[\"']? ?\|"
        r" ?(?:sudo )?chpasswd",
    ),
    _words("net use", rf"(?i)net use\b[^\n]{{0,200}} /user:\S{{1,64}} {_ARGUMENT}"),
    _words("sudo", rf"(?:echo|printf)(?: -[en])? {_ARGUMENT} ?\| ?sudo +(?:-\w+ )*-\w*S"),
    _words(
        " --",
        rf"(?:echo|printf)(?: -[en])? {_ARGUMENT} ?\|[^\n|]{{1,160}}? "
        r"--(?:pass(?:word|phrase)?-(?:stdin|fd)|with-token)",
        _is_any_password,
    ),
    _words("setx ", rf"(?i)setx +\w{{0,40}}(?:pass|pwd|secret|token|key)\w{{0,20}} +{_ARGUMENT}"),
    _words("env ", rf"(?m)^\s*ENV +\w{{0,40}}(?:PASS|PWD|SECRET|TOKEN|KEY)\w{{0,20}} +{_ARGUMENT}"),
    _words("requirepass", rf"(?<![\w-])requirepass +{_ARGUMENT}"),
    _words("masterauth", rf"(?<![\w-])masterauth +{_ARGUMENT}"),
    _words("wifi:", r"WIFI:[^\n]{0,128}?(?<=[;:])P:(?P<bare>(?:[^;\\\n]|\\.){4,128});"),
    _words(
        "community",
        r"(?i)(?<![^\W_])snmp(?:v[123]c?)?[_ -]?community(?:[_ ]?string)?"
        rf"(?:[\"']? ?[:=] ?| is | est |(?<!g) ){_ARGUMENT}",
    ),
    _words("snmp", r"snmp-server +community +(?P<bare>[^\s\"']{4,64})"),
    _words(
        "password", r"(?:username +\S+ +|enable +)?(?:password|secret) +[05-9] +(?P<bare>[^\s\"']{6,128})"
    ),
    _words("identified", rf"(?i)identified(?: with [\"'\w]+)? (?:by|as) (?:password )?{_QUOTED}"),
    _words(
        "identified",
        r"(?:IDENTIFIED(?: WITH [\"'\w]+)? (?:BY|AS)|(?i:user|role) [^\n;]{1,120}? identified(?: with [\"'\w]+)? by)"
        rf" (?i:password )?{_QUOTED}",
        _is_any_password,
    ),
    _words(
        "password",
        rf"(?i)(?:with|encrypted|set|alter|user|role|login)\s(?:[\w\"]+\s)?password\s?=?\s?N?{_QUOTED}",
        _is_any_password,
    ),
)


def find_in_commands(text: str) -> Iterator[Span]:
    """The passwords of these commands and statements."""
    low = text.lower()
    for command in _COMMANDS:
        if not stands_in(command.signs, low):
            continue
        for match in command.pattern.finditer(text):
            group = match.lastgroup or "bare"
            if command.is_value(match[group]):
                yield Span(*match.span(group), Label.SECRET)
