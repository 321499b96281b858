"""Texts that Hypothesis makes of personal values, words, code and noise, in any order "
"and with any separators."""

from hypothesis import strategies as st

from tests.privacy.cast import PEOPLE

VALUES = (
    *PEOPLE,
    *(name.upper() for name in PEOPLE[:3]),
    *(name.lower() for name in PEOPLE[:3]),
    "Tremblay",
    "Jean",
    "CÔTÉ",
    "cote",
    "Jean Tremblay's",
    "d'Agnès Dubois",
    "M. Jean Tremblay",
    "jean.tremblay@acme.ca",
    "info@acme.com",
    "(416) 967-1111",
    "416-967-1111",
    "514.987.6543",
    "+33 6 12 34 56 78",
    "SIN 046 454 286",
    "046-454-286",
    "4111 1111 1111 1111",
    "4111111111111111",
    "GB82 WEST 1234 5698 7654 32",
    "account number: 1234567",
    "TREM 7855 1234",
    "passport AB123456",
    "A1234-56789-01234",
    "born on May 14, 1990",
    "née le 1er mai 1985",
    "24.48.0.1",
    "2607:f8b0::1",
    "00:1B:44:11:3A:B7",
    "123 Main Street, Unit 4, Toronto, ON M5V 2T6",
    "4500, boul. des Laurentides, app. 12, Laval (Québec) H7K 2J5",
    "M5V 2T6",
    "password: hunter2!",
    "sk-proj-abcdefghijklmnopqrstuvwx1234",
    "postgres://app:s3cr3t99@db.acme.ca/x",
)
NOISE = (
    *(
        "the",
        "le",
        "and",
        "\n",
        "\n\n",
        "\\n",
        "\\u00e9",
        "\\",
        '"',
        "'",
        "`",
        "{",
        "}",
        ": ",
        ", ",
        ". ",
        "def f(x):",
        "# ",
    ),
    *(
        "```",
        "- ",
        "+ ",
        "_",
        "1",
        "a",
        "é",
        "e\u0301",
        "\u200b",
        "\u202e",
        "’s",
        "'s",
        "d'",
        "l’",
        "Marc",
        "😀",
    ),
    *("https://acme.ca/x?y=1", "\t", "\x00", "\ud800"),
)
GLUE = st.sampled_from((" ", " ", " ", "", "\n", "-", "/", "(", "\u00a0"))

texts = st.lists(
    st.tuples(st.sampled_from((*VALUES, *VALUES, *NOISE)) | st.text(max_size=8), GLUE), max_size=12
).map(lambda pieces: "".join(piece + glue for piece, glue in pieces))
