"""Reading and checking request JSON.

`load_object` reads RFC 8259 without its ambiguities, so that no two readers can differ on a body. It refuses duplicate
keys at any depth, `NaN`, infinities, integers beyond 64 bits, other encodings than UTF-8, and nesting deeper than 64.
The escape of a lone surrogate, written by programs that cut UTF-16, is read as U+FFFD. orjson parses; what it would let
pass is found without a second parse where the body equals its own compact rendering, which holds for what most clients
send, or has as many keys as the parsed value. The caller has bounded the size of the body. Others run after each MiB
and every few hundred values.

`without_nulls` is every dialect's first step. The checks below take a single value and its path
(`messages[2].content`), which becomes `param` of the error; they never take booleans for numbers.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, NoReturn

import orjson

from ni.domain.call import Json
from ni.domain.clock import give_way, paced
from ni.domain.errors import BadRequest

MAX_DEPTH = 64
MAX_STRING_BYTES = 10 * 1024 * 1024
MAX_VALUES = 250_000
MAX_MEMBERS = 100_000
MAX_BRACKETS = 1_000_000
MAX_LONE_SURROGATES = 10_000
_PIECE_BYTES = 1024 * 1024
LEAST_INTEGER, GREATEST_INTEGER = -(2**63), 2**64 - 1
_ENTRY = (dict, list)
_PLAIN = re.compile(
    rb"(?:[^\\]+|\\[^u]|\\u(?:[^dD]|[dD][^89a-fA-F])"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*",
    re.DOTALL,
)
"""JSON text up to the escape of half a surrogate pair. It takes no escape in part, so that a piece may end anywhere.

It cannot fail, so it never goes back; but it remembers each step, so that pieces are small.
"""
_PLAIN_BYTES = 64 * 1024
_LONE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_SEAM = re.compile(rb"[^\\0-9.eE+-]")
"""What a piece of JSON text may end with: no escape and no number goes on in the next one."""
_LONG_INTEGER = re.compile(rb"(?<![0-9.eE+-])-?[0-9]{19,}(?![0-9.eE])")


def load_object(octets: bytes) -> Json:
    """The JSON object in a request body. Raises `BadRequest`; its `param` names the field where there is one."""
    value = load(octets)
    if type(value) is not dict:
        raise BadRequest("The request body must be a JSON object.")
    return value


def load(octets: bytes) -> Any:
    """The JSON value in `octets`. Raises `BadRequest`."""
    _check_density(octets)
    give_way()
    try:
        value = orjson.loads(octets)
    except orjson.JSONDecodeError as fault:
        if "surrogate" not in fault.msg:
            _refuse_syntax(fault)
        octets = _without_lone_surrogates(octets)
        value = _load_again(octets)
    give_way()
    members = _check_shape(value)
    if len(octets) > MAX_STRING_BYTES:
        _check_lengths(value)
    give_way()
    # A value rendered anew has each key once and each number exactly. If that gives the same bytes, so had the body.
    if orjson.dumps(value) != octets:
        give_way()
        keys, fits = _keys_and_numbers(octets)
        if keys != members or not fits:
            _refuse_keys_and_numbers(octets, fits)
    return value


def _without_lone_surrogates(octets: bytes) -> bytes:
    """The JSON text with `\\ufffd` in place of each escape of half a surrogate pair (RFC 8259 section 8.2).

    Raises `BadRequest` for more than `MAX_LONE_SURROGATES`.
    """
    kept = BytesIO()
    at = lone = 0
    while at < len(octets):
        give_way()
        match = _PLAIN.match(octets, at, at + _PLAIN_BYTES)
        end = match.end() if match else at
        if end == at:
            half = _LONE.match(octets, at)
            if half is None:  # no JSON; the parser says what is wrong
                return octets
            kept.write(rb"\ufffd")
            end, lone = half.end(), lone + 1
        else:
            kept.write(octets[at:end])
        if lone > MAX_LONE_SURROGATES:
            raise BadRequest(
                "The request body holds more than %(limit)s escapes of half a surrogate pair.",
                limit=MAX_LONE_SURROGATES,
            )
        at = end
    return kept.getvalue()


def _load_again(octets: bytes) -> Any:
    give_way()
    try:
        return orjson.loads(octets)
    except orjson.JSONDecodeError as fault:
        _refuse_syntax(fault)


def _check_density(octets: bytes) -> None:
    """Refuse a body of millions of tiny values before any of them is allocated. Raises `BadRequest`.

    Brackets inside strings count too: a million of them is more code than any model reads.
    """
    if len(octets) > MAX_BRACKETS and _count(octets, b"[") + _count(octets, b"{") > MAX_BRACKETS:
        raise BadRequest("The request body holds more than %(limit)s brackets.", limit=MAX_BRACKETS)
    if len(octets) > MAX_VALUES and _count(octets, b",") > MAX_VALUES and _too_many_values(octets):
        raise BadRequest("The request body holds more than %(limit)s values.", limit=MAX_VALUES)
    if len(octets) > MAX_MEMBERS and _count(octets, b":") > MAX_MEMBERS < _keys_and_numbers(octets)[0]:
        raise BadRequest("The request body holds more than %(limit)s keys.", limit=MAX_MEMBERS)


def _count(octets: bytes, sign: bytes) -> int:
    """How often the sign occurs."""
    return sum(
        octets.count(sign, at, at + _PIECE_BYTES) for at in paced(range(0, len(octets), _PIECE_BYTES), 1)
    )


def _too_many_values(octets: bytes) -> bool:
    """Whether the strings, or the commas outside strings, show more than `MAX_VALUES` values.

    The body is not parsed here; one that is not JSON is refused later.
    """
    quotes = commas = 0
    for unquoted, quotes_of_piece in _outside_strings(octets):
        commas += unquoted.count(b",")
        quotes += quotes_of_piece
        # Two for each string, two strings for each member of an object.
        if quotes > 4 * MAX_VALUES or commas > MAX_VALUES:
            return True
    return False


def _keys_and_numbers(octets: bytes) -> tuple[int, bool]:
    """How many keys the JSON text has, and whether all its integers fit 64 bits."""
    keys, fits = 0, True
    for unquoted, _ in _outside_strings(octets):
        keys += unquoted.count(b":")
        fits = fits and all(map(_fits, paced(_LONG_INTEGER.findall(unquoted))))
    return keys, fits


def _fits(digits: bytes | str) -> bool:
    # 20 digits and a sign hold every 64-bit integer; longer texts are never converted, which would cost time.
    return len(digits) <= 20 and LEAST_INTEGER <= int(digits) <= GREATEST_INTEGER


def _outside_strings(octets: bytes) -> Iterator[tuple[bytes, int]]:
    """What stands outside strings, piece by piece, and how many quotes the piece has. Others may run between two."""
    at = quotes = 0
    while at < len(octets):
        give_way()
        last = _SEAM.search(octets, at + _PIECE_BYTES)
        end = last.end() if last else len(octets)
        piece = octets[at:end]
        plain = piece.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in piece else piece
        texts = plain.split(b'"')
        yield b" ".join(texts[quotes % 2 :: 2]), len(texts) - 1
        quotes += len(texts) - 1
        at = end


def _refuse_syntax(fault: orjson.JSONDecodeError) -> NoReturn:
    reason = fault.msg.split(":", 1)[0]
    if "depth" in reason or "recursion" in reason:
        _refuse_depth()
    raise BadRequest(
        "The request body is not valid JSON: %(reason)s, at line %(line)s column %(column)s.",
        reason=reason,
        line=fault.lineno,
        column=fault.colno,
    ) from None


def _refuse_depth() -> NoReturn:
    raise BadRequest("The request body is nested deeper than %(limit)s levels.", limit=MAX_DEPTH)


def _check_shape(value: Any) -> int:
    """How many members all objects have. Raises `BadRequest` for the depth or the number of values.

    It goes level by level; only containers are visited.
    """
    level, depth, values, members = [value], 0, 0, 0
    level = [entry for entry in level if type(entry) in _ENTRY]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            _refuse_depth()
        values += sum(map(len, level))
        members += sum(len(holder) for holder in level if type(holder) is dict)
        if values > MAX_VALUES:
            raise BadRequest("The request body holds more than %(limit)s values.", limit=MAX_VALUES)
        level = [
            entry
            for holder in paced(level)
            for entry in (holder.values() if type(holder) is dict else holder)
            if type(entry) in _ENTRY
        ]
    return members


def _check_lengths(value: Any) -> None:
    """Raise `BadRequest` with the path of the first text that is too long."""
    for path, entry in _walk(value, ""):
        # At most four bytes for a character.
        if type(entry) is str and 4 * len(entry) > MAX_STRING_BYTES < len(entry.encode()):
            raise BadRequest(
                "`%(field)s` is longer than %(limit)s bytes.", param=path, field=path, limit=MAX_STRING_BYTES
            )


class _DuplicateKey:
    """Takes the place of an object in which `key` occurs more than once."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key


class _TooLarge:
    """Takes the place of an integer out of range."""

    __slots__ = ()


def _refuse_keys_and_numbers(octets: bytes, fits: bool) -> NoReturn:
    """Raise `BadRequest`, with the path of the first fault unless finding it in a long body would hold up others."""
    if len(octets) > _PIECE_BYTES:
        if not fits:
            raise BadRequest("The request body holds an integer that does not fit 64 bits.")
        raise BadRequest("A key occurs more than once within an object of the request body.")
    _refuse_first(json.loads(octets, object_pairs_hook=_object_or_mark, parse_int=_integer_or_mark))


def _object_or_mark(pairs: list[tuple[str, Any]]) -> Json | _DuplicateKey:
    give_way()
    built = dict(pairs)
    if len(built) == len(pairs):
        return built
    return _DuplicateKey(Counter(key for key, _ in pairs).most_common(1)[0][0])


def _integer_or_mark(digits: str) -> int | _TooLarge:
    give_way()
    return 0 if _fits(digits) else _TooLarge()


def _refuse_first(tree: Any) -> NoReturn:
    """Raise `BadRequest` with the path of the first mark. Marks inside a marked object are hidden by that mark."""
    for path, entry in _walk(tree, ""):
        if type(entry) is _TooLarge:
            raise BadRequest("`%(field)s` is an integer that does not fit 64 bits.", param=path, field=path)
        if type(entry) is _DuplicateKey:
            where = _under(path, entry.key)
            raise BadRequest("The key `%(field)s` occurs more than once.", param=where, field=where)
    raise AssertionError("a mark was made and is not in the tree")


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value with its path (`messages[2].content`), in document order. The depth was checked before."""
    give_way()
    yield path, value
    if type(value) is dict:
        for key, entry in value.items():
            yield from _walk(entry, _under(path, key))
    elif type(value) is list:
        for place, entry in enumerate(value):
            yield from _walk(entry, f"{path}[{place}]")


def _under(path: str, key: str) -> str:
    """The path of a member; the client's key is shortened and made printable."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in key[:64]).replace("`", "'")
    return f"{path}.{shown}" if path else shown


_FREE = frozenset(
    {
        "parameters", "input_schema", "schema", "args", "response", "parametersJsonSchema", "parameters_json_schema",
        "responseSchema", "response_schema", "responseJsonSchema", "response_json_schema", "chat_template_kwargs",
        "guided_json", "structured_outputs", "input_examples", "metadata",
    }
)  # fmt: skip


_MEMBER_NAMES = frozenset(
    {
        "annotations", "arguments", "audio", "background", "best_of", "budget_tokens", "cache_control", "call_id",
        "citations", "content", "content_block", "context", "context_management", "conversation", "custom", "data",
        "dimensions", "display", "document", "echo", "edits", "effort", "encoding_format", "encrypted_content",
        "end_turn", "file", "file_data", "file_id", "file_url", "filename", "format", "frequency_penalty", "function",
        "function_call", "functions", "generationConfig", "id", "image", "image_url", "include", "input",
        "input_audio", "input_schema", "instructions", "is_error", "json_schema", "logit_bias", "logprobs",
        "max_completion_tokens", "max_output_tokens", "max_tokens", "max_tool_calls", "media_type", "messages",
        "metadata", "min_p", "modalities", "model", "n", "name", "output", "output_config", "output_format",
        "parallel_tool_calls", "parameters", "prediction", "presence_penalty", "previous_response_id", "prompt",
        "prompt_cache_key", "prompt_cache_retention", "reasoning", "reasoning_effort", "redacted_thinking",
        "refusal", "response_format", "role", "safety_identifier", "schema", "seed", "service_tier", "signature",
        "source", "status", "stop", "stop_sequences", "store", "stream", "stream_options", "strict", "suffix",
        "summary", "system", "temperature", "text", "thinking", "title", "tool_call_id", "tool_calls",
        "tool_choice", "tool_use_id", "tools", "top_k", "top_logprobs", "top_p", "truncation", "type", "url", "user",
        "verbosity", "web_search_options",
        # what is no member of a body: headers, query parameters, parts of an address
        "Idempotency-Key", "X-NI-PII", "cursor", "from", "limit", "privacy_tier", "request_id", "response_id", "to",
    }
)  # fmt: skip
_STEP = re.compile(r"(?P<name>[^.\[\]]+)?(?P<places>(?:\[\d+\])*)")


def public_path(path: str) -> str:
    """The path of a field, for the log, up to where it holds a name that no API defines: a client may have written it.

    `messages[0].content[1].text` stays; `tools[0].function.parameters.properties.x` becomes
    `tools[0].function.parameters.*`.
    """
    steps: list[str] = []
    for step in path.split("."):
        parts = _STEP.fullmatch(step)
        if parts is None or parts["name"] not in _MEMBER_NAMES:
            return ".".join([*steps, "*"])
        steps.append(step)
        if parts["name"] in _FREE:
            return path if path == ".".join(steps) else ".".join([*steps, "*"])
    return path


def without_nulls(body: Json) -> Json:
    """The body without members that are null, at any depth except in free JSON; the same object if there are none.

    OpenAI's Python SDK sends `null` for arguments that were given as `None`, and providers refuse it. In schemas,
    arguments and inputs of tools null is a value.
    """
    pruned: Json = _pruned(body)
    return pruned


def _pruned(value: Any) -> Any:
    """`value` without nulls; the same object if nothing was removed."""
    give_way()
    if type(value) is list:
        entries = [_pruned(entry) if type(entry) in (dict, list) else entry for entry in value]
        return value if all(map(is_same, entries, value)) else entries
    if type(value) is not dict:
        return value
    changed: Json = {}
    for name, entry in value.items():
        if type(entry) in (dict, list) and not _is_free(name, entry):
            pruned = _pruned(entry)
            if pruned is not entry:
                changed[name] = pruned
    nulls = [name for name, entry in value.items() if entry is None and not _is_null_content(name, value)]
    if not changed and not nulls:
        return value
    return {name: changed.get(name, entry) for name, entry in value.items() if name not in nulls}


def _is_null_content(name: str, holder: Json) -> bool:
    """Whether this is `content: null` beside `tool_calls`, which OpenAI itself writes and every upstream reads."""
    return name == "content" and bool(holder.get("tool_calls"))


def is_same(one: Any, other: Any) -> bool:
    """Whether both are the same object."""
    return one is other


def _is_free(name: str, entry: Any) -> bool:
    return name in _FREE or (name == "input" and type(entry) is dict)


Check = Callable[[Any, str], None]
"""Takes a value and its path. Raises `BadRequest`."""


def refuse(path: str, expected: str, **values: Any) -> BadRequest:
    """The error that names the field and what it must be. The caller raises it."""
    sentence = BadRequest("`%(field)s` must be %(expected)s.", param=path, field=path, **values)
    return sentence.expecting(expected)


def an_object(value: Any, path: str) -> Json:
    """`value` if it is an object. Raises `BadRequest`."""
    if type(value) is not dict:
        raise refuse(path, "an object")
    return value


def a_list(value: Any, path: str, most: int) -> list[Any]:
    """`value` if it is a list of at most `most` entries. Raises `BadRequest`."""
    if type(value) is not list:
        raise refuse(path, "an array")
    if len(value) > most:
        raise BadRequest(
            "`%(field)s` has %(count)s entries; the limit is %(limit)s.",
            param=path,
            field=path,
            count=len(value),
            limit=most,
        )
    return value


def text(value: Any, path: str) -> None:
    """Check for a string, which may be empty. Raises `BadRequest`."""
    if type(value) is not str:
        raise refuse(path, "a string")


def filled_text(value: Any, path: str) -> None:
    """Check for a string that is not empty. Raises `BadRequest`."""
    if type(value) is not str or not value:
        raise refuse(path, "a non-empty string")


def flag(value: Any, path: str) -> None:
    """Check for a boolean. Raises `BadRequest`."""
    if type(value) is not bool:
        raise refuse(path, "true or false")


def whole(least: int, most: int) -> Check:
    """The check for an integer between the bounds, both included."""

    def check(value: Any, path: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise refuse(path, "a whole number from %(least)s to %(most)s", least=least, most=most)

    return check


def number(least: float, most: float) -> Check:
    """The check for a number between the bounds, both included."""

    def check(value: Any, path: str) -> None:
        if type(value) not in (int, float) or not least <= value <= most:
            raise refuse(path, "a number from %(least)s to %(most)s", least=least, most=most)

    return check


def one_of(*choices: str) -> Check:
    """The check for one of a closed set of strings."""

    def check(value: Any, path: str) -> None:
        if type(value) is not str or value not in choices:
            raise refuse(path, "one of %(choices)s", choices=", ".join(f"`{choice}`" for choice in choices))

    return check


def cache_mark(holder: Json, path: str) -> Json:
    """The `cache_control` of a part, tool or call as fields to add: empty where there is none. Raises `BadRequest`."""
    if "cache_control" not in holder:
        return {}
    mark = an_object(holder["cache_control"], f"{path}.cache_control")
    for name in ("type", "ttl"):
        if name in mark:
            text(mark[name], f"{path}.cache_control.{name}")
    return {"cache_control": mark} if mark else {}


def text_or_object(value: Any, path: str) -> None:
    """Check for a string or an object. Raises `BadRequest`."""
    if type(value) not in (str, dict):
        raise refuse(path, "a string or an object")
