"""Makes the evaluation set of patterned values: `python -m tools.privacy_training.values` writes `values.jsonl`.

Each value is valid if its kind has a check, is drawn with a fixed seed, and is made up. The formats are those that
people write; the set measures how many formats are recognised, not how often each occurs.
"""

import json
import random
import re
import string
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stdnum import iban, luhn

from tools.privacy_training.exam import TARGETS, table

SLOT = re.compile(r"\[([A-Z_]+)\]")
COPIES = 8
Random = random.Random
_AREAS = ("416", "514", "604", "902", "418", "780", "306", "204", "819", "613")
_STREETS = (
    "Maple Street",
    "King Street West",
    "Bloor St. E.",
    "Elm Avenue",
    "Lakeshore Road",
    "Pine Crescent",
)
_RUES = (
    "rue Saint-Denis",
    "boulevard René-Lévesque",
    "avenue du Parc",
    "chemin du Lac",
    "rue de la Montagne",
    "rang Saint-Joseph",
)
_CITIES = ("Toronto, ON M5V 2T6", "Halifax, NS B3H 4R2", "Vancouver, BC V6B 1A1", "Regina, SK S4P 3Y2")
_VILLES = ("Montréal (Québec) H2X 1Y4", "Gatineau, QC J8X 3X7", "Sherbrooke (Québec) J1H 4A1")
_MONTHS = ("January", "March", "June", "August", "November")
_MOIS = ("janvier", "mars", "juin", "août", "novembre")


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _checked(rng: Random, head: str, length: int) -> str:
    body = head + _digits(rng, length - len(head) - 1)
    return body + luhn.calc_check_digit(body)


def _grouped(rng: Random, number: str, *sizes: int) -> str:
    groups, at = [], 0
    for size in sizes:
        groups.append(number[at : at + size])
        at += size
    return rng.choice((" ", "-", " ")).join(groups)


def _email(rng: Random, _: str) -> str:
    words = (
        "garden",
        "maple",
        "north",
        "studio",
        "petit",
        "reception",
        "marche",
        "atelier",
        "info2",
        "k.ward",
    )
    host = rng.choice(("gmail.com", "videotron.ca", "acme-tools.com", "umontreal.ca", "mail.example.org"))
    joint, number = rng.choice(("", ".", "_", "-")), rng.choice(("", "7", "1982"))
    return f"{rng.choice(words)}{joint}{rng.choice(words)}{number}@{host}"


def _phone(rng: Random, _: str) -> str:
    area, exchange, line = rng.choice(_AREAS), f"{rng.randrange(220, 550)}", _digits(rng, 4)
    shapes = ("{}-{}-{}", "({}) {}-{}", "{}.{}.{}", "+1 {} {} {}", "1-{}-{}-{}", "{} {}-{}")
    return rng.choice(shapes).format(area, exchange, line)


def _card(rng: Random, _: str) -> str:
    number = _checked(rng, rng.choice(("4520", "5191", "4506", "5415")), 16)
    return rng.choice((number, _grouped(rng, number, 4, 4, 4, 4)))


def _health(rng: Random, language: str) -> str:
    if language == "fr":
        month = rng.choice((rng.randrange(1, 13), rng.randrange(51, 63)))
        letters = "".join(rng.choices(string.ascii_uppercase, k=4))
        return f"{letters} {rng.randrange(40, 99)}{month:02} {rng.randrange(1, 29):02}{_digits(rng, 2)}"
    number = _checked(rng, rng.choice("123456789"), 10)
    return f"{number[:4]}-{number[4:7]}-{number[7:]}{rng.choice(('', '-VG', ' AB'))}"


def _iban(rng: Random, _: str) -> str:
    number = rng.choice(("DE", "FR", "GB"))
    body = {"DE": _digits(rng, 18), "FR": _digits(rng, 23), "GB": "NWBK" + _digits(rng, 14)}[number]
    check = iban.calc_check_digits(f"{number}00{body}")
    text = f"{number}{check}{body}"
    return rng.choice((text, " ".join(re.findall(".{1,4}", text))))


def _licence(rng: Random, language: str) -> str:
    head = rng.choice(string.ascii_uppercase) + _digits(rng, 4)
    day, month = f"{rng.randrange(1, 29):02}", f"{rng.randrange(1, 13):02}"
    if language == "fr":
        return f"{head}-{day}{month}{rng.randrange(40, 99)}-{_digits(rng, 2)}"
    return f"{head}-{_digits(rng, 5)}-{_digits(rng, 1)}{month}{day}"


def _dob(rng: Random, language: str) -> str:
    day, month, year = rng.randrange(1, 29), rng.randrange(5), rng.randrange(1940, 2012)
    worded = f"{day} {_MOIS[month]} {year}" if language == "fr" else f"{_MONTHS[month]} {day}, {year}"
    return rng.choice((worded, f"{year}-{month + 1:02}-{day:02}", f"{day:02}/{month + 1:02}/{year}"))


def _address(rng: Random, language: str) -> str:
    if language == "fr":
        return f"{rng.randrange(2, 9800)}, {rng.choice(_RUES)}, {rng.choice(_VILLES)}"
    unit = rng.choice(("", "", f", Unit {rng.randrange(1, 40)}", f", Apt {rng.randrange(1, 40)}"))
    return f"{rng.randrange(2, 9800)} {rng.choice(_STREETS)}{unit}, {rng.choice(_CITIES)}"


def _postal(rng: Random, _: str) -> str:
    letters = rng.choices("ABCEGHJKLMNPRSTVXY", k=3)
    return f"{letters[0]}{_digits(rng, 1)}{letters[1]} {_digits(rng, 1)}{letters[2]}{_digits(rng, 1)}"


def _ip(rng: Random, _: str) -> str:
    four = (
        f"{rng.choice((24, 66, 142, 207))}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    )
    return rng.choice((four, four, f"2607:f2c0:{rng.randrange(4096, 65536):x}::{rng.randrange(1, 4096):x}"))


def _secret(rng: Random, _: str) -> str:
    token = "".join(rng.choices(string.ascii_letters + string.digits, k=36))
    return rng.choice((f"sk-proj-{token}", f"ghp_{token}", f"hf_{token}"))


MAKERS: Mapping[str, Callable[[Random, str], str]] = {
    "EMAIL": _email,
    "PHONE": _phone,
    "SIN": lambda rng, _: _grouped(rng, _checked(rng, rng.choice("1234567"), 9), 3, 3, 3),
    "CREDIT_CARD": _card,
    "HEALTH_CARD": _health,
    "IBAN": _iban,
    "BANK_ACCOUNT": lambda rng, _: f"{_digits(rng, 5)}-00{rng.choice('12346')}-{_digits(rng, 7)}",
    "PASSPORT": lambda rng, _: "".join(rng.choices(string.ascii_uppercase, k=2)) + _digits(rng, 6),
    "DRIVER_LICENCE": _licence,
    "DOB": _dob,
    "ADDRESS": _address,
    "POSTAL_CODE": _postal,
    "IP": _ip,
    "MAC": lambda rng, _: ":".join(f"{rng.randrange(256):02x}" for _ in range(6)),
    "SECRET": _secret,
}


def filled(template: str, language: str, rng: Random) -> dict[str, Any]:
    """A sentence with a value in each place, and the values' spans."""
    text, at = "", 0
    spans: list[dict[str, Any]] = []
    for match in SLOT.finditer(template):
        value = MAKERS[match[1]](rng, language)
        text += template[at : match.start()] + value
        spans.append({"start": len(text) - len(value), "end": len(text), "label": match[1]})
        at = match.end()
    return {
        "text": text + template[at:],
        "lang": language,
        "kind": "values",
        "case": "as written",
        "spans": spans,
    }


def rows(rng: Random) -> Iterator[dict[str, Any]]:
    """Every sentence several times, with other values each time; then those without values."""
    for language in ("en", "fr"):
        for template in table("values")[language]:
            yield from (filled(template, language, rng) for _ in range(COPIES))
    for text in table("values")["negative"]:
        yield {"text": text, "lang": "en", "kind": "negative", "case": "as written", "spans": []}


def main() -> None:
    """Write `values.jsonl` and print how many documents it has."""
    documents = list(rows(random.Random(1871)))  # noqa: S311 - made-up values, nothing secret
    lines = [
        json.dumps({"id": f"{number:04}", **row}, ensure_ascii=False) for number, row in enumerate(documents)
    ]
    (TARGETS / "values.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(f"values: {len(documents)} documents\n")


if __name__ == "__main__":
    main()
