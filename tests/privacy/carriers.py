"""Where developers put values: what stands around one in text, data, code, logs and commands.

A carrier is given a value as it would be said or labelled, and gives the text and the value as it stands there. What
of it must be hidden is told by `shown`: the letters and digits of the value, in order.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import quote
from xml.sax.saxutils import escape

Carrier = Callable[[str], str]


def _around(before: str, after: str) -> Carrier:
    return lambda value: before + value + after


def _json(value: str) -> str:
    return json.dumps({"note": f"Hello\n{value}\nBye\t!", "n": 3})


def _json_in_json(value: str) -> str:
    return json.dumps({"body": json.dumps({"text": f"Hello\n{value}\nBye"})})


def _thrice(value: str) -> str:
    return json.dumps({"a": json.dumps({"b": json.dumps({"c": f"x\n{value}"})})})


def _ascii_json(value: str) -> str:
    return json.dumps({"é": f"\u00a0{value}\u00a0"})


def _numbered_escapes(value: str) -> str:
    return '{"t":"' + "".join(f"\\u{ord(char):04x}" if not char.isalnum() else char for char in value) + '"}'


CARRIERS: Mapping[str, Carrier] = {
    # sentences and punctuation
    "alone": _around("", ""),
    "sentence": _around("Please note ", " for the file."),
    "full stop": _around("It is ", "."),
    "parentheses": _around("the file (", ")"),
    "brackets": _around("[", "]"),
    "braces": _around("{", "}"),
    "angle brackets": _around("<", ">"),
    "comma after": _around("", ", thanks"),
    "colon before": _around("note:", ""),
    "semicolons": _around("x;", ";y"),
    "exclamation": _around("see ", "!"),
    "question": _around("is it ", "?"),
    "ellipsis": _around("… ", "…"),
    "dash without spaces": _around("ref—", "—ok"),
    "list item": _around("- ", "\n- other"),
    "numbered list": _around("1. ", "\n2. other"),
    "bold": _around("**", "**"),
    "italics": _around("_", "_"),
    "code span": _around("`", "`"),
    "heading": _around("# ", "\n"),
    "quote mark of a mail": _around("> > ", "\n> > bye"),
    # quotes
    "single quotes": _around("x = '", "'"),
    "double quotes": _around('x = "', '"'),
    "typographic quotes": _around("“", "”"),
    "guillemets": _around("« ", " »"),
    "low quotes": _around("„", "“"),
    "escaped quotes": _around('say(\\"', '\\")'),
    "triple quotes": _around('"""', '"""'),
    # neighbours
    "digit and comma before": _around("1,", ""),
    "comma and digit after": _around("", ",1"),
    "decimal before": _around("1.5,", ",v"),
    "equals before": _around("=", ""),
    "plus before": _around("+", ""),
    "minus before": _around("-", ""),
    "underscores": _around("_", "_"),
    "a word and an underscore before": _around("user_", ""),
    "a colon and a digit after": _around("", ":5"),
    "price before": _around("$1 ", ""),
    "a time stamp before": _around("2024-01-02 10:11:12 ", " done"),
    "an ISO time stamp before": _around("2024-01-02T10:11:12Z ", ""),
    "a level before": _around("[INFO] ", ""),
    # tables
    "CSV": _around("id,v,n\n7,", ",3\n"),
    "quoted CSV": _around('7,"', '",3'),
    "semicolon CSV": _around("7;", ";3"),
    "TSV": _around("7\t", "\t3"),
    "pipes": _around("7|", "|3"),
    "Markdown table": _around("| a | b |\n| - | - |\n| 7 | ", " |"),
    "tight Markdown table": _around("|7|", "|3|"),
    "HTML cell": _around("<tr><td>7</td><td>", "</td></tr>"),
    "HTML attribute": _around('<input value="', '">'),
    "entities": lambda value: f"<p>&laquo;&nbsp;{escape(value)}&nbsp;&raquo;</p>",
    "SQL": _around("INSERT INTO t VALUES (7, '", "', 3);"),
    "SQL where": _around("SELECT 1 FROM t WHERE v='", "'"),
    # records
    "key=value": _around("level=info v=", " n=3"),
    "logfmt": _around('ts=1 msg="', '" n=3'),
    "JSON": lambda value: json.dumps({"v": value, "n": 3}),
    "compact JSON": _around('{"v":"', '","n":3}'),
    "JSON with breaks": _json,
    "JSON in JSON": _json_in_json,
    "JSON in JSON in JSON": _thrice,
    "JSON of ASCII": _ascii_json,
    "JSON lines": _around('{"a":1}\n{"a":"', '"}\n'),
    "fenced JSON": _around('```json\n{"a": "x\\t', '"}\n```'),
    "YAML": _around("v: ", "\nn: 3"),
    "YAML list": _around("- v: '", "'"),
    "TOML": _around('v = "', '"\nn = 3'),
    "INI": _around("[s]\nv=", "\n"),
    "XML": lambda value: f"<v>{escape(value)}</v>",
    "XML attribute": lambda value: f'<v a="{escape(value)}"/>',
    "repr of a dict": lambda value: repr({"v": value, "n": 3}),
    "repr with breaks": lambda value: repr({"v": f"x\n{value}\ny"}),
    "gettext": _around('msgid "x"\nmsgstr "Appel :\\n', '\\n"'),
    "vCard": _around("NOTE:", "\nEND:VCARD"),
    # code
    "Python comment": _around("x = 1  # ", ""),
    "C comment": _around("/* ", " */"),
    "line comment": _around("int x; // ", ""),
    "tight comment": _around("//", ""),
    "SQL comment": _around("-- ", ""),
    "HTML comment": _around("<!-- ", " -->"),
    "C string": _around('puts("Hi\\n', '\\n");'),
    "Go raw string": _around("s := `", "`"),
    "Ruby hash": _around("{ v: '", "' }"),
    "Rust": _around('let v = "', '".to_string();'),
    "PHP": _around("$v = ['v' => '", "'];"),
    "regex": _around("/^\\s*", "\\b/"),
    # tools
    "diff added": _around("@@ -1 +1 @@\n+", "\n"),
    "diff removed": _around("@@ -1 +1 @@\n-", "\n"),
    "grep -n": _around("seed.txt:12:", "\n"),
    "colours": _around("\x1b[31m", "\x1b[0m"),
    "escaped colours": _around("\\x1b[1;31m", "\\x1b[0m"),
    "environment": _around("export V=", "\n"),
    "long flag": _around("tool --value=", " --n 3"),
    "long flag, apart": _around("tool --value '", "'"),
    "URL query": lambda value: f"GET /c?v={quote(value)}&n=3 HTTP/1.1",
    "form": lambda value: f"a=1&v={quote(value)}",
    "arrow": _around("", "->ops"),
    # typography
    "no-break spaces": lambda value: value.replace(" ", "\u00a0"),
    "narrow no-break spaces": lambda value: value.replace(" ", "\u202f"),
    "thin spaces": lambda value: value.replace(" ", "\u2009"),
    "hard hyphens": lambda value: value.replace("-", "\u2011"),
    "en dashes": lambda value: value.replace("-", "\u2013"),
    "decomposed": lambda value: unicodedata.normalize("NFD", f"Été {value} à"),
    "zero width inside": "\u200b".join,
    "soft hyphens inside": lambda value: value[:3] + "\u00ad" + value[3:],
    "byte order mark": _around("\ufeff", ""),
    "full-width digits": lambda value: value.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)}),
    "punctuation as escapes": _numbered_escapes,
    "Markdown escapes": lambda value: "".join(f"\\{char}" if char in "-_.@()+*#" else char for char in value),
}
