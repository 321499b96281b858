"""Short secret codes: of cards, second factors, recovery, doors, telephones and alarms, in English and French.

Their shape proves nothing: a word for the code has to stand right before the digits (*PIN 4471*, *alarm code is
4417#*), or a sentence around them (*482913 is your login code*).
"""

import re
from collections.abc import Iterator
from itertools import chain

from ni.privacy.prefilter import lines_with, paced_matches, prefiltered
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

_KINDS_BEFORE = (
    r"verification|security|one[- ]time|confirmation|login|sign-?in|access|backup|recovery|alarm|door|gate|entry|garage"
    r"|lockbox|buzzer|safe|unlock|badge|fob|parking|locker|mailbox|elevator|intercom|building|sms|2fa|mfa|otp|voicemail"
)
_KINDS_AFTER = (
    r"vérification|verification|sécurité|securite|confirmation|connexion|accès|acces|secours|récupération|validation"
    r"|(?:la )?porte|(?:l['’])?alarme|(?:l['’])?entrée|(?:la )?barrière|l['’]immeuble"
    r"|déverrouillage|(?:la )?boîte à clés"
)
_NAMED = (
    r"(?:PIN|NIP|CVV2?|CVC2?|OTP|(?i:cvv2?|cvc2?)"
    rf"|(?i:(?:{_KINDS_BEFORE}) (?:code|passcode|pin|combination)|passcode)"
    rf"|(?i:code (?:de |d['’])?(?:{_KINDS_AFTER})))"
)
_ABOUT = (
    r"(?: (?:code|number|numéro|à usage unique))?(?: (?:for|of|on|du|de|pour|sur) (?:[\w'’-]{1,16} ?){1,4}?"
    r"| [A-ZÀ-Þ][\w'’.-]{1,20}){0,2}"
)
_NOT_DIGITS_OF = (
    r"(?![\w-])(?!\.\d)(?! ?(?:%|digits?|characters?|chiffres?|times|bits?|seconds?|minutes?|secondes?|h\b))"
)
_IS = (
    r"(?:,? (?:is|was|are|est|était|c['’]est)(?: (?:now|le|maintenant))?"
    r"| (?:(?:has|was|is|will be|has been|a été|sera) )?(?:changes?|changed|reset|set|chang[ée]e?) (?:to|pour|à|en)"
    r"| (?:will be|becomes|devient|deviendra|sera)|[\"']? ?[:=])"
)
_STATED = prefiltered(
    rf"(?<![^\W_]){_NAMED}{_ABOUT}{_IS}[ \"']{{0,2}}"
    rf"(?P<value>\d{{3,8}}|\d\d(?:-\d\d){{2,3}})#?{_NOT_DIGITS_OF}"
)
_PLAIN = prefiltered(
    r"(?<![^\W_])(?P<noun>PIN|NIP|CVV2?|CVC2?|(?i:cvv2?|cvc2?|passcode|code de sécurité|security code|safe combination"
    rf"|door code|gate code|alarm code|keypad(?: code)?|lockbox(?: code)?|padlock(?: code)?|cadenas|digicode"
    rf"|code du (?:cadenas|garage|digicode)))(?: (?:is|c['’]est|est)|:)? (?:#|no\.? )?"
    rf"(?P<value>\d{{3,8}}|\d\d(?:-\d\d){{2,3}})#?{_NOT_DIGITS_OF}"
)
_KEYED = prefiltered(
    r"(?:(?<![A-Za-z0-9])(?i:pin|nip)|(?<=[a-z])P(?:in|IN))(?:_?[Cc]ode)?[\"']? ?(?:=>|:=|:|=) ?(?P<quote>[\"']?)"
    r"(?P<value>\d{4,8})(?P=quote)(?![\w.-])"
)
"""A key of settings: `pager_pin = "48213"`, `"adminPin": 7731`."""
_LOCKS = (
    r"lock ?box|key ?pad|door|gate|alarm|garage|buzzer|entry|cottage|cabin|porte|alarme|entrée|cadenas|barrière|chalet"
    r"|bo[iî]te à clés?"
)
_CODE = re.compile(
    r"[Cc](?:ode|ombo|ombinaison)(?: is| est|:)? (?P<value>\d{3,8})#?(?![\w-])(?!\.\d)"
    r"(?! (?:lines?|lignes?|files?|fichiers?))"
)
_OF_LOCK = re.compile(
    rf"(?i)(?<![^\W_])(?:{_LOCKS})(?![^\W_])[^\n.;!?:]{{0,40}}? (?:use|enter|punch in|is|est|with|avec|entrez|faites"
    r"|utilisez) (?:the |le |la )?$"
)
_OF_READER = re.compile(r"(?i)(?<![^\W_])(?:your|votre|ton) $")
_REACH = 80
"""What stands before the code of a lock or of whom a message is for."""
_SENTENCES = (
    prefiltered(
        r"(?i)(?<![^\W_])(?:my|his|her|their|your|the|our|mon|son|ton|votre|notre|le) (?:\w{1,12} )?(?:pin|nip)"
        r"(?: (?:number|code))? (?:is|was|est|était) (?P<value>\d{4,8})(?![\w-])(?!\.\d)"
    ),
    prefiltered(
        r"(?i)(?<![^\W_])(?:use|enter|type|utilisez|entrez|saisissez) (?:[a-z]-)?(?P<value>\d{4,8}) "
        r"(?:as|to|comme|pour)(?: \w+){0,4} (?:code|pin|log in|login|sign in|verify|confirmer|connecter)(?![^\W_])"
    ),
    prefiltered(
        r"(?i)(?<![^\W_])(?:[a-z]-)?(?P<value>\d{4,8}) (?:is|est) (?:your|votre|ton|the|le)(?: [\w'’-]+){0,4} "
        r"(?:code|pin|otp|passcode)(?![^\W_])"
    ),
)
_LOGGED = prefiltered(
    r"(?i)(?<![^\W_])(?:otp|2fa|mfa|sms|verification|one-time)(?![^\W_])[^\n;]{0,96}?"
    r"(?<![^\W_])(?<!error )(?<!exit )(?<!status )code[\"']?[=:] ?[\"']?"
    r"(?P<value>\d{4,8})(?![\w.-])"
)
"""A code in a line of a log that says that it was sent."""
_IN_TWO = "[a-z0-9]{4,8}[- ][a-z0-9]{4,8}"
_LIST = prefiltered(
    r"(?i)(?<![^\W_])(?:(?:backup|recovery|scratch|emergency) codes?|codes? de (?:secours|récupération))"
    rf"\s{{0,2}}:?\s{{1,3}}(?P<list>(?:[-*•] ?)?{_IN_TWO}(?:[,;\s]{{1,4}}(?:[-*•] ?)?{_IN_TWO}){{0,15}})(?![\w-])"
)
_OF_LIST = re.compile(rf"(?i){_IN_TWO}")
_PRODUCT_KEY = prefiltered(
    r"(?i)(?<![^\W_])(?:(?:licen[cs]e|product|activation|registration|serial)[ _-]?(?:key|code)"
    r"|cl[ée] (?:de |d['’])(?:licence|produit|activation|enregistrement))"
    r"[\"']?(?: is| est)?[ \t]{0,4}[:=]?[ \t]{0,4}[\"'`]?"
    r"(?-i:(?P<value>(?=[A-Z-]{0,32}\d)(?:[A-Z0-9]{4,6}-){2,7}[A-Z0-9]{4,12}))(?![\w-])"
)
_AFTER_NUMBER = re.compile(r"(?<=,,)(?P<value>\d{4,10})#")
"""What is dialled after a pause: the code of a conference."""


_SIGNS = (
    *listed("code pin nip otp cvv cvc keypad padlock lockbox cadenas combination"), "product", "licen", "activation",
    "registration", "serial", "clé d", "cle d",
)  # fmt: skip
"""One of these stands in a line with a code that its words announce."""


def _span(match: re.Match[str], start: int = 0) -> Span:
    return Span(start + match.start("value"), start + match.end("value"), Label.SECRET)


def _in_line(line: str) -> Iterator[re.Match[str]]:
    return chain.from_iterable(
        pattern.finditer(line) for pattern in (_STATED, _PLAIN, _KEYED, _PRODUCT_KEY, _LOGGED)
    )


def find_codes(text: str) -> Iterator[Span]:
    """The codes that words announce."""
    for start, line in lines_with(_SIGNS, text):
        yield from (_span(match, start) for match in _in_line(line))
    yield from map(_span, chain.from_iterable(pattern.finditer(text) for pattern in _SENTENCES))
    for match in paced_matches(_CODE, text):
        before = text[max(match.start() - _REACH, 0) : match.start()]
        if _OF_LOCK.search(before) or (len(match["value"]) > 3 and _OF_READER.search(before)):
            yield Span(*match.span("value"), Label.SECRET)
    for match in _LIST.finditer(text):
        for code in _OF_LIST.finditer(text, *match.span("list")):
            if any(map(str.isdigit, code[0])):
                yield Span(*code.span(), Label.SECRET)
    if ",," in text:
        yield from map(_span, _AFTER_NUMBER.finditer(text))
