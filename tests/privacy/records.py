"""Records of made-up people, and what a model writes about them: templates filled with any values of a record."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from ni.privacy.recognisers.dates import ENGLISH, FRENCH


@dataclass(frozen=True)
class Record:
    """One person; `dob` as it is written in the request."""

    given: str
    family: str
    dob: str
    sin: str
    card: str
    phone: str
    street: str
    city: str
    code: str
    email: str
    iban: str
    health: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def born(self) -> date:
        return parsed(self.dob)

    @property
    def number(self) -> str:
        return re.search(r"\d+", self.street)[0]  # type: ignore[index]

    @property
    def road(self) -> str:
        """The street without its number."""
        return self.street.replace(self.number, "").lstrip(", ")

    def lines(self) -> str:
        """The record as a request says it."""
        return (
            f"Name: {self.name}\nDate of birth: {self.dob}\nSIN: {self.sin}\nCredit card: {self.card}\n"
            f"Phone: {self.phone}\nAddress: {self.street}, {self.city} {self.code}\nEmail: {self.email}\n"
            f"IBAN: {self.iban}\nHealth card: {self.health}"
        )

    def like(self, lines: str) -> "Record":
        """The record that masked lines say."""
        told = dict(line.split(": ", 1) for line in lines.splitlines())
        given, family = told["Name"].split(" ", 1)
        street = told["Address"].removesuffix(f", {self.city} {told['Address'][-7:]}")
        return replace(
            self, given=given, family=family, dob=told["Date of birth"], sin=told["SIN"], card=told["Credit card"],
            phone=told["Phone"], street=street, code=told["Address"][-7:], email=told["Email"], iban=told["IBAN"],
            health=told["Health card"],
        )  # fmt: skip


def parsed(text: str) -> date:
    """The date that one of the formats of these records means."""
    words = re.findall(r"\w+", text)
    months = {name: at for names in (ENGLISH[0], FRENCH[0]) for at, name in enumerate(names, 1)}
    if len(words[0]) == 4 and words[0].isdigit():
        return date(int(words[0]), int(words[1]), int(words[2]))
    if words[0] in months:
        return date(int(words[2]), months[words[0]], int(words[1]))
    return date(int(words[2]), months[words[1]], int(re.sub(r"\D", "", words[0])))


RECORDS = (
    Record("Keith", "Wilson", "1984-03-05", "046 454 286", "4111 1111 1111 1111", "416-967-1111",
           "123 Main Street", "Toronto, ON", "M5V 2T6", "kwilson@acme.ca",
           "GB82 WEST 1234 5698 7654 32", "1234-567-897"),
    Record("Élodie", "Bissonnette", "5 mars 1979", "130 692 544", "5555 5555 5555 4444", "(514) 987-6543",
           "4500, rue Saint-Denis", "Montréal, QC", "H2J 2L1", "elodie.bissonnette@exemple.ca",
           "FR14 2004 1010 0505 0001 3M02 606", "BISE 7953 0519"),
    Record("Priya", "Raghavan", "October 12, 1991", "046-454-286", "4012888888881881", "604.967.2222",
           "77 King George Boulevard", "Vancouver, BC", "V6B 1A1", "priyar91@acme.ca",
           "DE89 3704 0044 0532 0130 00", "9876-543-217"),
    Record("Jean-Luc", "O'Connor", "1966-12-30", "046454286", "378282246310005", "+1 613 967 3333",
           "9 Elm Crescent", "Ottawa, ON", "K1A 0B1", "OConnor.JeanLuc@acme.com",
           "NL91 ABNA 0417 1643 00", "1234-567-897"),
)  # fmt: skip

Template = Callable[[Record], str]


def digits(text: str) -> str:
    """The digits of a number."""
    return re.sub(r"\D", "", text)


def national(record: Record) -> str:
    """The ten digits of a North American number."""
    return digits(record.phone)[-10:]


def _month(names: tuple[str, ...], day: date) -> str:
    return names[day.month - 1]


def _ordinal(day: int) -> str:
    ending = "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


EN, EN_SHORT, FR = ENGLISH[0], ENGLISH[1], FRENCH[0]
_SHORTER = {"Street": "St.", "Boulevard": "Blvd", "Crescent": "Cres.", ", rue": " rue"}


def _shorter(street: str) -> str:
    for word, short in _SHORTER.items():
        street = street.replace(word, short)
    return street


ENDINGS: tuple[Template, ...] = (
    lambda r: f"Your card ending in {digits(r.card)[-4:]} was charged.",
    lambda r: f"The card (ending **{digits(r.card)[-4:]}**) is valid.",
    lambda r: f"Visa …{digits(r.card)[-4:]} expires soon.",
    lambda r: f"Card: **** **** **** {digits(r.card)[-4:]}",
    lambda r: f"Card: XXXX-XXXX-XXXX-{digits(r.card)[-4:]}.",
    lambda r: f"La carte se terminant par {digits(r.card)[-4:]} est refusée.",
    lambda r: f"Les quatre derniers chiffres de la carte sont {digits(r.card)[-4:]}.",
    lambda r: f"The last four digits of your card are {digits(r.card)[-4:]}.",
    lambda r: f"I see {digits(r.card)[-4:]} as the last four digits.",
    lambda r: f"Number ending with {national(r)[-4:]}? Call it.",
    lambda r: f"Le numéro de téléphone finit par {national(r)[-4:]}.",
    lambda r: f"The SIN ends in {digits(r.sin)[-3:]}.",
    lambda r: f"SIN: ***-***-{digits(r.sin)[-3:]}",
    lambda r: f"Le NAS commence par {digits(r.sin)[:3]} et se termine par {digits(r.sin)[-3:]}.",
    lambda r: f"The area code {national(r)[:3]} is right.",
    lambda r: f"L'indicatif régional est le {national(r)[:3]}.",
    lambda r: f"The IBAN ends in {digits(r.iban)[-4:]}.",
    lambda r: f"- Card: •••• {digits(r.card)[-4:]}\n- SIN: •••{digits(r.sin)[-3:]}",
)
DATES: tuple[Template, ...] = (
    lambda r: f"Born on {_month(EN, r.born)} {r.born.day}, {r.born.year}.",
    lambda r: f"Born {r.born.day} {_month(EN, r.born)} {r.born.year}.",
    lambda r: f"born the {_ordinal(r.born.day)} of {_month(EN, r.born)} {r.born.year}",
    lambda r: f"{_month(EN_SHORT, r.born)}. {r.born.day}, {r.born.year}",
    lambda r: f"née le {r.born.day} {_month(FR, r.born)} {r.born.year}",
    lambda r: f"DOB {r.born.isoformat()}",
    lambda r: f"{r.born.day:02}/{r.born.month:02}/{r.born.year}",
    lambda r: f"{r.born.month:02}/{r.born.day:02}/{r.born.year % 100:02}",
    lambda r: f"{r.born.month}/{r.born.day}/{r.born.year}",
    lambda r: f"{r.born.year}/{r.born.month:02}/{r.born.day:02}",
    lambda r: f"{r.born:%Y%m%d}",
    lambda r: f"She was born in {r.born.year}, so she may apply.",
    lambda r: f"Année de naissance : {r.born.year}",
    lambda r: f"Their birthday is {_month(EN, r.born)} {r.born.day}.",
    lambda r: f"Son anniversaire est le {r.born.day} {_month(FR, r.born)}.",
    lambda r: f"born in {_month(EN, r.born)} {r.born.year}",
    lambda r: f'{{"dob": "{r.born.isoformat()}T00:00:00Z"}}',
    lambda r: f"**{_month(EN, r.born).upper()} {r.born.day}, {r.born.year}**",
)
NUMBERS: tuple[Template, ...] = (
    lambda r: f"Call {national(r)}.",
    lambda r: f"Call ({national(r)[:3]}) {national(r)[3:6]}-{national(r)[6:]}.",
    lambda r: f"tel:+1{national(r)}",
    lambda r: f"+1 {national(r)[:3]} {national(r)[3:6]} {national(r)[6:]}",
    lambda r: f"1-{national(r)[:3]}-{national(r)[3:6]}-{national(r)[6:]}",
    lambda r: f"{national(r)[:3]}\u2011{national(r)[3:6]}\u2011{national(r)[6:]}",
    lambda r: f"{national(r)[:3]}.{national(r)[3:6]}.{national(r)[6:]}",
    lambda r: f"**{national(r)[:3]}**-{national(r)[3:6]}-{national(r)[6:]}",
    lambda r: f"`{digits(r.sin)}`",
    lambda r: "-".join(re.findall("...", digits(r.sin))),
    lambda r: "\u202f".join(re.findall("...", digits(r.sin))),
    lambda r: digits(r.card),
    lambda r: "-".join(re.findall(r"\d{1,4}", digits(r.card))),
    lambda r: " ".join(re.findall(r"\d{1,4}", digits(r.card))),
    lambda r: re.sub(r"\W", "", r.iban),
    lambda r: re.sub(r"\W", "", r.health),
    lambda r: re.sub(r"\W", "", r.code),
    lambda r: f"postal code {r.code.lower()}",
)
ADDRESSES: tuple[Template, ...] = (
    lambda r: f"{r.name}\n{r.street}\n{r.city}  {r.code}\nCanada",
    lambda r: f"{r.street}<br>{r.city}<br>{r.code}",
    lambda r: f"- Street: {r.street}\n- City: {r.city}\n- Postal code: {r.code}",
    lambda r: f"Is {r.street} near the station?",
    lambda r: f"{r.road} is closed.",
    lambda r: f"The postal code {r.code} is in {r.city}.",
    lambda r: f"**{r.street}**, {r.city} _{r.code}_",
    lambda r: f'{{"street": "{r.street}", "postal_code": "{r.code}"}}',
    lambda r: f"{r.street.upper()}\\n{r.code}",
    lambda r: f"House number {r.number}, {r.road}",
)
NAMES: tuple[Template, ...] = (
    lambda r: f"The {plural(r.family)} are away.",
    lambda r: f"Les {r.family} sont partis.",
    lambda r: f"{r.given}'s file, {r.family}’s file",
    lambda r: f"{r.given[0]}. {r.family} signed.",
    lambda r: f"{r.family}, {r.given[0]}. (2020)",
    lambda r: f"{r.given} {r.family[0]}. replied.",
    lambda r: f"**{r.given}** {r.family} and {r.given} **{r.family}**",
    lambda r: f"<b>{r.given}</b> {r.family}",
    lambda r: f"{r.given}\n{r.family}, {r.given}  {r.family}",
    lambda r: f"{r.name.upper()} / {r.name.lower()}",
    lambda r: f"{r.family.upper()}, {r.given}",
    lambda r: f"Dear {r.given},",
    lambda r: f"class {glued(r.given)}{glued(r.family)}Account:",
    lambda r: f"get{glued(r.family)}File()",
    lambda r: f"{glued(r.given).lower()}{glued(r.family).lower()}",
    lambda r: f"user {glued(r.given)[0].lower()}{glued(r.family).lower()}",
    lambda r: f"user {glued(r.family).lower()}{glued(r.given)[0].lower()}",
    lambda r: f"{glued(r.family)}_{r.given[0]}.pdf" if "'" not in r.family else r.family,
    lambda r: f"Write to {r.email}.",
    lambda r: f"[{r.name}](mailto:{r.email})",
    lambda r: f"le dossier de {r.name}, celui de {r.given}",
)
# Written after the rest was built, to see what it does not know; what it still does not stands in the documents.
SECOND: tuple[Template, ...] = (
    lambda r: f"Your Visa (x{digits(r.card)[-4:]}) was declined.",
    lambda r: f"card #{digits(r.card)[-4:]}",
    lambda r: f"Card ...{digits(r.card)[-4:]} is active",
    lambda r: f"| Card | ending {digits(r.card)[-4:]} |",
    lambda r: f"Mastercard – {digits(r.card)[-4:]}",
    lambda r: f'{{"last4": "{digits(r.card)[-4:]}"}}',
    lambda r: f'{{"card_last_four": {digits(r.card)[-4:]}}}',
    lambda r: f"Can you confirm the card that ends in {digits(r.card)[-4:]}?",
    lambda r: f"votre carte finissant par {digits(r.card)[-4:]}",
    lambda r: f"les 4 derniers chiffres ({digits(r.card)[-4:]})",
    lambda r: f"la carte dont le numéro finit par « {digits(r.card)[-4:]} »",
    lambda r: f"(***) ***-{national(r)[-4:]}",
    lambda r: f"XXX-XXX-{national(r)[-4:]}",
    lambda r: f"the phone number ending {national(r)[-4:]}",
    lambda r: f"XXX XXX {digits(r.sin)[-3:]}",
    lambda r: f"The first three digits of the SIN are {digits(r.sin)[:3]}.",
    lambda r: f"{r.iban[:2]}•• •••• {re.sub(' ', '', r.iban)[-4:]}",
    lambda r: f"health number {re.sub('[^0-9A-Z]', ' ', r.health)}",
    lambda r: f"{national(r)[:3]} is the area code",
    lambda r: ".".join(re.findall(r"\d{1,4}", digits(r.card))),
    lambda r: f"{national(r)[:3]} {national(r)[3:6]} {national(r)[6:]}",
    lambda r: f"{national(r)[:3]}/{national(r)[3:6]}-{national(r)[6:]}",
    lambda r: f"{national(r)[:3]} - {national(r)[3:6]} - {national(r)[6:]}",
    lambda r: f"1.{national(r)[:3]}.{national(r)[3:6]}.{national(r)[6:]}",
    lambda r: f"{national(r)[:3]}–{national(r)[3:6]}–{national(r)[6:]}",
    lambda r: f"just dial {national(r)[3:6]}-{national(r)[6:]} locally",
    lambda r: f"{r.family},{r.given},{r.born.isoformat()},{national(r)},{digits(r.sin)}",
    lambda r: f"{r.name}\t{r.phone}\t{r.sin}",
    lambda r: f"| {r.name} | {r.born.isoformat()} | {r.phone} | {r.code} |",
    lambda r: f"<name>{r.name}</name><dob>{r.born.isoformat()}</dob>",
    lambda r: f"VALUES ('{r.given}', '{r.born:%Y-%m-%d}', '{digits(r.sin)}')" if "'" not in r.given else "",
    lambda r: f'{{"firstName":"{r.given}","phone":"+1{national(r)}"}}',
    lambda r: f"{_month(EN, r.born)} {r.born.day:02}, {r.born.year}",
    lambda r: f"on the {r.born.day} of {_month(EN, r.born)}, {r.born.year}",
    lambda r: f"{r.born.day:02}.{r.born.month:02}.{r.born.year}",
    lambda r: f"{r.born.day:02}-{EN_SHORT[r.born.month - 1]}-{r.born.year}",
    lambda r: f"{r.born.day:02} {EN_SHORT[r.born.month - 1].upper()} {r.born.year}",
    lambda r: f"born in {EN_SHORT[r.born.month - 1]} '{r.born.year % 100:02}",
    lambda r: f"né le {r.born.day} {FRENCH[1][r.born.month - 1]}. {r.born.year}",
    lambda r: f"Elle est née en {FR[r.born.month - 1]} {r.born.year}.",
    lambda r: f"{r.name} (b. {r.born.year})",
    lambda r: f"{r.given}'s year of birth is {r.born.year}.",
    lambda r: f"Year: {r.born.year} (birth year)",
    lambda r: f"{r.street.upper()}\n{r.city.upper()}  {r.code.replace(' ', '')}",
    lambda r: f"ship to {r.name}, {r.street}, {r.city}, {r.code}, Canada",
    lambda r: f"{_shorter(r.street)} {r.city}",
    lambda r: f'{{"line1": "{r.street}", "city":"{r.city}", "zip":"{r.code}"}}',
    lambda r: r.street.replace(",", ""),
    lambda r: f"postal codes starting with {r.code[:3]}",
    lambda r: r.code.replace(" ", "").lower(),
    lambda r: r.code.replace(" ", "\u00a0"),
    lambda r: f"the {r.family} family; the {plural(r.family)}' house",
    lambda r: f"Mr. {r.family} and Ms. {r.family}, Dr {r.family}",
    lambda r: f"M. {r.family} et Mme {r.family}",
    lambda r: f"Initials: {r.given[0]}.{r.family[0]}.",
    lambda r: f"{r.given[0]}. {r.family[0]}. approved",
    lambda r: f"{r.family}, {r.given[0]}., & Roe, Q. (2019)",
    lambda r: f"@{glued(r.given)}{glued(r.family)}",
    lambda r: f"https://example.com/users/{glued(r.given).lower()}-{glued(r.family).lower()}",
    lambda r: f"https://linkedin.example/in/{glued(r.given).lower()}{glued(r.family).lower()}",
    lambda r: f"{glued(r.given).lower()}.{glued(r.family).lower()}@company.com",
    lambda r: f"{glued(r.given)[0].lower()}{glued(r.family).lower()}@company.com",
    lambda r: f"{glued(r.given).lower()}_{glued(r.family).lower()}_contract.pdf",
    lambda r: f"{glued(r.family).upper()}_ACCOUNT",
    lambda r: f"const {glued(r.given).lower()}{glued(r.family)} = 1",
    lambda r: f"<strong>{r.given}</strong> <em>{r.family}</em>",
    lambda r: f"\\textbf{{{r.given}}} {r.family}",
    lambda r: f"# {r.name.upper()}\n## {r.name}",
    lambda r: f"l'amie de {r.given}, qu'{r.given} aime",
    lambda r: f"“{r.name}”",
    lambda r: json.dumps(r.name),
    lambda r: f"{r.family.upper()} {r.given}",
    lambda r: " ".join(re.findall(".{1,4}", re.sub(r"\W", "", r.iban))),
    lambda r: re.sub(r"\W", "", r.iban).lower(),
    lambda r: r.email.upper(),
    lambda r: r.email.replace("@", " [at] "),
)
TEMPLATES = (*ENDINGS, *DATES, *NUMBERS, *ADDRESSES, *NAMES, *SECOND)


def plural(name: str) -> str:
    """A family's name in the English plural."""
    return name + ("es" if name.endswith(("s", "x", "z", "ch", "sh")) else "s")


def glued(name: str) -> str:
    """A name within an identifier: letters alone, without accents, each piece with a capital as it has one."""
    import unicodedata

    plain = "".join(char for char in unicodedata.normalize("NFD", name) if not unicodedata.combining(char))
    return "".join(re.findall("[A-Za-z]+", plain))
