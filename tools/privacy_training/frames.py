"""Sentences put together from the blocks of `frames.toml`: people, or things in the same places, behind verbs and
labels, before nouns, in answers, in lists and records.

A piece is a template of `templates.py` with one slot more: `{epo}`, a method or product that is named after a person.
"""

import random
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from ni.privacy.lexicon import read_lexicon
from tools.privacy_training.templates import Example, fill, fillers

SIGNS = "'.,!?("
SPEAKERS = (
    "Note",
    "Warning",
    "Error",
    "TODO",
    "Agent",
    "User",
    "Assistant",
    "System",
    "Client",
    "Caller",
    "Q",
    "A",
    "Step {num}",
    "{product}",
    "Support",
    "Cliente",
    "Info",
    "Output",
    "Input",
    "Remarque",
    "Attention",
    "Étape {num}",
    "Résultat",
)
"""Words before a colon that are no speakers."""
STATED = re.compile(
    r"(?i)algorithm|method|distribution|matri|test|transform|filter|kernel|theorem|théorème|inequality|codes|cipher|numbers|law"
    r"|effect|bias|equation|initiali|init,|sampling|chain|decomposition|heap|tree|loi|méthode|chaîne|intégrale|elimination|hash"
)
"""Words beside which any name is a method's."""
PERSON_FORMS = ("{P}",) * 9 + ("{F}",) * 4 + ("{L}",) * 3 + ("{RL}", "{I}")


@cache
def blocks() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The lists of `frames.toml` by language."""
    table = tomllib.loads(Path(__file__).with_name("frames.toml").read_text("utf-8"))
    return {
        language: {
            name: tuple(
                part.replace("\\n", "\n")
                for part in re.split(r"\n" if name == "lines" else r"\|", text.strip())
            )
            for name, text in lists.items()
        }
        for language, lists in table.items()
    }


def someone(rng: random.Random, number: str = "") -> str:
    """A slot for a person, whole or in part."""
    form = rng.choice(PERSON_FORMS)
    return form.replace("}", number + "}") if form in ("{P}", "{F}", "{L}") else form


@cache
def no_people() -> tuple[str, ...]:
    """Methods, products and attributes of which no word is a name; they may stand where people stand."""
    lexicon, technical = read_lexicon(), blocks()["technical"]
    listed = (*technical["methods"], *technical["products"], *technical["attributes"] * 3)
    return tuple(text for text in listed if not any(lexicon.kind(word).is_name for word in text.split()))


def thing(rng: random.Random) -> str:
    """A method, product, attribute, place or firm, as text or slot."""
    chance = rng.random()
    if chance < 0.55:
        return rng.choice(no_people())
    if chance < 0.7:
        return rng.choice(FIRMS)
    return (
        "{"
        + rng.choice(("product", "org", "city", "phrase", "topic", "month", "day", "subject", "street"))
        + "}"
    )


FIRMS = (
    "Garage {NL}", "Boulangerie {NL}", "Pharmacie {NP}", "Fromagerie {NL}", "Ébénisterie {NL}", "Fleuriste {NL}",
    "Plomberie {NL}", "Toitures {NL}", "Transport {NL}", "Électrique {NL}", "Les Entreprises {NL}", "Érablière {NL}",
    "Ferme {NL}", "Salon {NF}", "Chez {NF}", "Resto {NL}", "Clinique {NL}", "Meubles {NL}", "Autobus {NL}",
    "Groupe {NL}", "Fondation {NP}", "Gestion {NL} inc.", "Imprimerie {NL}", "Librairie {NL}", "Bijouterie {NL}",
    "{NL} Hardware", "{NL} Plumbing", "{NL} & Sons", "{NL} Brothers", "{NL} Motors", "{NL} Electric", "{NL} Farms",
    "{NL} Bakery", "{NL} Realty", "{NL} Dental", "{NL} Pharmacy", "{NL} Holdings", "{NL} Capital", "{NL} Partners",
    "{NL} Ltd.", "{NL} Inc.", "{NL} LLP", "{NL} GmbH", "{NL} & {NL}", "{NL} et fils", "{NL} et associés",
    "{NF}'s Diner",
    "{NF}'s Pizza", "{NL}'s Pub", "Café {NF}", "Hotel {NL}", "Camp {NL}", "Studio {NL}", "Team {NL}", "Villa {NF}",
)  # fmt: skip
"""Firms that bear a name: {NL} a surname, {NF} a given name, {NP} both."""


Frame = Callable[[Mapping[str, tuple[str, ...]], random.Random, Callable[[random.Random], str]], str]


def order(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """A verb, a person, and more: `Copy Jean-Luc Gagnon on it.`"""
    title = f"{rng.choice(parts['titles'])} " if rng.random() < 0.12 else ""
    text = f"{rng.choice(parts['verbs'])} {title}{who(rng)} {rng.choice(parts['after'])}"
    return text + rng.choice((".", "", "!", "?", " — thanks", " ?"))


def labelled(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """One to five lines of labels and values, people and things mixed where people are asked for."""
    people = who is someone
    lines = []
    sign = rng.choice((": ",) * 8 + (" : ", ":", " = ", " - ", "\n", "\t"))
    bold = rng.choice(("", "", "", "**", "- ", "* "))
    for at in range(rng.choice((1, 1, 2, 3, 4, 5))):
        named = people and (not at or rng.random() < 0.5)
        label = rng.choice(parts["labels" if named else "things_labels"])
        label = rng.choice((label, label, label, label.lower(), label.upper()))
        value = who(rng) if named else rng.choice(blocks()["technical"]["attributes"])
        value = numbered(value, at) if named else thing_with_name(rng) if rng.random() < 0.2 else value
        closing = "**" if bold == "**" else ""
        more = rng.choice(
            ("",) * 8 + (", {phone}", " ({phone})", " <{email}>", ", {num}", " DOB: {date}", ", {date}")
        )
        lines.append(f"{bold}{label}{closing}{sign}{value}{more if named else ''}")
    return rng.choice(("\n", "\n", ", ", " | ", "; ")).join(lines)


def thing_with_name(rng: random.Random) -> str:
    """The value of a label for things that contains a name (`{NL} County`)."""
    return rng.choice(
        (
            "{NP} Collegiate",
            "{NP} Blvd",
            "rue {NP}",
            "{NL} Memorial",
            "{NL} & {NL} LLP",
            "{NL} Inc.",
            "{NP} High School",
            "{NL} Street",
            "école {NP}",
            "hôpital {NP}",
            "{NL} et associés",
            "{NL} disease",
            "maladie de {NL}",
            "{NL}'s syndrome",
            "{NL} County",
            "Mount {NL}",
            "{NL} Arena",
            "{NL} Bros.",
            "parc {NP}",
            "{NL} University",
            "{NP} Foundation",
            "{NL} Avenue",
            "Lake {NL}",
            "boulevard {NP}",
        )
    )


def numbered(slot: str, at: int) -> str:
    """The slot with a number, so that it is filled with another person than the slots before it."""
    return slot.replace("}", f"{at + 1}}}") if slot in ("{P}", "{F}", "{L}") and 0 < at < 3 else slot


def before_noun(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """`Nguyen's appointment`, `the Tremblay file`, `le dossier Gagnon`."""
    noun = rng.choice(parts["nouns"])
    if parts is blocks()["fr"]:
        elided = rng.choice(
            (f"le {noun} {{d'}}", f"le {noun} ", f"{noun.title()} {{d'}}", f"au sujet du {noun} {{d'}}")
        )
        text = elided + who(rng)
    else:
        owned = who(rng) + rng.choice(("'s", "'s", "'s", ""))
        text = (
            rng.choice(("", "the ", "The ", "Where is the ", "Close the ", "about ", "Re: "))
            + f"{owned} {noun}"
        )
    return f"{text} {rng.choice((*parts['after'], *parts['tails']))}"


def answer(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """A question and a lone answer, with or without speakers; or the answer alone."""
    question = rng.choice(parts["questions" if who is someone else "things_questions"])
    value = (
        who(rng)
        if who is someone
        else rng.choice(blocks()["technical"][rng.choice(("attributes", "methods", "products"))])
    )
    value += rng.choice(("", "", "", ".", "!", ", {phone}", " ({phone})"))
    ask, reply = rng.choice(
        (("", ""),) * 4
        + (
            ("Q: ", "A: "),
            ("Agent: ", "Caller: "),
            ("- ", "- "),
            ("Bot: ", "User: "),
            ("user: ", "assistant: "),
            ("— ", "— "),
        )
    )
    return (
        f"{ask}{question}{rng.choice((chr(10), chr(10), ' '))}{reply}{value}" if rng.random() < 0.8 else value
    )


def dialogue(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """Lines of speakers: `Marc: ok`, with times in front at times."""
    if who is not someone:
        speakers = [rng.choice(SPEAKERS)]
    else:
        speakers = [
            rng.choice(("{F}", "{F}", "{P}", "{L}")),
            rng.choice(("{F2}", "{P2}", "Agent", "Me", "Moi", "Bot")),
        ]
    stamp = rng.choice(("",) * 5 + ("[{time}] ", "{time} ", "{date} {time} "))
    mark = rng.choice((": ",) * 6 + (" : ", "> ", " — ", ":\n"))
    lines = [
        f"{stamp}{speakers[at % len(speakers)]}{mark}{words(parts, rng)}" for at in range(rng.randrange(1, 5))
    ]
    return "\n".join(lines)


def words(parts: Mapping[str, tuple[str, ...]], rng: random.Random) -> str:
    """What a speaker says: one of the sayings, or a sentence without names."""
    if rng.random() < 0.4:
        return rng.choice(parts["sayings"])
    sentence = rng.choice(fillers()["negative"]).split("\n")[0]
    return sentence[:1].lower() + sentence[1:] if rng.random() < 0.3 else sentence


def spoken_to(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """A person addressed or named before, after or under a sentence about something else."""
    saying, name = words(parts, rng), who(rng)
    plain = saying.rstrip(".!? ")
    return rng.choice(
        (
            f"{name}, {saying[:1].lower()}{saying[1:]}",
            f"{plain}, {name}.",
            f"{plain}, {name}?",
            f"{name}: {saying}",
            f"{name}\n{saying}",
            f"{saying}\n\n{name}",
            f"{saying} — {name}",
            f"{saying} ({name})",
            f"@{name} {saying}",
            f"{saying}\n- {name}",
            f"{name} - {saying}",
            f"{name}? {saying}",
            f"{name}! {saying}",
            f"{plain}\n{name}",
            f"{name} : {saying}",
            f"> {saying}\n{name}",
        )
    )


def introduced(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """`Regards, Marc`, `née Gagnon`, `Merci Élodie`, and a tail."""
    title = f"{rng.choice(parts['titles'])} " if rng.random() < 0.15 else ""
    degree = f", {rng.choice(parts['degrees'])}" if rng.random() < 0.12 and who is someone else ""
    text = f"{rng.choice(parts['intros'])} {title}{who(rng)}{degree}"
    return text + rng.choice(
        (
            "",
            "",
            ".",
            "!",
            ",",
            "\n{job}",
            "\n{job}, {org}",
            "\n{phone}",
            " " + rng.choice(parts["tails"]),
            " " + rng.choice(parts["after"]),
        )
    )


def statement(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """A sentence that begins with one person or two, possibly with a title or degrees."""
    name = who(rng)
    chance = rng.random()
    if chance < 0.2:
        name = f"{rng.choice(parts['titles'])} {name}"
    elif chance < 0.3:
        name = f"{name}, {rng.choice(parts['degrees'])},"
    elif chance < 0.5:
        joint = rng.choice(
            (" and ", ", ", " & ", " et ", " / ", "; ", " or ", " ou ", ", and ", " vs ", "\n")
        )
        name = f"{name}{joint}{numbered(who(rng), 1)}"
    return f"{name} {rng.choice(parts['tails'])}"


def inside(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """A person in the middle of a sentence: `then Marc shows up with a bucket`."""
    lead, rest = rng.choice(parts["leads"]), rng.choice(parts["rests"])
    return f"{lead}{'' if lead[-1] in '(' else ' '}{who(rng)}{'' if rest[0] in SIGNS else ' '}{rest}"


def listing(
    parts: Mapping[str, tuple[str, ...]], rng: random.Random, who: Callable[[random.Random], str]
) -> str:
    """Several people or things, one after another or one a line."""
    items = [numbered(who(rng), at) for at in range(3)]
    mark = rng.choice(("", "", "- ", "* ", "• ", "1. ", "[ ] ", "> "))
    joint = rng.choice(("\n", "\n", ", ", "; ", " | ", "\t", " / "))
    noun = rng.choice(
        ("", "", f" ({rng.choice(('{job}', '{num}', '{org}', '{city}'))})", " - {subject}", ": {amount}")
    )
    return joint.join(f"{mark if joint == chr(10) else ''}{item}{noun}" for item in items)


FRAMES: tuple[Frame, ...] = (
    order,
    order,
    labelled,
    labelled,
    before_noun,
    answer,
    dialogue,
    introduced,
    introduced,
    statement,
    statement,
    inside,
    inside,
    inside,
    spoken_to,
    spoken_to,
    listing,
)


def filled(template: str, rng: random.Random) -> Example:
    """The template filled, `{epo}` and `{attribute}` first."""
    technical = blocks()["technical"]

    strange = STATED.search(template) is not None and rng.random() < 0.35

    def named(match: re.Match[str]) -> str:
        if match[1] == "lang":
            return rng.choice(technical["lang"])
        if strange:
            return rng.choice(("{NL}", "{NL}", "{NL}-{NL}"))
        return rng.choice(technical[rng.choice(("methods", "products"))])

    return fill(re.sub(r"\{(epo|lang)\d?\}", named, template), rng)


def frame(language: str, rng: random.Random, people: float) -> Example:
    """A text of one frame; `people` is the share of those with people in them."""
    who = someone if rng.random() < people else thing
    template = rng.choice(FRAMES)(blocks()[language], rng, who)
    return filled(template, rng)


def technical(rng: random.Random) -> Example:
    """A line of technical prose about methods and products that are named after people."""
    return filled(rng.choice(blocks()["technical"]["lines"]), rng)
