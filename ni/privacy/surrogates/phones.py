"""Surrogates of telephone numbers."""

import re

from ni.privacy.draw import Draw, refit
from ni.privacy.recognisers.phone import _AREAS, _EXTENSION


def phone(original: str, draw: Draw) -> str:
    """A number of fiction in the same format, with another extension."""
    extension = _EXTENSION.search(original)
    body = original[: extension.start()] if extension else original
    tail = re.sub(r"\d", lambda _: draw.digits(1), extension[0]) if extension else ""
    digits = re.sub(r"\D", "", body)
    return refit(body, _number(digits, body.startswith("+"), draw)) + tail


def _number(digits: str, plus: bool, draw: Draw) -> str:
    """The digits of a fictional number, as many as the original has."""
    if len(digits) in {7, 10, 11} and (not plus or digits[0] == "1") and digits[0] != "0":
        if draw.attempt >= 40 or (len(digits) == 7 and draw.attempt >= 16):  # thousands in one request
            return (digits[:-10] + str(200 + draw.below(800)) + "555" + draw.digits(4))[-len(digits) :]
        area = draw.pick(_AREAS) if draw.attempt < 4 else str(200 + draw.below(800))
        return (digits[:-10] + area + "55501" + draw.digits(2))[-len(digits) :]
    if digits.startswith("33"):
        return "3363998" + draw.digits(len(digits) - 7)
    if digits.startswith("06") or (digits.startswith("0") and len(digits) == 10):
        return "063998" + draw.digits(4)
    return digits[:3] + draw.digits(len(digits) - 3)
