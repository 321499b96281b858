"""Calls that a model writes into its text are told from words, however they are written and wherever they are cut."""

import json
from collections.abc import Iterator

import pytest

from ni.providers.prompted_calls import CallReader, Piece, WrittenCall, parse_call
from tests.growth import growth

NAMES = ("read", "write_file")
READ = '{"name": "read", "parameters": {"path": "a\\"}.py", "at": 1.10}}'
WRITE = '{"name": "write_file", "parameters": {"text": "```json\\n{\\"name\\": \\"read\\"}\\n```"}}'
IS_READ = WrittenCall("read", '{"path": "a\\"}.py", "at": 1.10}')
IS_WRITE = WrittenCall("write_file", '{"text": "```json\\n{\\"name\\": \\"read\\"}\\n```"}')
SIZES = (1, 2, 3, 7, 10_000)


def pieces(text: str, size: int, *, cut: bool = False, several: bool = True) -> list[Piece]:
    """What an answer is read as that comes in pieces of this size; words behind each other are joined."""
    reader = CallReader(NAMES, several=several)

    def read() -> Iterator[Piece]:
        for at in range(0, len(text), size):
            yield from reader.feed(text[at : at + size])
        yield from reader.end(cut=cut)

    joined: list[Piece] = []
    for piece in read():
        last = joined[-1] if joined else None
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    return joined


CALLS: dict[str, tuple[str, list[Piece]]] = {
    "alone": (READ, [IS_READ]),
    "behind words": (f"I look.\n\n{READ}", ["I look.", IS_READ]),
    "behind words in the line": (f"I look: {READ}", ["I look:", IS_READ]),
    "before words": (f"{READ}\nDone.", [IS_READ, "Done."]),
    "between words": (f"One.\n{READ}\nTwo.", ["One.", IS_READ, "\n\nTwo."]),
    "two lines": (f"{READ}\n{WRITE}", [IS_READ, IS_WRITE]),
    "two without a break": (READ + WRITE, [IS_READ, IS_WRITE]),
    "two with a semicolon": (f"{READ}; {WRITE}", [IS_READ, IS_WRITE]),
    "a list": (f"[{READ},\n {WRITE}]", [IS_READ, IS_WRITE]),
    "a fence": (f"```json\n{READ}\n```", [IS_READ]),
    "a fence without a language": (f"```\n{READ}\n{WRITE}\n```\n", [IS_READ, IS_WRITE]),
    "two fences": (f"```json\n{READ}\n```\n\n```json\n{WRITE}\n```", [IS_READ, IS_WRITE]),
    "a list in a fence between words": (
        f"So:\n```json\n[\n{READ}\n]\n```\nThen.", ["So:", IS_READ, "\n\nThen."],
    ),
    "code of a line": (f"`{READ}`", [IS_READ]),
    "spread over lines": (json.dumps(json.loads(WRITE), indent=2), [WrittenCall(
        "write_file", json.dumps(json.loads(WRITE)["parameters"], indent=2).replace("\n", "\n  "))]),
    "members in another order": ('{"parameters": {"a": 1}, "name": "read"}', [WrittenCall("read", '{"a": 1}')]),
    "arguments for parameters": ('{"name": "read", "arguments": {"a": 1}}', [WrittenCall("read", '{"a": 1}')]),
    "arguments as text": ('{"name":"read","arguments":"{\\"a\\": 1}"}', [WrittenCall("read", '{"a": 1}')]),
    "no arguments": ('{"name": "read", "parameters": null}', [WrittenCall("read", "{}")]),
    "OpenAI's form": (
        '{"type": "function", "function": {"name": "read", "parameters": {"a": 1}}}', [WrittenCall("read", '{"a": 1}')],
    ),
    "the name as function": ('{"function": "read", "parameters": {}}', [WrittenCall("read", "{}")]),
    "a line break within a string": (
        '{"name": "read", "parameters": {"a": "1\n2"}}', [WrittenCall("read", '{"a": "1\\n2"}')],
    ),
    "a brace forgotten": (READ[:-1], [IS_READ]),
    "braces forgotten in a fence": (f"```json\n{READ[:-2]}", [IS_READ]),
    "code before it": (f"if (x) {{ y }} {READ}", ["if (x) { y }", IS_READ]),
}  # fmt: skip
WORDS = {
    "words": "Plain words.\n\nAnd more.\n",
    "spaces at the end": "x  \n\n",
    "code": 'def f(): return {"a": [1, 2]}\n',
    "a fence": '```python\nprint({"name": x})\n```',
    "a link and `code`": "See [this](x) and [ that ] and `a` and ``` b",
    "an unknown name": '{"name": "delete", "parameters": {}}',
    "the beginning of a name": '{"name": "rea", "parameters": {}}',
    "a name that goes on": '{"name": "reader", "parameters": {}}',
    "an object that has a name": '{"name": "Marie", "age": 3}',
    "a tool described": '{"name": "read", "description": "d", "parameters": {"type": "object"}}',
    "a name alone": '{"name": "read"}',
    "parameters that are no object": '{"name": "read", "parameters": [1]}',
    "arguments that are no JSON": '{"name": "read", "arguments": "path"}',
    "no JSON within": '{"name": "read", "parameters": {\'a\': 1}}',
    "no number": '{"name": "read", "parameters": {"a": NaN}}',
    "half a pair": '{"name": "read", "parameters": {"a": "\\ud800"}}',
    "a wrong bracket": '{"name": "read", "parameters": {"a": ]}}',
    "an empty object": "{}",
    "a schema": '{"type": "object", "properties": {}}',
    "ended within a string": '{"name": "read", "parameters": {"a": "b',
    "nested beyond reason": '{"name": "read", "parameters": {"a": ' + "[" * 3000,
    "a brace at the end": "So {",
    "a number for a name": '{"name": 5, "parameters": {}}',
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("text", "expected"), CALLS.values(), ids=CALLS.keys())
def test_a_call_is_read_wherever_it_is_cut(text: str, expected: list[Piece], size: int) -> None:
    assert pieces(text, size) == expected
    assert all(
        isinstance(json.loads(one.arguments), dict) for one in expected if isinstance(one, WrittenCall)
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS.keys())
def test_what_is_no_call_stays_as_it_was_written(text: str, size: int) -> None:
    assert pieces(text, size) == [text]


@pytest.mark.parametrize("at", range(1, len(READ)))
def test_half_a_call_is_never_given_out(at: int) -> None:
    assert pieces(READ[:at], 5, cut=True) == [READ[:at]]


def test_only_the_first_call_counts_where_one_was_asked_for() -> None:
    assert pieces(f"{READ}\n{WRITE}\nDone.", 4, several=False) == [IS_READ, "Done."]


def test_words_are_given_out_as_they_come() -> None:
    reader = CallReader(NAMES)
    assert [[*reader.feed(word)] for word in ("I ", "look", ".", " So", ": {", '"na', "h")] == [
        ["I"], [" look"], ["."], [" So"], [":"], [], [" {", '"nah'],
    ]  # fmt: skip


def test_a_call_is_given_out_at_its_last_brace() -> None:
    reader = CallReader(NAMES)
    assert [*reader.feed(READ[:-1])] == []
    assert [*reader.feed(READ[-1])] == [IS_READ]


@pytest.mark.parametrize("name", NAMES)
def test_a_call_must_be_one_that_was_offered(name: str) -> None:
    source = json.dumps({"name": name, "parameters": {}})
    assert parse_call(source, frozenset(NAMES)) == WrittenCall(name, "{}")
    assert parse_call(source, frozenset()) is None


@pytest.mark.parametrize(
    "text", ["word ", "{ ", '{"name": ', "[ ", "` ", "\n", '{"name": "read", "parameters": {"a": {']
)
def test_the_cost_grows_with_the_length(text: str) -> None:
    def read(answer: str) -> None:
        reader = CallReader(NAMES)
        for at in range(0, len(answer), 4):
            list(reader.feed(answer[at : at + 4]))
        list(reader.end())

    assert growth(read, text * (4000 // len(text)), 8) < 24
