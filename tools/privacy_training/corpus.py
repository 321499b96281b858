"""Real text without drawn people: source code, comments and documentation of Python's library, of installed packages
and of this project; and, as far as they are installed, manuals, translations, documents and libraries of Debian.

Files whose path hashes to a reserved value are left to the evaluation set, so that no text is in both.
"""

import ast
import gettext
import gzip
import random
import re
import sysconfig
import zlib
from collections.abc import Iterator
from pathlib import Path

from ni.privacy.segments import paragraphs, prose, whole_lines
from ni.privacy.words import looks_like_code

FORTUNES = Path("/usr/share/games/fortunes")
FRENCH_MANUALS = Path("/usr/share/man/fr")
TRANSLATIONS = Path("/usr/share/locale/fr/LC_MESSAGES")
RESERVED_ONE_IN = 5
PROJECT = Path(__file__).parents[2]
SYSTEM = (
    ("/usr/share/man/man1", "*.gz"), ("/usr/share/man/man5", "*.gz"), ("/usr/share/man/man7", "*.gz"),
    ("/usr/share/man/man8", "*.gz"), ("/usr/share/man/man3", "*.gz"), ("/usr/share/doc", "*.gz"),
    ("/usr/share/doc", "README*"), ("/usr/share/perl", "*.pm"), ("/usr/share/cmake-3.25", "*.rst"),
    ("/usr/share/cmake-3.25", "*.cmake"), ("/usr/lib/node_modules", "*.md"), ("/usr/lib/node_modules", "*.js"),
    ("/usr/lib/python3", "*.py"), ("/usr/include", "*.h"), ("/etc", "*.conf"),
)  # fmt: skip
"""Manuals, documents and code of Debian's packages, by folder and name."""
CHANGES = re.compile(r"(?i)changelog|copyright|authors|credits|news\b|thanks|contribut")
"""Documents that are lists of people."""
OTHER_LANGUAGES = (
    "*.js", "*.ts", "*.c", "*.h", "*.cpp", "*.pyx", "*.pyi", "*.css", "*.sql", "*.proto", "*.sh", "*.html",
)  # fmt: skip
NAMED = re.compile(
    r"/faker/|/names/|/spacy/lang/|gender_guesser|names_dataset|locale|/geodata/|/carrierdata/|/tzdata/"
)
"""Lists of names or of places, or other languages: no text without people."""


def reserved(path: Path) -> bool:
    """Whether the file is kept for the evaluation set."""
    return zlib.crc32("/".join(path.parts[-3:]).encode()) % RESERVED_ONE_IN == 0


def lists_names(path: Path, root: Path) -> bool:
    """Whether a file under `root` is of a package of names, or of other languages than those wanted."""
    return NAMED.search(f"/{path.relative_to(root)}") is not None


def chunks(text: str, rng: random.Random, size: int = 600) -> Iterator[str]:
    """Runs of whole lines of up to about `size` characters."""
    lines, held = text.splitlines(), ""
    limit = rng.randrange(size // 5, size)
    for line in lines:
        held += line[:300] + "\n"
        if len(held) > limit:
            yield held
            held, limit = "", rng.randrange(size // 5, size)


def _files(root: Path, pattern: str, share: int, rng: random.Random) -> list[Path]:
    paths = (path for path in root.rglob(pattern) if not reserved(path) and not lists_names(path, root))
    files = sorted(path for path in paths if path.is_file())
    return rng.sample(files, min(share, len(files)))


def code(rng: random.Random, files: int = 200) -> Iterator[str]:
    """Chunks of Python source, and docstrings and comments on their own."""
    roots = [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))]
    for path in [path for root in roots for path in _files(root, "*.py", files, rng)]:
        source = path.read_text("utf-8", "ignore")
        pieces = list(chunks(source, rng))
        taken = rng.sample(pieces, min(3, len(pieces)))
        yield from taken
        yield from (text for chunk in taken for text in as_read(chunk))
        texts = docstrings(source) + re.findall(r"(?m)^\s*#[^\n]{25,}$", source)
        yield from rng.sample(texts, min(5, len(texts)))


def other_code(rng: random.Random, files: int = 60) -> Iterator[str]:
    """Chunks of source in other languages, and what the gateway reads of it: comments and lines with literals."""
    root = Path(sysconfig.get_path("purelib"))
    for pattern in OTHER_LANGUAGES:
        for path in _files(root, pattern, files, rng):
            held = list(chunks(path.read_text("utf-8", "ignore")[:100_000], rng, 900))
            for chunk in rng.sample(held, min(3, len(held))):
                yield chunk
                yield from as_read(chunk)


def as_read(text: str) -> Iterator[str]:
    """The pieces of a text in which the gateway looks for names, as it hands them to the model."""
    for paragraph in paragraphs(text):
        piece = text[paragraph.start : paragraph.end]
        for start, end in whole_lines(piece, prose(piece, paragraph.mode)):
            yield piece[start:end]


def docstrings(source: str) -> list[str]:
    """The string literals of a module that are a few words long, docstrings included."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [text[:900] for text in strings if isinstance(text, str) and len(text) > 4 and text.isascii()]


def documents(rng: random.Random, files: int = 220) -> Iterator[str]:
    """Chunks of licences, read-me files, metadata and JSON of installed packages."""
    root = Path(sysconfig.get_path("purelib"))
    for pattern in ("METADATA", "*LICEN*", "*.rst", "*.md", "*.txt", "*.json"):
        for path in _files(root, pattern, files // 3, rng):
            pieces = list(chunks(path.read_text("utf-8", "ignore")[:200_000], rng))
            yield from rng.sample(pieces, min(4, len(pieces)))


def _text(path: Path) -> str:
    """The text of a file, decompressed, and of a manual without its markup; empty if it has none."""
    stored = path.read_bytes()
    try:
        text = (gzip.decompress(stored) if path.suffix == ".gz" else stored)[:400_000].decode(
            "utf-8", "ignore"
        )
    except (gzip.BadGzipFile, EOFError):
        return ""
    return "" if "\0" in text else _without_markup(text) if "man" in path.parts else text


def _without_markup(text: str) -> str:
    text = re.sub(r"(?m)^\.(?:\\\"|TH|SH|PP|TP|so|if|ie|el|de|ds|nr).*\n", "", text)
    return re.sub(r"\\f[A-Z]|\\-|\\&|^\.[A-Z]+ ", " ", text, flags=re.MULTILINE)


def system(rng: random.Random, files: int = 130) -> Iterator[str]:
    """Chunks of manuals, documents and code of Debian's packages, and of this project."""
    for folder, pattern in (*SYSTEM, (str(PROJECT / "ni"), "*.py"), (str(PROJECT / "docs"), "*.md")):
        paths = [path for path in _files(Path(folder), pattern, files, rng) if not CHANGES.search(str(path))]
        for path in paths:
            held = list(chunks(_text(path), rng, 900))
            for chunk in rng.sample(held, min(2, len(held))):
                yield from (chunk, *(as_read(chunk) if looks_like_code(chunk) else ()))


def translations(rng: random.Random, files: int = 150) -> Iterator[str]:
    """French sentences of programs, alone and a few together."""
    for path in _files(TRANSLATIONS, "*.mo", files, rng):
        with path.open("rb") as compiled:
            sentences = list(gettext.GNUTranslations(compiled)._catalog.values())  # type: ignore[attr-defined] # noqa: SLF001 - gettext has no other way to list the messages
        texts = [text for text in sentences if isinstance(text, str) and 2 < len(text) < 600]
        if "iso_" in path.name:  # names of places and languages
            texts = rng.sample(texts, min(len(texts), 60))
        for _ in range(min(30, len(texts) // 4)):
            yield "\n".join(rng.sample(texts, rng.choice((1, 1, 2, 4, min(8, len(texts))))))


def french_manuals(rng: random.Random, files: int = 300) -> Iterator[str]:
    """Paragraphs of French manual pages, without their markup."""
    for path in _files(FRENCH_MANUALS, "*.gz", files, rng):
        pieces = list(chunks(_text(path), rng, 500))
        yield from rng.sample(pieces, min(4, len(pieces)))


def quotations(rng: random.Random) -> Iterator[str]:
    """English quotations and jokes, many of which name people."""
    for path in sorted(FORTUNES.glob("*.u8")):
        texts = [text.strip() for text in path.read_text("utf-8", "ignore").split("\n%\n")]
        short = [
            text for text in texts if 40 < len(text) < 700 and zlib.crc32(text.encode()) % RESERVED_ONE_IN
        ]
        yield from rng.sample(short, min(len(short), 130))
