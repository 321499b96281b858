"""How the name of a model that is no route is written down: people paste addresses and keys there by mistake.

A name that looks like a model's is kept. Of any other, the words of models' names and versions are kept, the rest is
struck out, and a keyed digest distinguishes it. Rows, records and pinned names hold only this form.
"""

import hmac
import re

from ni.privacy.recognisers import registry
from ni.privacy.words import listed

MOST = 64
_SLUG = re.compile(rf"[a-z0-9._:/-]{{1,{MOST}}}")
_NUMBER = re.compile(r"\d(?:[-._:/]?\d){6,}")
_DATED = re.compile(r"(?<!\d)20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?!\d)")
_ISSUED = re.compile(r"(?:sk|pk|rk|ghp|gho|ghs|github_pat|glpat|hf|gsk|xox[abp]|ni_live)[-_]")
"""Prefixes of API keys and tokens as vendors issue them."""
_TOKEN = re.compile(r"[^\W_]+")
_SECRET_LENGTH, _LONGEST_WORD = 16, 24
_VERSION = re.compile(r"[a-z]?\d{1,4}[a-z]{0,2}", re.IGNORECASE)
_STRUCK = "…"
_STRUCK_OUT = re.compile(rf"{_STRUCK}(?:[^\w]*{_STRUCK})+")
_WORDS = frozenset(
    listed("""
    ai alibaba amazon anthropic azure base bedrock ca chat claude code codestral codex coder cohere command deepseek
    devstral distill embed embedding exp experimental fast flash ft gemini gemma global glm google gpt gpt4 grok haiku
    high image instruct kimi large latest lite llama local low max maverick medium meta micro mini minimax mistral
    mistralai mixtral moonshot nano nova nvidia o omni openai openrouter opus oss phi pixtral preview pro qwen qwq
    reasoner reasoning sandbox scout small sonnet thinking titan turbo ultra us vertex vision vl whisper xai
    """)
)


class ModelNames:
    """Gives the form in which names are stored; `key` is the instance's, for the digest."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def stored(self, name: str) -> str:
        """The name itself where it looks like a model's, else what may be shown of it and its digest."""
        visible = shown(name)
        if visible == name or looks_like_a_model(name):
            return name
        digest = hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), "sha256").hex()[:12]
        return f"{visible} #{digest}"


def looks_like_a_model(name: str) -> bool:
    """Whether a name is a plain slug in which nothing personal and no secret is found."""
    if not _SLUG.fullmatch(name) or _ISSUED.match(name) or _NUMBER.search(_DATED.sub("", name)):
        return False
    return not any(map(_may_be_secret, _TOKEN.findall(name))) and not registry.find(name)


def shown(name: str) -> str:
    """The words of models' names and the versions in a name; all else is struck out."""
    name = name[:MOST]
    for span in sorted(registry.find(name), reverse=True):
        name = f"{name[: span.start]}{_STRUCK}{name[span.end :]}"
    name = _NUMBER.sub(lambda match: match[0] if _DATED.fullmatch(match[0]) else _STRUCK, name)
    struck = _TOKEN.sub(lambda token: token[0] if _is_word(token[0]) else _STRUCK, name)
    plain = "".join(char if char.isalnum() or char in f"._:/- {_STRUCK}" else " " for char in struck)
    return " ".join(_STRUCK_OUT.sub(_STRUCK, plain).split())


def _is_word(token: str) -> bool:
    word = token.lower().rstrip("0123456789")
    return word in _WORDS or any(shape.fullmatch(token) for shape in (_VERSION, _DATED))


def _may_be_secret(token: str) -> bool:
    mixed = any(map(str.isdigit, token)) and any(map(str.isalpha, token))
    return len(token) > _LONGEST_WORD or (mixed and len(token) >= _SECRET_LENGTH)
