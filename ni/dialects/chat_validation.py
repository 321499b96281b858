"""What a plain chat-completions body must look like: types, required fields and limits, each refusal naming its field.

The source is OpenAI's published schema of `POST /v1/chat/completions`. Fields that are not known here are carried
through untouched: providers decide what they understand. Not here: what depends on the route (images, tools, the
number of stop sequences), which the gateway and the table of parameters decide. The body holds no nulls.

Content parts of every dialect as chat parts: text, images, files; each part read on its own.

Responses writes `input_text`, `output_text`, `input_image`, `input_file`; Anthropic `image`, `document` and
`search_result` with a `source`. Cache marks stay on the part. Parts of chat form pass unchanged.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ni.dialects import json_body
from ni.dialects.json_body import Check
from ni.domain.call import Json
from ni.domain.errors import BadRequest

MAX_MESSAGES, MAX_PARTS, MAX_TOOLS, MAX_STOPS = 2048, 256, 256, 64
MAX_MODEL = 256
MAX_TOKENS = 2**31 - 1

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_IMAGE_URL = re.compile(r"(?:https?://|data:image/)", re.IGNORECASE)
_STANDS_FOR_CONTENT = ("tool_calls", "function_call", "refusal", "audio", "reasoning", "reasoning_content")


def check_body(body: Json) -> None:
    """Raises `BadRequest` for the first field that is missing, of another type, or over its limit."""
    model = body.get("model")
    if type(model) is not str or not model.strip() or len(model) > MAX_MODEL:
        raise json_body.refuse("model", f"a non-empty string of at most {MAX_MODEL} characters")
    _check_messages(body.get("messages"))
    for name, check in _FIELDS.items():
        value = body.get(name)
        if value is not None:
            check(value, name)


def _check_messages(messages: Any) -> None:
    if not json_body.a_list(messages, "messages", MAX_MESSAGES):
        raise json_body.refuse("messages", "an array with at least one message")
    for place, message in enumerate(messages):
        path = f"messages[{place}]"
        if type(message) is not dict:
            raise json_body.refuse(path, "an object")
        role = message.get("role")
        check = _ROLES.get(role) if type(role) is str else None
        if check is None:
            raise json_body.refuse(f"{path}.role", "one of " + ", ".join(f"`{known}`" for known in _ROLES))
        check(message, path)
        _check_members(message, path, _MESSAGE_MEMBERS)
        content = message.get("content")
        if type(content) is list:
            _check_parts(content, f"{path}.content")


def _check_members(holder: Json, path: str, members: Mapping[str, Check]) -> None:
    """The members that may be left out."""
    for name, check in members.items():
        if name in holder:
            check(holder[name], f"{path}.{name}")
    json_body.cache_mark(holder, path)


def _check_prompt(message: Json, path: str) -> None:
    if type(message.get("content")) not in (str, list):
        raise json_body.refuse(f"{path}.content", "a string or an array of content parts")


def _check_result(message: Json, path: str) -> None:
    _check_prompt(message, path)
    json_body.filled_text(message.get("tool_call_id"), f"{path}.tool_call_id")


def _check_named_result(message: Json, path: str) -> None:
    json_body.filled_text(message.get("name"), f"{path}.name")
    if message.get("content") is not None:
        _check_prompt(message, path)


def _check_answer(message: Json, path: str) -> None:
    if message.get("content") is None:
        if not any(message.get(name) for name in _STANDS_FOR_CONTENT):
            raise json_body.refuse(f"{path}.content", "a string or an array, or come with `tool_calls`")
    else:
        _check_prompt(message, path)
    calls = message.get("tool_calls")
    if calls is not None:
        for place, call in enumerate(json_body.a_list(calls, f"{path}.tool_calls", MAX_TOOLS)):
            _check_tool_call(call, f"{path}.tool_calls[{place}]")


def _check_tool_call(call: Any, path: str) -> None:
    kind = json_body.an_object(call, path).get("type", "function")
    json_body.filled_text(call.get("id"), f"{path}.id")
    json_body.cache_mark(call, path)
    json_body.one_of("function", "custom")(kind, f"{path}.type")
    called = json_body.an_object(call.get(kind), f"{path}.{kind}")
    json_body.filled_text(called.get("name"), f"{path}.{kind}.name")
    written = "arguments" if kind == "function" else "input"
    json_body.text(called.get(written), f"{path}.{kind}.{written}")


def _check_parts(parts: list[Any], path: str) -> None:
    json_body.a_list(parts, path, MAX_PARTS)
    for place, part in enumerate(parts):
        kind = part.get("type") if type(part) is dict else None
        if kind == "text":
            if type(part.get("text")) is not str:
                raise json_body.refuse(f"{path}[{place}].text", "a string")
        elif kind == "image_url":
            _check_image(part.get("image_url"), f"{path}[{place}].image_url")
        else:
            _check_other_part(part, f"{path}[{place}]")
        json_body.cache_mark(part, f"{path}[{place}]")


def _check_image(image: Any, path: str) -> None:
    url = json_body.an_object(image, path).get("url")
    if type(url) is not str or not _IMAGE_URL.match(url):
        raise json_body.refuse(f"{path}.url", "an http(s) address or a `data:image/` URL")
    if image.get("detail") is not None:
        json_body.one_of("auto", "low", "high", "original")(image["detail"], f"{path}.detail")


def _check_other_part(part: Any, path: str) -> None:
    kind = json_body.an_object(part, path).get("type")
    json_body.one_of("text", "image_url", "input_audio", "file", "refusal")(kind, f"{path}.type")
    if kind == "refusal":
        json_body.text(part.get("refusal"), f"{path}.refusal")
    else:
        held = json_body.an_object(part.get(kind), f"{path}.{kind}")
        for name in ("file_data", "file_id", "filename", "data", "format"):
            if name in held:
                json_body.text(held[name], f"{path}.{kind}.{name}")


def _check_older_call(call: Any, path: str) -> None:
    """`function_call` of a message, which `tool_calls` took the place of."""
    json_body.filled_text(json_body.an_object(call, path).get("name"), f"{path}.name")
    json_body.text(call.get("arguments"), f"{path}.arguments")


def _check_tools(tools: Any, path: str) -> None:
    for place, tool in enumerate(json_body.a_list(tools, path, MAX_TOOLS)):
        where = f"{path}[{place}]"
        kind = json_body.an_object(tool, where).get("type")
        json_body.one_of("function", "custom")(kind, f"{where}.type")
        _check_definition(tool.get(kind), f"{where}.{kind}")
        json_body.cache_mark(tool, where)


def _check_functions(functions: Any, path: str) -> None:
    for place, function in enumerate(json_body.a_list(functions, path, MAX_TOOLS)):
        _check_definition(function, f"{path}[{place}]")


def _check_definition(tool: Any, path: str) -> None:
    name = json_body.an_object(tool, path).get("name")
    if type(name) is not str or not _TOOL_NAME.fullmatch(name):
        raise json_body.refuse(f"{path}.name", "1 to 64 letters, digits, `_` or `-`")
    if tool.get("description") is not None:
        json_body.text(tool["description"], f"{path}.description")
    if tool.get("parameters") is not None:
        json_body.an_object(tool["parameters"], f"{path}.parameters")
    if tool.get("strict") is not None:
        json_body.flag(tool["strict"], f"{path}.strict")
    json_body.cache_mark(tool, path)


def _check_response_format(value: Any, path: str) -> None:
    kind = json_body.an_object(value, path).get("type")
    json_body.one_of("text", "json_object", "json_schema")(kind, f"{path}.type")
    if kind == "json_schema":
        schema = json_body.an_object(value.get("json_schema"), f"{path}.json_schema")
        json_body.filled_text(schema.get("name"), f"{path}.json_schema.name")
        _check_members(schema, f"{path}.json_schema", _SCHEMA_MEMBERS)


def _check_stream_options(value: Any, path: str) -> None:
    for name in ("include_usage", "include_obfuscation"):
        if json_body.an_object(value, path).get(name) is not None:
            json_body.flag(value[name], f"{path}.{name}")


def _check_stop(value: Any, path: str) -> None:
    if type(value) is str:
        return
    for place, stop in enumerate(json_body.a_list(value, path, MAX_STOPS)):
        json_body.text(stop, f"{path}[{place}]")


def _check_thinking(value: Any, path: str) -> None:
    """Anthropic's `thinking`, which clients of other gateways put into chat bodies."""
    if json_body.an_object(value, path):
        json_body.filled_text(value.get("type"), f"{path}.type")
    if value.get("budget_tokens") is not None or value.get("type") == "enabled":
        json_body.whole(1, MAX_TOKENS)(value.get("budget_tokens"), f"{path}.budget_tokens")
    if value.get("display") is not None:
        json_body.text(value["display"], f"{path}.display")


def _check_object(value: Any, path: str) -> None:
    json_body.an_object(value, path)


def _check_bias(value: Any, path: str) -> None:
    for token, bias in json_body.an_object(value, path).items():
        if type(bias) not in (int, float) or not -100 <= bias <= 100 or not token.isdecimal():
            raise json_body.refuse(path, "an object of token numbers with a number from -100 to 100 each")


def _check_texts(value: Any, path: str) -> None:
    for place, entry in enumerate(json_body.a_list(value, path, MAX_STOPS)):
        json_body.text(entry, f"{path}[{place}]")


def _check_older_choice(value: Any, path: str) -> None:
    json_body.text_or_object(value, path)
    if type(value) is dict:
        json_body.filled_text(value.get("name"), f"{path}.name")


def check_choice(given: Any, path: str = "tool_choice") -> None:
    """A word, or an object that says by its `type` and `name` what is to be called. Raises `BadRequest`."""
    json_body.text_or_object(given, path)
    if type(given) is not dict:
        return
    json_body.filled_text(given.get("type"), f"{path}.type")
    kind = given["type"]
    inner = given.get(kind)
    named: Json = inner if type(inner) is dict else given
    if kind in ("function", "custom", "tool"):
        json_body.filled_text(named.get("name"), f"{path}.name" if named is given else f"{path}.{kind}.name")
    elif kind == "allowed_tools":
        for place, entry in enumerate(json_body.a_list(named.get("tools"), f"{path}.tools", MAX_TOOLS)):
            json_body.an_object(entry, f"{path}.tools[{place}]")


_ROLES = {
    "system": _check_prompt,
    "developer": _check_prompt,
    "user": _check_prompt,
    "assistant": _check_answer,
    "tool": _check_result,
    "function": _check_named_result,
}

_MESSAGE_MEMBERS: Mapping[str, Check] = {
    "name": json_body.text,
    "refusal": json_body.text,
    "reasoning_content": json_body.text,
    "is_error": json_body.flag,
    "audio": _check_object,
    "function_call": _check_older_call,
}

_SCHEMA_MEMBERS: Mapping[str, Check] = {
    "description": json_body.text,
    "schema": _check_object,
    "strict": json_body.flag,
}

_FIELDS: Mapping[str, Check] = {
    "stream": json_body.flag,
    "stream_options": _check_stream_options,
    "tools": _check_tools,
    "functions": _check_functions,
    "tool_choice": check_choice,
    "function_call": _check_older_choice,
    "parallel_tool_calls": json_body.flag,
    "response_format": _check_response_format,
    "n": json_body.whole(1, 128),
    "max_tokens": json_body.whole(1, MAX_TOKENS),
    "max_completion_tokens": json_body.whole(1, MAX_TOKENS),
    "temperature": json_body.number(0, 2),
    "top_p": json_body.number(0, 1),
    "frequency_penalty": json_body.number(-2, 2),
    "presence_penalty": json_body.number(-2, 2),
    "logprobs": json_body.flag,
    "top_logprobs": json_body.whole(0, 20),
    "seed": json_body.whole(-(2**63), 2**63 - 1),
    "stop": _check_stop,
    "top_k": json_body.whole(0, MAX_TOKENS),
    "min_p": json_body.number(0, 1),
    "logit_bias": _check_bias,
    "reasoning_effort": json_body.text,
    "thinking": _check_thinking,
    "verbosity": json_body.text,
    "prediction": _check_object,
    "modalities": _check_texts,
    "audio": _check_object,
    "web_search_options": _check_object,
    "metadata": _check_object,
    "store": json_body.flag,
    "service_tier": json_body.text,
    "prompt_cache_key": json_body.text,
    "prompt_cache_retention": json_body.text,
    "safety_identifier": json_body.text,
    "user": json_body.text,
}


_TEXTS = frozenset({"text", "input_text", "output_text", "summary_text", "reasoning_text"})
_CHAT = frozenset({"image_url", "input_audio", "file", "refusal"})
_LEFT_OUT = frozenset({"tool_reference", "container_upload"})


class UnknownPart(BadRequest):
    """A kind of content that chat form has no word for; an upstream that speaks the client's dialect may know it."""


def chat_parts(content: Any, path: str) -> list[Json]:
    """The parts of a message's content, a string being one text part. Raises `BadRequest` naming the part."""
    if content is None:
        return []
    if isinstance(content, str):
        return [text_part(content)]
    if type(content) is not list:
        raise json_body.refuse(path, "a string or an array of content parts")
    parts = (chat_part(part, f"{path}[{place}]") for place, part in enumerate(content))
    return [part for part in parts if part is not None]


def chat_part(part: Any, path: str) -> Json | None:
    """One part; None for one that only its own API could read."""
    if isinstance(part, str):
        return text_part(part)
    kind = json_body.an_object(part, path).get("type")
    json_body.filled_text(kind, f"{path}.type")
    if kind in _TEXTS:
        return _marked(text_part(joined(part.get("text"), f"{path}.text")), part, path)
    if kind in _CHAT:
        return dict(part)
    if kind in _LEFT_OUT:
        return None
    read = _READERS.get(str(kind))
    if read is None:
        raise _unknown(f"{path}.type", ("text", *_READERS))
    return _marked(read(part, path), part, path)


def _unknown(path: str, known: Iterable[str]) -> UnknownPart:
    return UnknownPart(
        "`%(field)s` is a kind of content that this gateway cannot pass on; it reads %(known)s.",
        param=path, field=path, known=", ".join(f"`{name}`" for name in known),
    )  # fmt: skip


def text_part(text: str) -> Json:
    """A text part."""
    return {"type": "text", "text": text}


def joined(text: Any, path: str) -> str:
    """A text; some clients write an array of strings or of text parts where a string belongs."""
    if isinstance(text, str):
        return text
    if type(text) is not list:
        raise json_body.refuse(path, "a string")
    pieces = [piece.get("text") if isinstance(piece, dict) else piece for piece in text]
    return "".join(joined(piece, path) if not isinstance(piece, str) else piece for piece in pieces)


def _marked(read: Json, part: Json, path: str) -> Json:
    return read | json_body.cache_mark(part, path)


def _input_image(part: Json, path: str) -> Json:
    url = part.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if url is None and part.get("file_id") is not None:
        raise json_body.refuse(f"{path}.file_id", "left out: files stored at a provider cannot be read here")
    json_body.filled_text(url, f"{path}.image_url")
    detail = part.get("detail")
    if detail is not None:
        json_body.text(detail, f"{path}.detail")
    return {"type": "image_url", "image_url": {"url": url} | ({"detail": detail} if detail else {})}


def _input_file(part: Json, path: str) -> Json:
    known = {name: part[name] for name in ("file_data", "file_id", "filename") if part.get(name)}
    for name, value in known.items():
        json_body.text(value, f"{path}.{name}")
    if "file_data" not in known and "file_id" not in known:
        raise json_body.refuse(
            f"{path}.file_data", "the file as a data URL; files at other addresses are not fetched"
        )
    return {"type": "file", "file": known}


def _image(part: Json, path: str) -> Json:
    return {"type": "image_url", "image_url": {"url": _source_url(part, path)}}


def _source_url(part: Json, path: str) -> str:
    """Anthropic's `source` as one URL. Files stored at a provider are not known here."""
    source = json_body.an_object(part.get("source"), f"{path}.source")
    json_body.one_of("base64", "url")(source.get("type"), f"{path}.source.type")
    if source["type"] == "url":
        json_body.filled_text(source.get("url"), f"{path}.source.url")
        return str(source["url"])
    json_body.filled_text(source.get("media_type"), f"{path}.source.media_type")
    json_body.filled_text(source.get("data"), f"{path}.source.data")
    return f"data:{source['media_type']};base64,{source['data']}"


def _document(part: Json, path: str) -> Json:
    source = json_body.an_object(part.get("source"), f"{path}.source")
    title = part.get("title") if isinstance(part.get("title"), str) else ""
    if source.get("type") == "text":
        return text_part(_titled(title, joined(source.get("data"), f"{path}.source.data")))
    if source.get("type") == "content":
        return text_part(_titled(title, joined(source.get("content"), f"{path}.source.content")))
    if source.get("type") == "url":
        raise _unknown(f"{path}.source.type", ("base64", "text", "content"))
    return {
        "type": "file",
        "file": {"filename": title or "document.pdf", "file_data": _source_url(part, path)},
    }


def _search_result(part: Json, path: str) -> Json:
    for name in ("title", "source"):
        if part.get(name) is not None:
            json_body.text(part[name], f"{path}.{name}")
    title = f"{part.get('title') or ''} {part.get('source') or ''}".strip()
    return text_part(_titled(title, joined(part.get("content"), f"{path}.content")))


def _titled(title: str | None, text: str) -> str:
    return f"{title}\n{text}" if title else text


_READERS = {
    "input_image": _input_image,
    "input_file": _input_file,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
}
