"""Rows, records, logs and code in ten languages with people in them, or with names that are variables and nobody."""

import json
import random
from collections.abc import Callable, Sequence

from ni.privacy.training.people import Person, draw_person
from ni.privacy.training.templates import Example, fill, fillers

HEADERS = (
    ("first", "last"), ("first_name", "last_name"), ("firstName", "lastName"), ("given", "family"), ("prenom", "nom"),
    ("prénom", "nom de famille"), ("First Name", "Surname"), ("FNAME", "LNAME"),
)  # fmt: skip
WHOLE = ("name", "Name", "nom", "full_name", "fullName", "patient", "customer", "author", "client", "contact", "employee",
         "auteur", "responsable", "owner", "assignee", "student")  # fmt: skip
EXTRA = ("city", "job", "amount", "date", "num", "phone", "email", "ref", "product")


class Writer:
    """Puts text together and remembers where people stand."""

    def __init__(self) -> None:
        self.text = ""
        self.people: list[tuple[int, int]] = []

    def add(self, text: str) -> "Writer":
        """Text without anybody."""
        self.text += text
        return self

    def name(self, text: str) -> "Writer":
        """Somebody."""
        self.people.append((len(self.text), len(self.text) + len(text)))
        return self.add(text)

    def example(self) -> Example:
        """What was put together."""
        return Example(self.text, tuple(self.people))


def _extra(rng: random.Random) -> tuple[str, Callable[[], str]]:
    kind = rng.choice(EXTRA)
    return kind, lambda: fill("{" + kind + "}", rng).text


def table(rng: random.Random) -> Example:
    """Rows with a separator, a header or none, people whole or in two cells."""
    rows = [draw_person(rng) for _ in range(rng.randrange(1, 6))]
    separator = rng.choice((",", ",", ";", "\t", "|", " | ", ", "))
    split, extra = rng.random() < 0.5, [_extra(rng) for _ in range(rng.randrange(0, 4))]
    header = [*(rng.choice(HEADERS) if split else (rng.choice(WHOLE),)), *(name for name, _ in extra)]
    edge = "| " if separator == " | " else ""
    writer = Writer()
    if rng.random() < 0.75:
        writer.add(edge + separator.join(header) + edge[::-1] + "\n")
        if edge:
            writer.add("|" + " --- |" * len(header) + "\n")
    quote = rng.choice(("", "", "", '"', "'"))
    index = rng.random() < 0.2
    for row in rows:
        writer.add(edge)
        if index:
            writer.add(f"{rng.randrange(1, 9999)}{separator}")
        _cells(writer, row, split, quote, separator, rng)
        writer.add("".join(separator + value() for _, value in extra) + edge[::-1] + "\n")
    return writer.example()


def _cells(writer: Writer, row: Person, split: bool, quote: str, separator: str, rng: random.Random) -> None:
    if split:
        writer.add(quote).name(row.first).add(quote + separator + quote).name(row.last).add(quote)
    elif rng.random() < 0.2 and "," not in separator:
        writer.add(quote).name(f"{row.last}, {row.first}").add(quote)
    else:
        writer.add(quote).name(f"{row.first} {row.last}").add(quote)


PAIRS = (
    "{a}={F} {b}={L} city={city}", "{a}={F}, {b}={L}", '"{a}": "{F}", "{b}": "{L}", "id": {num}', "{a}: {F}\n{b}: {L}\nrole: {job}",
    "'{a}': '{F}', '{b}': '{L}'", "<{a}>{F}</{a}><{b}>{L}</{b}>", "<td>{F}</td><td>{L}</td><td>{city}</td>", '{a} = "{F}"\n{b} = "{L}"',
    "INSERT INTO t ({a}, {b}) VALUES ('{F}', '{L}'), ('{F2}', '{L2}');", "{a}\t{F}\n{b}\t{L}", "- {a}: {F}\n  {b}: {L}", '{a}="{F}" {b}="{L}" level=info',
    ":{a} => '{F}', :{b} => '{L}'", "?{a}={F}&{b}={L}", "N:{L};{F};;;\nFN:{F} {L}", '{{"{a}":"{F}","{b}":"{L}"}}', "<li>{F} {L} ({num})</li>",
    '<span class="{a}">{P}</span>', "<h2>{P}</h2>\n<p>{job}, {org}</p>", "{num},{date},{F},{L},{amount}", "UPDATE t SET {a} = '{F}' WHERE {b} = '{L}';",
)  # fmt: skip
LOGS = (
    "{date} {time} INFO login user=\"{P}\" ip={ip}", "{date}T{time} [main] DEBUG Sending mail to {P}", "commit {num}abc{num2}\nAuthor: {P} <{email}>\nDate:   {date}\n\n    Fix {slug}",
    "{num}abc ({P} {date} {time} {num2})     return {slug}", "Merge branch '{slug}' by {P}", "   {num}\t{P}", "Reviewed-by: {P}\nAcked-by: {P2}", "git log --author=\"{P}\" --since={year}",
    "git config user.name \"{P}\"", "git commit --author='{P} <{email}>' -m \"fix {slug}\"", "Tested-by: {P} <{email}>", "From: {P} <{email}>\nDate: {date}\nSubject: [PATCH] {subject}",
    "[{time}] <{F}> {phrase}", "{F} joined the call", "{F} has left", "{P} is typing...", "[audit] {P} approved change {ref}", "WARN: booking of {P} ({ref}) overlaps", "ERROR: no such employee: {P}",
    "* {P} merged {ref} into main", "@{F} pushed {num} commits", "Assignee: {P} | Reporter: {P2} | Sprint {num}", "DTSTART:{date}\nORGANIZER;CN={P}:mailto:{email}", "CN={P},OU=Sales,O={org}",
    "drwxr-xr-x 2 {user} staff {num} {slug}", "Last login: {date} from {ip}", "{date} {time} GET /users/{num} 200", "uid={num}({user}) gid={num2}(staff)",
)  # fmt: skip
CODE = (
    "// reviewed by {P}", "# thanks to {P} for the report", "/* {P}: do not change this, see {ref} */", "-- asked by {F}, {date}", "<!-- written by {P} -->", "// TODO({F}): remove", "# FIXME {F} wants this in {month}",
    "User u = new User(\"{P}\", {num});", "var user = new User {{ Name = \"{P}\" }};", "let name = \"{P}\".to_string();", "user := User{{Name: \"{P}\"}}", "$user->setName('{P}');", "user = User.new(name: \"{P}\")",
    "val user = User(\"{P}\")", "std::string name = \"{P}\";", "expect(screen.getByText('{P}')).toBeVisible()", "assertEquals(\"{P}\", user.getName());", "self.assertEqual(user.name, '{P}')", "puts \"Hello {F}\"",
    "printf(\"%s\\n\", \"{P}\");", "console.log(`Hi {F}`)", "const names = ['{P}', '{P2}', '{P3}'];", "people = [(\"{P}\", {num}), (\"{P2}\", {num2})]", "echo \"Owner: {P}\"", "export CONTACT=\"{P}\"", "WHERE name LIKE '%{L}%'",
    "SELECT * FROM patients WHERE last_name = '{L}' AND first_name = '{F}';", "name=\"{P}\"", "author = \"{P} <{email}>\"", "\"author\": \"{P}\",", "maintainer: {P}", "   * @author {P}", "% {P}, {month} {year}", "\"greeting\": \"Bonjour {F} !\"",
)  # fmt: skip
NOBODY = (
    "{v} = {w} * {num}\nreturn {v} or {x}", "const {v} = require('{w}');", "let {v}: {V} = {w}.{x}();", "def {v}({w}, {x}=None):", "func ({v} *{V}) {w}() error {{", "public class {V} extends {W} {{", "impl {V} for {W} {{",
    "import {{ {V}, {W} }} from './{x}';", "from {v} import {V}", "{V}.{w}({x})", "if {v} == {w}: raise {V}Error", "std::unique_ptr<{V}> {w};", "${v} = new {V}(${w});", "SELECT {v}, {w} FROM {x} WHERE {v}.id = {num};", "{v}: {{ {w}: {num}, {x}: true }}",
    "val {v} = {V}({w})", "<{V} {w}=\"{x}\" />", ".{v} .{w} {{ color: {x}; }}", "docker run {v}/{w}:{num}", "kubectl get pods -n {v} | grep {w}", "helm install {v} {w}/{x}", "FROM {v}:{num}", "npm install {v} @{w}/{x}", "git checkout {v}",
    "# {v} holds the {w} of each {x}", "// returns the {v} unless {w} is set", "{V} {v} = {W}.create();", "assert {v}.{w} == '{x}'", "logger.info('{v} started', {w})", "{v}.example.com", "/srv/{v}/{w}.conf", "host {v}\n  port {num}", "{v}-{num} Running", "@{V}\nvoid {w}() {{}}",
)  # fmt: skip


def pair(rng: random.Random) -> Example:
    """A record in one of many syntaxes."""
    first, last = rng.choice(HEADERS)
    return _filled(rng.choice(PAIRS).replace("{a}", first).replace("{b}", last), rng)


def _filled(template: str, rng: random.Random) -> Example:
    """The template filled; doubled braces are braces."""
    example = fill(template.replace("{{", "\x01").replace("}}", "\x02"), rng)
    return Example(example.text.replace("\x01", "{").replace("\x02", "}"), example.people)


def log(rng: random.Random) -> Example:
    """A line of a log, or of git."""
    return _filled("\n".join(rng.choice(LOGS) for _ in range(rng.choice((1, 1, 2)))), rng)


def code(rng: random.Random) -> Example:
    """A comment or literal that names somebody, among lines that name nobody."""
    lines = [_variables(rng).text for _ in range(rng.randrange(0, 3))]
    parts = [_filled(rng.choice(CODE), rng), *(Example(line) for line in lines)]
    rng.shuffle(parts)
    writer = Writer()
    for part in parts:
        offset = len(writer.text)
        writer.people += [(start + offset, end + offset) for start, end in part.people]
        writer.add(part.text + "\n")
    return writer.example()


def _variables(rng: random.Random) -> Example:
    """Code in which names are identifiers."""
    text = rng.choice(NOBODY)
    words: Sequence[str] = [
        draw_person(rng).first if rng.random() < 0.6 else rng.choice(fillers()["slug"]) for _ in range(3)
    ]
    plain = ["".join(letter for letter in word if letter.isalnum() or letter == "_") for word in words]
    for slot, word in zip("vwx", plain, strict=True):
        text = text.replace(f"{{{slot}}}", word.lower()).replace(
            f"{{{slot.upper()}}}", word[:1].upper() + word[1:]
        )
    return Example(
        fill(text.replace("{{", "\x01").replace("}}", "\x02"), rng)
        .text.replace("\x01", "{")
        .replace("\x02", "}")
    )


def variables(rng: random.Random) -> Example:
    """Code without anybody, one to three lines."""
    return Example("\n".join(_variables(rng).text for _ in range(rng.randrange(1, 4))))


def as_json(rng: random.Random) -> Example:
    """A JSON object with people as values, compact or indented."""
    first, last = rng.choice(HEADERS)
    value = rng.choice((
        {first: "{F}", last: "{L}", "id": 7}, {rng.choice(WHOLE): "{P}", "city": "{city}"}, {"to": ["{P}", "{P2}"], "ok": True},
    ))  # fmt: skip
    spaced = rng.choice(((",", ":"), (", ", ": ")))
    return fill(json.dumps(value, ensure_ascii=False, indent=rng.choice((None, 2)), separators=spaced), rng)
