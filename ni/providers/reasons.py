"""Which field of a request an upstream refused, and why, out of its error: names of public APIs and nothing else.

An upstream's text may echo prompts, so none of it is passed on. A path is taken only as far as each of its segments is
an index or a word of the vendors' published request schemas; a reason only if it is one of a closed set of codes. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

_LONGEST = 120
_NAMES = """
    action additionalmodelrequestfields additional_model_request_fields allowed_callers allowed_function_names
    allowed_tools anthropic_beta anthropic_version any arguments args audio auto base64 body budget_tokens
    bytes cache_control cache_point candidate_count citations content content_block contents context_management custom
    data description detail disable_parallel_tool_use display document eager_input_streaming edits effort enum
    file file_data file_id file_uri filename format frequency_penalty function function_call function_calling_config
    function_declarations function_response functions generation_config grammar id image image_url include
    include_thoughts include_usage inference_config inline_data input input_audio input_schema instructions items json
    json_schema logit_bias logprobs max_completion_tokens max_gen_len max_output_tokens max_tokens media_type messages
    metadata mime_type min_p modalities mode model n name output_config parallel_tool_calls parameters
    parameters_json_schema parts prediction presence_penalty prompt prompt_cache_key properties reasoning
    reasoning_content reasoning_effort redacted_thinking refusal repetition_penalty required response response_format
    response_json_schema response_mime_type response_schema role safety_identifier safety_settings schema seed
    service_tier signature source status stop stop_sequences store stream stream_options strict structure suffix summary
    system system_instruction temperature text text_format thinking thinking_budget thinking_config thinking_level
    thought_signature title token_count tool tool_call_id tool_calls tool_choice tool_config tool_result tool_spec
    tool_use tool_use_id tools top_a top_k top_logprobs top_p truncation ttl type url user value verbosity
    web_search_options
"""
_WORDS = frozenset(_NAMES.split())
_CODE_NAMES = """
    array_above_max_length array_below_min_length decimal_above_max_value decimal_below_min_value empty_array
    image_parse_error image_too_large integer_above_max_value integer_below_min_value invalid_base64
    invalid_function_parameters invalid_image_format invalid_image_url invalid_json invalid_parameter invalid_prompt
    invalid_schema invalid_type invalid_value missing_required_parameter string_above_max_length
    string_below_min_length tool_use_failed unknown_parameter unsupported_image_media_type
    unsupported_parameter unsupported_value
"""
CODES = frozenset(_CODE_NAMES.split())
"""The codes of OpenAI's errors that a client can act upon; the phrases of other vendors are read as one of these."""
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"extra inputs are not permitted|extraneous key|unrecognized request argument|unknown (name|parameter|field)"
     r"|cannot find field", "unknown_parameter"),
    (r"field required|is required|must be (defined|set|specified|present)|missing", "missing_required_parameter"),
    (r"input should be a valid|invalid type|expected .{0,40}(string|object|list|array)|starting an object",
     "invalid_type"),
    (r"not (currently )?support|n't support|unsupported|not enabled|not available|deprecated"
     r"|(cannot|may not) (both )?be", "unsupported_value"),
    (r"too (long|many)|at most|less than or equal|maximum|exceeds?", "invalid_value"),
    (r"does not match|match(es)? (the )?pattern|failed to satisfy|must be|should be|invalid|is blank|out of range"
     r"|greater than", "invalid_value"),
)  # fmt: skip
_READ_PHRASES = tuple((re.compile(phrase, re.IGNORECASE), code) for phrase, code in _PHRASES)
_SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}|\d{1,5}")
_PATH = r"[A-Za-z_][A-Za-z0-9_]{0,63}(?:\.?\[\d{1,5}\]|\.[A-Za-z0-9_]{1,64})*"
_PREFIX = re.compile(rf"\s*({_PATH}): ")
_QUOTED = re.compile(rf"[`'\"\[]({_PATH})[`'\"\]]")
_DOTTED = re.compile(rf"(?<![\w.]){_PATH}")
_SKIPPED = frozenset({"generatecontentrequest", "converserequest", "request", "value"})
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_INDEX = re.compile(r"\.?\[(\d+)\]")
_READ_FROM = 4000
_CODES_OF_STATUS: Mapping[str, str] = MappingProxyType({"INVALID_ARGUMENT": "invalid_value"})


def path_of(given: Any) -> str | None:
    """A path as far as it is made of known words and indices; None if not even its first word is known."""
    if not isinstance(given, str) or len(given) > _LONGEST:
        return None
    found: list[str] = []
    for segment in _INDEX.sub(r".\1", given).split("."):
        if not found and segment.lower() in _SKIPPED:
            continue
        if not _SEGMENT.fullmatch(segment) or not (_known(segment) or (found and segment.isdigit())):
            break
        found.append(f"[{segment}]" if segment.isdigit() else f".{segment}" if found else segment)
    return "".join(found) or None


def field_in(words: str) -> str | None:
    """The field that an error's sentence names: before a colon, in quotes, as a path of several known words, or as one
    that no sentence has otherwise (`tool_choice`)."""
    words = words[:_READ_FROM]
    prefix = _PREFIX.match(words)
    if prefix and (path := path_of(prefix[1])):
        return path
    named = [path for found in _QUOTED.finditer(words) if (path := path_of(found[1]))]
    if named:
        return max(named, key=len)
    bare = [path for found in _DOTTED.finditer(words) if (path := path_of(found[0]))]
    return next(filter(_is_deep, bare), None) or next((path for path in bare if "_" in path), None)


def code_in(codes: Iterable[str], words: str) -> str | None:
    """The reason as one of `CODES`: told as a code, or by a phrase that vendors use."""
    told = next((code for code in sorted(codes) if code in CODES), None)
    if told:
        return told
    words = words[:_READ_FROM]
    by_phrase = next((code for phrase, code in _READ_PHRASES if phrase.search(words)), None)
    return by_phrase or next((_CODES_OF_STATUS[code] for code in codes if code in _CODES_OF_STATUS), None)


def violations(error: Mapping[str, Any]) -> str | None:
    """The first field of Google's `fieldViolations` (google.rpc.BadRequest)."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        entries = detail.get("fieldViolations") if isinstance(detail, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and (path := path_of(entry.get("field"))):
                return path
    return None


def _known(segment: str) -> bool:
    return segment.lower() in _WORDS or _CAMEL.sub(r"_\1", segment).lower() in _WORDS


def _is_deep(path: str) -> bool:
    return "." in path or "[" in path
