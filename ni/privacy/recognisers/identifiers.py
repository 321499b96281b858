"""Numbers of people's things and memberships, behind the words that name them: vehicles, devices, cards, files.

The shape of such a number proves nothing, so each row of `_ROWS` has the words that must stand right before it. A
vehicle identification number (ISO 3779) also counts where its check digit holds, which North America demands
(49 CFR 565.15). Each kind is given the label of the nearest kind that has one: a plate that of a driver's licence, a
card of a border programme that of a passport, a membership that of an account, a device's number that of a MAC address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ni.privacy.prefilter import Prefiltered, lowered, prefiltered
from ni.privacy.recognisers.recogniser import explained
from ni.privacy.spans import Label, Span

_BEGINS, _ENDS = r"(?<![A-Za-z0-9])(?<![/.]|-)", r"(?![A-Za-z0-9])(?!-\w|\.\d)"
_NUMBER = r"(?: ?(?:no|nos|num|number|num[ée]ro|n[o°ºr]|#|id)\.?)?"


@dataclass(frozen=True, slots=True)
class _Row:
    """A kind of number: its words and its shape; `reach` characters may lie between their beginnings."""

    label: Label
    words: Prefiltered
    shape: re.Pattern[str]
    reach: int = 36


def _row(label: Label, words: str, shape: str, reach: int = 36) -> _Row:
    return _Row(
        label,
        prefiltered(rf"(?i)(?<![^\W_])(?:{words}){_NUMBER}(?![^\W_])"),
        re.compile(f"{_BEGINS}(?:{shape}){_ENDS}"),
        reach,
    )


_PLATE = (
    r"(?!\d+ ?(?:MM|CM|KG|LBS?|GB|MB|AM|PM|PSI|OZ|IN)(?![A-Z]))"
    r"(?:[A-Z]{2}\d\d ?[A-Z]{3}|[A-Z]{2}[ -]?\d{3}[ -]?[A-Z]{2}|[A-Z]\d\d[ -]?[A-Z]{3}|[A-Z]{3}[ -]?\d[A-Z]\d"
    r"|\d[A-Z]{3}\d{3}|[A-Z]{1,3}-[A-Z]{1,2} ?\d{1,4}|[A-Z]{3}[ -]?\d{2,4}[A-Z]?|[A-Z]{2,4}[ -]?\d{2,4}"
    r"|\d{2,4}[ -]?[A-Z]{2,4})"
)
_VIN = r"(?=[A-Z\d]*\d{3})[A-HJ-NPR-Z\d]{17}"
_ROWS = (
    _row(
        Label.DRIVER_LICENCE,
        r"(?:(?:licen[cs]e|number|registration|vehicle|car) )?(?<!hot )(?<!heat )(?<!base )(?<!cold )(?<!face )plates?"
        r"|plaques?(?: d['’]immatriculation)?"
        r"|immatricul(?:ation|[ée]e?)|matr[íi]cula|targa|kenteken|(?:kfz-?)?kennzeichen",
        _PLATE,
        24,
    ),
    _row(
        Label.DRIVER_LICENCE,
        r"vin|chassis|châssis|vehicle identification|(?:n[o°º]|num[ée]ro) (?:de s[ée]rie|d['’]identification)"
        r"(?: du v[ée]hicule)?|fahrgestellnummer|bastidor",
        _VIN,
    ),
    _row(Label.MAC, "imei|meid", r"\d{14} ?\d|\d\d[- ]\d{6}[- ]\d{6}[- ]\d|\d{14,16}", 24),
    _row(Label.MAC, r"iccid|imsi|esim", r"89\d{16,18}|\d{15}", 24),
    _row(
        Label.PASSPORT,
        r"nexus|global entry|passid|sentri|known travell?er|ktn|redress",
        r"\d{9}|\d{3} \d{3} \d{3}|TT[A-Z\d]{7}",
        28,
    ),
    _row(
        Label.BANK_ACCOUNT,
        r"aeroplan|a[ée]roplan|air miles|(?:pc )?optimum|scene\+|flying blue|mileage ?plus|skymiles|avantage"
        r"|(?:frequent flyer|loyalty|fid[ée]lit[ée])(?: card| program| member)?",
        r"\d{3}([ -]?)\d{3}\1\d{3}|\d{4}([ -]?)\d{3}\2\d{4}|\d{4}([ -]?)\d{4}\3\d{4}(?:\3\d{4})?|\d{8,16}",
        28,
    ),
    _row(
        Label.SIN,
        r"(?:indian|band|treaty) (?:registration|registry|status)|registr(?:ation|y)(?= (?:no|num))"
        r"|(?:n[o°º]|num[ée]ro) (?:d['’]inscription|de statut)",
        r"\d{10}|\d{3}[- ]?\d{5}[- ]?\d\d",
        28,
    ),
    _row(
        Label.SIN,
        r"matricule|(?:employee|emp|staff|personnel|badge) (?=no|num|id|#)|emp ?#"
        r"|(?:n[o°º]|num[ée]ro) d['’]employ[ée]e?|employ[ée]e?(?= (?:no|num|n[o°º]|#))|(?<=\()employ[ée]e?(?= \Z)",
        r"\d{5,10}|[A-Z]{1,4}-?\d{4,8}",
        36,
    ),
    _row(  # professional registers
        Label.SIN,
        r"(?-i:RCIC|CICC|CPSO|CPSBC|OIIQ|NPI)(?: (?:registration|reg|licen[cs]e|permit|permis))?",
        r"R\d{6}|[A-Z]?\d{5,10}|\d{2,3}-\d{3,4}",
        20,
    ),
    _row(
        Label.DRIVER_LICENCE,
        r"(?-i:OL(?: [A-Z]{2})?)|oln|operator['’]?s? licen[cs]e",
        r"\d{6}-\d{3}",
        28,
    ),
    _row(
        Label.SIN,
        r"student|employee|pupil|matricule|badge|(?:n[o°º]|num[ée]ro) d['’](?:[ée]tudiante?|employ[ée]e?|[ée]l[èe]ve)",
        r"\d{7,10}|\d{3}[- ]\d{3}[- ]\d{3}",
        24,
    ),
    _row(
        Label.HEALTH_CARD,
        r"(?:pei|p\.e\.i\.|nb|ns|nl|nwt|nt|nunavut|yukon|alberta|manitoba|saskatchewan|b\.?c\.?) health(?: card)?"
        r"|(?:nwt|tno|northwest territories)(?: health(?: care)?(?: card)?)?",
        r"\d{8,10}|\d{3}[- ]\d{3}[- ]\d{3}|[NDMT]\d{7}",
        28,
    ),
    _row(Label.HEALTH_CARD, r"ramq|nam|assurance[ -]maladie|carte soleil", r"[A-Z]{4}(?: ?\d){8}", 28),
    _row(Label.SIN, r"ni|nino|national insurance", r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]", 28),
    _row(
        Label.SIN,
        r"s\.?i\.?n\.?|n\.?a\.?s\.?|social insurance|assurance sociale",
        r"\d{3}([/_.·])\d{3}\1\d{3}|\d(?:[ -]\d){8}|\d{3}(?: ?[/,_-] ?)\d{3}(?: ?[/,_-] ?)\d{3}",
        56,
    ),
)
_ANY_VIN = re.compile(
    rf"[1-5](?<![A-Za-z0-9/.-][1-5])(?=[A-Z\d]*[A-Z])[A-HJ-NPR-Z\d]{{7}}[\dX][A-HJ-NPR-Z\d]{{4}}\d{{4}}{_ENDS}"
)
_NEEDS = re.compile(r"\d[ ./_·-]{0,3}\d")
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_OF_LETTERS = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, *range(9, 10), *range(2, 10)), strict=True)
)


def find(text: str) -> Iterator[Span]:
    """The numbers of every row behind their words, and vehicles' numbers whose check digit holds."""
    if not _NEEDS.search(text):
        return
    low = lowered(text)
    for row in _ROWS:
        for match in row.shape.finditer(text) if row.words.among(low) else ():
            if explained(text, match.start(), row.words, row.reach):
                yield Span(*match.span(), row.label)
    for match in _ANY_VIN.finditer(text):
        if is_vehicle(match[0]):
            yield Span(*match.span(), Label.DRIVER_LICENCE)


def is_vehicle(number: str) -> bool:
    """Whether the ninth sign of a vehicle identification number is the check digit of the others."""
    values = (int(sign) if sign.isdigit() else _OF_LETTERS[sign] for sign in number)
    rest = sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True)) % 11
    return number[8] == ("X" if rest == len("0123456789") else str(rest))
