"""Secrets: keys of known issuers, tokens, private keys and assigned passwords; `find` gives all kinds of secrets.

An issuer's prefix proves a key wherever it stands. A value beside a word such as `password` counts when it looks
random; placeholders, variables and calls do not. `secret_places.py` finds secrets in headers, commands and URLs,
`secret_values.py` those in sentences and string literals, `secret_codes.py` short codes of digits.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import lowered, prefiltered
from ni.privacy.recognisers.secret_codes import find_codes
from ni.privacy.recognisers.secret_keys import find_keyed
from ni.privacy.recognisers.secret_phrases import find_phrases
from ni.privacy.recognisers.secret_places import find_in_commands, find_in_protocols
from ni.privacy.recognisers.secret_values import (
    FIELD,
    find_in_literals,
    find_in_sentences,
    is_dummy,
    is_scrambled,
    is_test_result,
    kinds,
)
from ni.privacy.recognisers.secret_words import find_words
from ni.privacy.spans import Label, Span
from ni.privacy.words import fold, listed

NEEDS = re.compile(
    r"\S{8}|://|(?i:pass|pwd|mdp|pw|auth|login|cvv|cvc|(?<![^\W_])codes?(?![^\W_]))|(?<![^\W_])(?:PIN|NIP|OTP)(?![^\W_])"
)
# Issuers' prefixes, from their own documentation; the part after the prefix is the secret.
_PREFIXED = re.compile(
    r"(?<![^\W_])(?:sk-ant-[\w-]{16,200}|sk-(?:proj-|svcacct-|or-v1-)[\w-]{20,200}|"
    r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,200}|whsec_[A-Za-z0-9+/=]{16,200}|"
    r"ni_live_[\w-]{16,120}|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255}|"
    r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[\w-]{20,64}|xox[abeoprs]-[\w-]{10,250}|xapp-[\w-]{10,250}|"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,250}|"
    r"secret_[A-Za-z0-9]{32,64}|GOCSPX-[\w-]{20,40}|SG\.[\w-]{16,32}\.[\w-]{30,64}|"
    r"hf_[A-Za-z0-9]{30,60}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,250}|do[por]_v1_[a-f0-9]{64}|"
    r"shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|key-[a-f0-9]{32}|"
    r"sq0(?:atp|csp)-[\w-]{22,60}|r8_[A-Za-z0-9]{30,60}|gsk_[A-Za-z0-9]{40,64}|"
    r"lin_api_[A-Za-z0-9]{30,60}|AT(?:ATT|CTT|BB)3?[\w=-]{32,250}|"
    r"dckr_[po]at_[\w-]{20,64}|tskey-[\w-]{16,100}|hv[sbr]\.[\w-]{20,250}|"
    r"EAA[A-Z][A-Za-z0-9]{30,250}|xai-[A-Za-z0-9]{40,120}|pplx-[A-Za-z0-9]{32,80}|nvapi-[\w-]{40,100}|"
    r"dapi[a-f0-9]{32}|ntn_[A-Za-z0-9]{30,60}|figd_[\w-]{30,60}|ph[cx]_[A-Za-z0-9]{30,60}|sntry[su]_[\w=+/-]{30,250}|"
    r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|NRAK-[A-Z0-9]{27}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|sbp_[a-f0-9]{40}|"
    r"sb_secret_[\w-]{20,60}|AGE-SECRET-KEY-1[A-Z0-9]{50,64}|[a-f0-9]{32}-us\d{1,2}|"
    r"[ps]k\.eyJ[\w-]{12,250}\.[\w-]{16,60}|pat[A-Za-z0-9]{14}\.[a-f0-9]{40,64}|"
    r"dp\.(?:st|pt|ct|sa|scim|audit)\.(?:[a-z][\w-]{1,34}\.)?[A-Za-z0-9]{30,64}|fm[12]r?_[\w+/=-]{30,250}|"
    r"rnd_[A-Za-z0-9]{24,60}|CCI(?:PAT|PRJ)_[A-Za-z0-9]{16,40}_[a-f0-9]{40}|sq[aup]_[a-f0-9]{40}|"
    r"bk[pu]a_[a-f0-9]{40}|pscale_(?:tkn|pw|oauth)_[\w.-]{30,64}|nf[pocub]_[A-Za-z0-9]{36}|vercel_[A-Za-z0-9]{24,40}|"
    r"vc[aikpr]_[A-Za-z0-9]{40,60}|re_[A-Za-z0-9]{6,12}_[A-Za-z0-9]{20,40}|cf(?:ut|at|k)_[A-Za-z0-9]{36,60}|"
    r"rubygems_[a-f0-9]{48}|pul-[a-f0-9]{40}|lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}|shippo_(?:live|test)_[a-f0-9]{40}|"
    r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}|[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,45}|"
    r"\d{8,10}:AA[\w-]{33})(?![^\W_])"
)
_ALSO_PREFIXED = prefiltered(
    r"(?<![^\W_])(?:"
    r"HRKU-[\w-]{36,64}|glc_[A-Za-z0-9+/]{32,250}={0,2}|CLOJARS_[a-f0-9]{60}|"
    r"duffel_(?:test|live)_[\w-]{43}|dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}|EZ[AT]K[A-Za-z0-9]{54}|"
    r"FLWSECK(?:_TEST)?-[a-h0-9]{12,40}|fio-u-[\w=-]{64}|pnu_[A-Za-z0-9]{36}|rdme_[a-z0-9]{70}|"
    r"tk-us-[\w-]{48}|x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}|tfp_[\w.=-]{59}|AQVN[\w-]{35,38}|"
    r"ico-[A-Za-z0-9]{32}|CFPAT-[\w-]{43}|ops_eyJ[\w+/=-]{60,2000}|LTAI[A-Za-z0-9]{12,24}|AKID[A-Za-z0-9]{32}|"
    r"[ps]k-lf-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|fw_[A-Za-z0-9]{22,40}|pcsk_[\w-]{40,100}|"
    r"tvly-[\w-]{20,60}|fc-[a-f0-9]{32}|e2b_[a-f0-9]{40}|apify_api_[A-Za-z0-9]{36}|"
    r"tr_(?:dev|prod|stg)_[A-Za-z0-9]{20,40}|signkey-(?:prod|test)-[a-f0-9]{32,64}|napi_[a-z0-9]{60,70}|"
    r"AKCp[A-Za-z0-9]{60,80}|sgp_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}|"
    r"access-(?:sandbox|development|production)-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|"
    r"aio_[A-Za-z0-9]{28}|NRJS-[a-f0-9]{19}|NRII-[\w-]{32}|EAAA[\w-]{60}|hcaik_[a-z0-9]{58}|"
    r"[\w~.]{3}8Q~[\w~.-]{31,34}|1//0[\w-]{40,120}|SCW[A-Z0-9]{17}|sk_[a-f0-9]{48})(?![^\W_])"
)
# Words begin with these prefixes too: what follows must look random.
_WEAKLY_PREFIXED = re.compile(
    r"(?<![^\W_])(?<![\w]-)(?:sk-[\w-]{20,200}|(?:sk|pk|rk)_[A-Za-z0-9]{20,200}|"
    r"vault\.\w{20,200}|SK[a-f0-9]{32})(?![^\W_])"
)
_JWT = re.compile(r"(?<![^\W_])(?<!\.)eyJ[\w-]{8,4000}\.[\w-]{4,8000}\.[\w-]{8,2000}(?![^\W_])")
_TOKEN = re.compile(r"[\w.:=+/~-]{15,}")
_HUMP = re.compile("[a-z][A-Z]")
_AWS = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}")  # one in thirty has no digit
_OWNERS = listed("""
    api access secret private account shared signing encryption auth client openai anthropic github gitlab stripe
    aws azure google slack twilio sendgrid mistral cohere license licence
    admin master write session unseal recovery jwt hmac app deploy service webhook bot ingest
    """)
_OWNED = "|".join(f"(?<={owner})|(?<={owner}[_ -])" for owner in _OWNERS)
_ASSIGNED = re.compile(
    r"(?i)(pass(?:word|wd|phrase)|(?<![^\W_])(?:pass(?:code)?|pwd|mdp|token|mot[ _]de[ _]passe)|(?<=ssh)pass|"
    r"(?<=db)pass|secret|bearer|credentials?|"
    rf"(?:{_OWNED})(?:key|token)(?:[_ -]?id)?)"
    r"(?:[_-]\w{1,20}| \d{1,2}(?= ?[:=]))?[\"']?"
    r"(?: ?(?:is|est|was)[ :]| ?(?::=|=>|=|:(?!:)|>(?!=)) ?| |[,\s]{1,16}[\"']?value[\"']? ?[:=] ?)"
    r"(?:![A-Za-z][\w/-]{0,24} )?+[\"'`]?([^\s\"'`<>,;\\(){}\[\]]{6,512})"
)
_SAYS_SECRET = ("pass", "pwd", "mdp", "mot", "secret", "key", "token", "bearer", "credential")
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z ]{0,24}PRIVATE KEY")
_PEM_LINE = re.compile(r"[A-Za-z0-9+/=]{16,120}")
_USERINFO = 128
_LONGEST_PEM = 16_000


def find(text: str) -> Iterator[Span]:
    """Secrets of every kind; a private key is one span for each line."""
    yield from _prefixed(text)
    if "eyJ" in text:
        for match in _JWT.finditer(text):
            yield Span(*match.span(), Label.SECRET)
    yield from find_in_protocols(text)
    yield from find_in_commands(text)
    yield from find_in_literals(text)
    yield from find_in_sentences(text)
    yield from find_codes(text)
    yield from find_words(text)
    yield from find_keyed(text)
    yield from find_phrases(text)
    yield from _assigned(text)
    if "-----BEGIN" in text:
        yield from private_keys(text)


def _prefixed(text: str) -> Iterator[Span]:
    """Keys with an issuer's prefix: none is short, and one without a digit mixes cases as no words do."""
    patterns = (_PREFIXED, _ALSO_PREFIXED.pattern) if _ALSO_PREFIXED.among(lowered(text)) else (_PREFIXED,)
    for token in _TOKEN.finditer(text):
        if not any(map(str.isdigit, token[0])) and not _is_mixed(token[0]) and not _AWS.search(token[0]):
            continue
        start, end = token.span()
        for pattern in patterns:
            for match in pattern.finditer(text, start, end):
                yield Span(*match.span(), Label.SECRET)
        for match in _WEAKLY_PREFIXED.finditer(text, start, end):
            if kinds(match[0]) >= 2 and re.search(r"\d", match[0]):
                yield Span(*match.span(), Label.SECRET)


def _is_mixed(token: str) -> bool:
    """Whether small letters and capitals alternate more often than in a name made of words."""
    return len(_HUMP.findall(token)) * 4 >= len(token)


def _assigned(text: str) -> Iterator[Span]:
    folded = fold(text)
    for word in _SAYS_SECRET:
        at = folded.find(word)
        while at >= 0:
            match = _ASSIGNED.match(text, at)
            value = FIELD.split(match[2], maxsplit=1)[0].rstrip(".?:") if match else ""
            if "@" in value and "://" in text[max(at - _USERINFO, 0) : at]:
                value = value.partition("@")[0]
            if (
                match
                and _looks_random(value, match)
                and not _is_called(text, match, value)
                and not is_test_result(text, match.start(2))
            ):
                yield Span(match.start(2), match.start(2) + len(value), Label.SECRET)
            at = folded.find(word, at + 1)


def _is_called(text: str, match: re.Match[str], value: str) -> bool:
    """Whether the value is what code calls something: unquoted, an attribute of an attribute or before a bracket."""
    end = match.start(2) + len(value)
    parts = value.split(".")
    return (
        match[0][-len(match[2]) - 1] not in "\"'`"
        and all(map(str.isidentifier, parts))
        and (text[end : end + 1] in ("(", "[") or len(parts) > 2)
    )


def _looks_random(value: str, match: re.Match[str]) -> bool:
    """Whether the value looks like a secret and not like a word, a variable or a placeholder."""
    if len(value) < 6 or is_dummy(value):
        return False
    passwordish = match[1].lower().startswith(("pass", "pwd", "mot", "mdp"))
    between = match[0][len(match[1]) : match.start(2) - match.start()]
    assigned = re.search(r"[:=>]|\b(?:is|est|was)\b", between) is not None
    if passwordish:
        return assigned and kinds(value) >= 2
    telling = re.search(r"\d", value) is not None or is_scrambled(value)
    return (assigned and kinds(value) >= 2 and telling and len(value) >= 12) or (
        len(value) >= 20 and kinds(value) >= 3
    )


def private_keys(text: str) -> Iterator[Span]:
    """The lines between the marks of RFC 7468; the marks stay, so that a model sees that a key was there."""
    done = 0
    for begin in _PEM.finditer(text):
        if begin.start() < done:
            continue
        limit = min(begin.end() + _LONGEST_PEM, len(text))
        end = _PEM_END.search(text, begin.end(), limit)
        done = end.start() if end else limit
        for line in _PEM_LINE.finditer(text, begin.end(), done):
            yield Span(*line.span(), Label.SECRET)
