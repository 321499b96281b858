"""Where secrets stand by the rules of a protocol or a program, whatever they look like.

User information of URLs (RFC 3986, 3.2.1), Basic and Bearer credentials (RFC 7617, RFC 6750), cookies of sessions
(RFC 6265), signatures of signed URLs, webhooks of Slack, Discord, Telegram and Teams, `curl -u`, netrc, and `auth` in
Docker's configuration.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ni.privacy.prefilter import stands_in
from ni.privacy.recognisers.secret_words import is_drawn, is_dummy, kinds
from ni.privacy.spans import Label, Span

Test = Callable[[re.Match[str]], bool]


def _value(match: re.Match[str]) -> str:
    """What the last group holds."""
    return match[match.lastindex or 0]


def _any(match: re.Match[str]) -> bool:
    return True


def _is_password(match: re.Match[str]) -> bool:
    return _value(match).lower() not in {"pass", "password", "pwd", "secret", "passwd", "token"}


def _is_no_role(match: re.Match[str]) -> bool:
    """Whether a user of a URL is more than the name of a role."""
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
    return is_drawn(_value(match))


def _is_session(match: re.Match[str]) -> bool:
    named = re.search(r"(?i)sess|sid|auth|token|jwt|csrf|xsrf|login|remember|secret|\.id$", match["name"])
    return len(_value(match)) >= 8 and (
        is_drawn(_value(match), 8) if named else is_drawn(_value(match)) and kinds(_value(match)) >= 3
    )


def _is_login(match: re.Match[str]) -> bool:
    """Whether it is a password after a user, not a pair of ids or a user's group."""
    return not is_dummy(_value(match)) and not _value(match).isdigit()


@dataclass(frozen=True, slots=True)
class _Place:
    """`signs`, one of which the text must hold; the secret is the last group of `pattern`."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    test: Test = _any


_PLACES = (
    _Place(
        ("://",),
        re.compile(
            r"(?<![^\W_])[A-Za-z][\w+.-]{1,24}://[^\s:/@\"'<>\\]{0,64}:"
            r"([^\s/@\"'<>\\{}$]{2,128}(?:@[^\s/@\"'<>\\{}$?#&,;]{1,64}){0,3}"
            r"|[^\s/@\"'<>\\{}$](?:@[^\s/@\"'<>\\{}$?#&,;]{1,64}){1,3})@(?=[\w\[.-])"
        ),
        _is_password,
    ),
    _Place(
        ("://",),
        re.compile(
            r"(?<![^\W_])(?:https?|git|wss?)://([^\s:/@\"'<>\\{}$?#]{2,256})(?::(?:x-oauth-basic)?)?@(?=[\w\[.-])"
        ),
        _is_no_role,
    ),
    _Place(
        ("asic ",),
        re.compile(r"(?<![^\W_])[Bb]asic +([A-Za-z0-9+/]{6,512}={0,2})(?![A-Za-z0-9+/=])"),
        _is_pair,
    ),
    _Place(
        ("earer ", "oken ", "pikey ", "piKey "),
        re.compile(r"(?<![^\W_])(?:[Bb]earer|[Tt]oken|[Aa]pi[Kk]ey) +([\w.~+/-]{16,2048}={0,2})(?![\w+/=])"),
        _is_bearer,
    ),
    _Place(
        ("auth",),
        re.compile(r"[\"']auth[\"'] ?: ?[\"']([A-Za-z0-9+/]{6,512}={0,2})[\"']"),
        _is_pair,
    ),
    _Place(
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
    _Place(
        (" -u", " -a", "--user", "--auth", "--proxy-user"),
        re.compile(
            r"(?:curl|http|https|wget|xh|httpie)\b[^\n]{0,400}?(?<![\w-])(?:-[ua] ?|--(?:proxy-)?(?:user|auth)[ =])"
            r"(?:[\"'][^\s:\"'@]{1,64}(?:@[\w.-]{1,64})?:([^\n\"']{1,256})[\"']"
            r"|[^\s:\"'@]{1,64}(?:@[\w.-]{1,64})?:([^\s\"']{1,256}))"
        ),
        _is_login,
    ),
    _Place(
        (" -u", "--user"),
        re.compile(r"(?<![\w-])(?:-u ?|--user[ =])[\"']?[^\s:\"'@]{1,64}:([^\s\"']{6,256})"),
        lambda match: is_drawn(_value(match), 6),
    ),
    _Place(
        (" -p", " -a", "--pass"),
        re.compile(
            r"(?:sshpass|(?:docker|podman|registry|az|oc|vault) login|redis-cli|mysql\w{0,12}|mariadb\w{0,12}|mongosh?|"
            r"ldap\w{2,8}|smbclient|sqlcmd)\b[^\n]{0,400}?(?<![\w-])"
            r"(?:-p ?|-a ?|--pass(?:word|wd)?[ =])[\"']?([^\s\"'-][^\s\"']{5,256})"
        ),
        lambda match: is_drawn(match[1], 6),
    ),
    _Place(
        ("$2", "$argon2", "$5$", "$6$", "$y$", "$1$", "$apr1$"),
        re.compile(
            r"(\$(?:2[aby]|5|6|y|argon2(?:id|i|d))\$[\w./$=,+-]{30,250}|\$(?:1|apr1)\$[\w./]{1,16}\$[\w./]{22}(?![\w./]))"
        ),
    ),
    _Place(
        ("jdbc:oracle", "sqlplus", "sqlldr", "expdp", "impdp"),
        re.compile(
            r"(?:jdbc:oracle:\w{1,8}:|(?:sqlplus|sqlldr|expdp|impdp) +(?:-\w+ +){0,4})"
            r"[\w$#.-]{1,64}/([^\s/@\"'<>\\{}]{2,128})@"
        ),
    ),
    _Place(("AC",), re.compile(r"(?<![^\W_])AC[a-f0-9]{32}:([a-f0-9]{32})(?![^\W_])")),
    _Place(
        ("://",),
        re.compile(r"(?<![^\W_])https?://([a-f0-9]{32}):[^\s/@\"'<>\\{}$]{2,128}@"),
    ),
    _Place(
        ("login ",),
        re.compile(r"(?<![^\W_])(?:machine +\S{1,128}|default)\s+login +\S{1,128}\s+password +(\S{1,256})"),
    ),
    _Place(
        ("=",),
        re.compile(
            r"(?i)[?&;](?:amp;)?(?:sig|signature|x-(?:amz|goog|oss)-(?:signature|security-token|credential)|"
            r"(?:access|auth|refresh|id|session)?_?token|api_?key|key|code|secret|client_secret|password|pwd|auth|hmac|sas)"
            r"=([^\s&\"'<>#;]{6,2048})"
        ),
        lambda match: is_drawn(_value(match).replace("%", ""), 12),
    ),
    _Place(
        ("hooks.slack.com/",),
        re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/]{16,200})"),
    ),
    _Place(
        ("/api/webhooks/",),
        re.compile(r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(\d{8,24}/[\w-]{20,120})"),
    ),
    _Place(("/bot",), re.compile(r"/bot(\d{6,12}:[\w-]{30,60})(?![^\W_])")),
    _Place(
        ("webhook",),
        re.compile(r"(?:webhook\.office\.com|outlook\.office\.com)/webhook(?:b2)?/([^\s\"'<>]{20,400})"),
    ),
)


def find(text: str) -> Iterator[Span]:
    """What stands in these places."""
    for place in _PLACES:
        if stands_in(place.signs, text):
            matches = filter(place.test, place.pattern.finditer(text))
            yield from (Span(*match.span(match.lastindex or 0), Label.SECRET) for match in matches)
