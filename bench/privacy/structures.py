"""Structures in which records of people stand: each makes a text of a few people, their names and values marked.

`mark` writes a value between private-use characters, so that a structure is plain string building; `marked` takes
removes them and returns the range of each value.
"""

import csv
import io
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OPEN, SHUT = "\ue000", "\ue001"
_MARKED = re.compile(f"{OPEN}(.):([^{SHUT}]*){SHUT}")


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of a record, with what else stands in it."""

    first: str
    last: str
    mail: str
    phone: str
    city: str
    company: str
    number: int

    @property
    def whole(self) -> str:
        """First and last name, as one marked value."""
        return mark(f"{plain(self.first)}{self.joint}{plain(self.last)}")

    @property
    def index(self) -> str:
        """Last and first name, as one marked value."""
        return mark(f"{plain(self.last)}, {plain(self.first)}")

    @property
    def joint(self) -> str:
        """What stands between the names: nothing in Chinese and Korean."""
        return "" if "\u3000" < plain(self.last)[0] < "\ud7ff" else " "


def mark(value: str) -> str:
    """The value, marked as a name that is to be found."""
    return f"{OPEN}n:{value}{SHUT}"


def plain(text: str) -> str:
    """The text with the marks removed."""
    return _MARKED.sub(r"\2", text)


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and where the marked values stand."""
    made, at, spans = "", 0, []
    for match in _MARKED.finditer(text):
        made += text[at : match.start()]
        spans.append((len(made), len(made) + len(match[2])))
        made += match[2]
        at = match.end()
    return made + text[at:], spans


People = Sequence[Someone]
KEYS: Mapping[str, Mapping[str, str]] = {
    "en": {"first": "first_name", "last": "last_name", "name": "name", "mail": "email", "phone": "phone",
           "city": "city", "company": "company", "full": "full_name", "people": "people"},
    "fr": {"first": "prenom", "last": "nom_famille", "name": "nom", "mail": "courriel", "phone": "telephone",
           "city": "ville", "company": "entreprise", "full": "nom_complet", "people": "personnes"},
}  # fmt: skip


def _parts(one: Someone, keys: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": one.number,
        keys["first"]: one.first,
        keys["last"]: one.last,
        keys["mail"]: one.mail,
        keys["city"]: one.city,
    }


def _wholes(one: Someone, keys: Mapping[str, str]) -> dict[str, Any]:
    return {keys["name"]: one.whole, keys["phone"]: one.phone, keys["company"]: one.company}


def _dumped(rows: Any, **how: Any) -> str:
    return json.dumps(rows, ensure_ascii=False, **how)


def _delimited(people: People, keys: Mapping[str, str], delimiter: str) -> str:
    rows = [_parts(one, keys) for one in people]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _markdown(people: People, keys: Mapping[str, str]) -> str:
    rows = [_wholes(one, keys) for one in people]
    lines = [
        " | ".join(rows[0]),
        " | ".join("---" for _ in rows[0]),
        *(" | ".join(map(str, row.values())) for row in rows),
    ]
    return "\n".join(f"| {line} |" for line in lines)


def _index_csv(people: People, keys: Mapping[str, str]) -> str:
    lines = [f'"{one.index}",{one.phone},{one.company}' for one in people]
    return "\n".join([f"{keys['full']},{keys['phone']},{keys['company']}", *lines])


def _fixed(people: People, keys: Mapping[str, str]) -> str:
    rows = [("ID", keys["first"], keys["last"], keys["city"])]
    rows += [(str(one.number), one.first, one.last, one.city) for one in people]
    widths = [max(len(plain(row[at])) for row in rows) + 2 for at in range(4)]
    return "\n".join(
        "".join(cell + " " * (width - len(plain(cell))) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _psql(people: People, keys: Mapping[str, str]) -> str:
    lines = [f" {one.number:>4} | {one.whole} | {one.mail}" for one in people]
    return "\n".join(
        [
            f"  id  | {keys['full']} | {keys['mail']}",
            "------+----------------------+----------------",
            *lines,
            f"({len(lines)} rows)",
        ]
    )


def _mysql(people: People, keys: Mapping[str, str]) -> str:
    rule = "+----+------------+--------------+"
    lines = [f"| {one.number} | {one.first} | {one.last} |" for one in people]
    return "\n".join([rule, f"| id | {keys['first']} | {keys['last']} |", rule, *lines, rule])


def _sql(people: People, keys: Mapping[str, str]) -> str:
    def quoted(text: str) -> str:
        return f"'{text.replace(chr(39), chr(39) * 2)}'"

    rows = [f"({one.number}, {quoted(one.first)}, N{quoted(one.last)}, {quoted(one.mail)})" for one in people]
    return (
        f"INSERT INTO clients (id, {keys['first']}, {keys['last']}, {keys['mail']}) VALUES\n  "
        + ",\n  ".join(rows)
        + ";"
    )


def _update(people: People, keys: Mapping[str, str]) -> str:
    def line(one: Someone) -> str:
        last = one.last.replace("'", "''")
        where = f"WHERE {keys['last']} = '{last}' AND id = {one.number};"
        return f"UPDATE users SET {keys['first']} = '{one.first}' {where}"  # noqa: S608 - a text to be read

    return "\n".join(map(line, people))


def _html(people: People, keys: Mapping[str, str]) -> str:
    head = "".join(f"<th>{keys[key]}</th>" for key in ("first", "last", "city"))
    rows = "\n".join(f"<tr><td>{one.first}</td><td>{one.last}</td><td>{one.city}</td></tr>" for one in people)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"


def _git(people: People, _: Mapping[str, str]) -> str:
    return "\n\n".join(
        f"commit 3f786850e387550fdab836ed7e6dc881de2300{one.number % 90 + 10}\nAuthor: {one.whole} <{one.mail}>\n"
        f"Date:   Mon Mar 4 10:1{one.number % 10}:00 2024 -0500\n\n    Fix the build\n\n"
        f"    Signed-off-by: {one.whole} <{one.mail}>"
        for one in people
    )


def _mail(people: People, _: Mapping[str, str]) -> str:
    first, *others = people
    to = ", ".join(f"{one.whole} <{one.mail}>" for one in others)
    return f"From: {first.whole} <{first.mail}>\nTo: {to}\nSubject: Invoice 4471\n\nPlease find it attached."


def _vcard(people: People, _: Mapping[str, str]) -> str:
    return "\n".join(
        f"BEGIN:VCARD\nVERSION:3.0\nN:{one.last};{one.first};;;\nFN:{one.whole}\nTEL;TYPE=CELL:{one.phone}\nEND:VCARD"
        for one in people
    )


def _form(english: bool) -> Callable[[People, Mapping[str, str]], str]:
    def form(people: People, _: Mapping[str, str]) -> str:
        if english:
            return "\n\n".join(
                f"Patient: {one.whole}\nPhone: {one.phone}\nCity: {one.city}\nEmployer: {one.company}"
                for one in people
            )
        return "\n\n".join(
            f"Nom : {one.last}\nPrénom : {one.first}\nTél. : {one.phone}\nVille : {one.city}\nEmployeur : {one.company}"
            for one in people
        )

    return form


def _lines(template: str, joint: str = "\n") -> Callable[[People, Mapping[str, str]], str]:
    """A structure that is one template for each person; keys stand in `<…>`, values in `[…]`."""

    def made(people: People, keys: Mapping[str, str]) -> str:
        filled = re.sub(r"<(\w+)>", lambda match: keys[match[1]], template)
        return joint.join(_filled(filled, one) for one in people)

    return made


def _filled(template: str, one: Someone) -> str:
    return re.sub(r"\[(\w+)\]", lambda match: str(getattr(one, match[1])), template)


def _wrapped(
    before: str, inner: Callable[[People, Mapping[str, str]], str], after: str = "", prefix: str = ""
) -> Callable[[People, Mapping[str, str]], str]:
    """A structure within another: fenced, quoted, numbered, in a diff."""

    def made(people: People, keys: Mapping[str, str]) -> str:
        lines = inner(people, keys).split("\n")
        return (
            before
            + "\n".join(prefix.replace("#", f"{at:6}") + line for at, line in enumerate(lines, 1))
            + after
        )

    return made


def _camel(people: People, _: Mapping[str, str]) -> str:
    return "\n".join(
        f'new PatientBuilder().withFirstName("{one.first}").withLastName("{one.last}").withCity("{one.city}").build();'
        for one in people
    )


def _csv(people: People, keys: Mapping[str, str]) -> str:
    return _delimited(people, keys, ",")


STRUCTURES: Mapping[str, Callable[[People, Mapping[str, str]], str]] = {
    "Markdown table": _markdown,
    "CSV": _csv,
    "CSV, fenced": _wrapped("Here is the export:\n```csv\n", _csv, "\n```"),
    "CSV, surname first": _index_csv,
    "CSV, in a diff": _wrapped("@@ -0,0 +1,9 @@\n", _csv, "", "+"),
    "CSV, numbered lines": _wrapped("", _csv, "", "#\t"),
    "CSV without header": _lines("[first],[last],[mail],[city]"),
    "semicolons": lambda people, keys: _delimited(people, keys, ";"),
    "TSV": lambda people, keys: _delimited(people, keys, "\t"),
    "quoted mail": _wrapped("", _markdown, "", "> "),
    "fixed width": _fixed,
    "psql": _psql,
    "mysql": _mysql,
    "SQL insert": _sql,
    "SQL update": _update,
    "HTML table": _html,
    "XML elements": _lines(
        "<row><firstName>[first]</firstName><lastName>[last]</lastName><town>[city]</town></row>".replace(
            "<", "\x01"
        ).replace(">", "\x02")
    ),
    "XML attributes": _lines('\x01person name="[whole]" email="[mail]" company="[company]"/\x02'),
    "key=value": _lines("<first>=[first] <last>=[last] <city>=[city]"),
    "logfmt": _lines('level=info user_id=[number] <full>="[whole]" <phone>=[phone]'),
    "JSON": lambda people, keys: _dumped([_parts(one, keys) for one in people], indent=2),
    "JSON, compact": lambda people, keys: _dumped(
        [_parts(one, keys) for one in people], separators=(",", ":")
    ),
    "JSON, nested": lambda people, keys: _dumped(
        {"total": 4, keys["people"]: [_wholes(one, keys) for one in people]}
    ),
    "JSON, cut off": lambda people, keys: _dumped([_wholes(one, keys) for one in people], indent=1)[:-12],
    "JSON lines": lambda people, keys: "\n".join(_dumped(_wholes(one, keys)) for one in people),
    "JSON in JSON": lambda people, keys: _dumped({"data": _dumped([_parts(one, keys) for one in people])}),
    "YAML": _lines("- <name>: [whole]\n  <mail>: [mail]\n  <city>: [city]"),
    "TOML": _lines(
        '[[<people>]]\n<first> = "[first]"\n<last> = "[last]"\n<company> = "[company]"'.replace(
            "[[", "\x03"
        ).replace("]]", "\x04")
    ),
    "INI": _lines("\x03contact\x04\n<full> = [whole]\n<phone> = [phone]", "\n\n"),
    "env": lambda people, keys: _lines(
        "export CONTACT_FIRST_NAME='[first]'\nexport CONTACT_LAST_NAME='[last]'"
    )(people[:1], keys),
    "form, English": _form(english=True),
    "form, French": _form(english=False),
    "vCard": _vcard,
    "LDIF": _lines(
        "dn: uid=u[number],ou=people,dc=example,dc=org\ngivenName: [first]\nsn: [last]\ncn: [whole]\nl: [city]",
        "\n\n",
    ),
    "mail headers": _mail,
    "git log": _git,
    "mailmap": _lines("[whole] \x01[mail]\x02 \x01u[number]@users.noreply.example.org\x02"),
    "Python": _lines("people.append({'<first>': '[first]', '<last>': \"[last]\", '<city>': '[city]'})"),
    "TypeScript": _lines(
        'const u[number]: User = { firstName: "[first]", lastName: "[last]", company: "[company]" };'
    ),
    "Ruby": _lines('User.create!(<first>: "[first]", <last>: "[last]", <city>: "[city]")'),
    "Go": _lines('{ID: [number], FirstName: "[first]", LastName: "[last]", City: "[city]"},'),
    "Rust": _lines('Person { first_name: "[first]".to_string(), last_name: "[last]".to_string(), age: 41 },'),
    "Java": _camel,
    "C#": _lines('new Customer { FirstName = "[first]", LastName = "[last]", Company = "[company]" },'),
    "PHP": _lines("\x03'<first>' => '[first]', '<last>' => \"[last]\", '<city>' => '[city]'\x04,"),
    "Kotlin": _lines('Patient(firstName = "[first]", lastName = "[last]", city = "[city]"),'),
}
_STAND_INS = str.maketrans({"\x01": "<", "\x02": ">", "\x03": "[", "\x04": "]"})


def written(name: str, people: People, language: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of a structure, and where the names stand in it."""
    return marked(STRUCTURES[name](people, KEYS[language]).translate(_STAND_INS))


def shuffled(rng: random.Random, count: int) -> list[int]:
    """Distinct record numbers in random order."""
    return rng.sample(range(100, 999), count)
