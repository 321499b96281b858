"""Of an upstream's error, the client is told the field and the reason in known words, and never anything else."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.providers.errors import CODES, Upstream, path_of, read_error_body, refused_request

OPENAI = {"type": "invalid_request_error"}
ERRORS: list[tuple[Any, str | None, str | None]] = [
    ({"error": {**OPENAI, "message": "x", "param": "stop", "code": "unsupported_parameter"}}, "stop",
     "unsupported_parameter"),
    ({"error": {**OPENAI, "message": "Unknown parameter: 'messages[1].usage'.", "param": "messages[1].usage",
                "code": "unknown_parameter"}}, "messages[1]", "unknown_parameter"),
    ({"error": {**OPENAI, "message": "Invalid 'response_format.json_schema.name': string does not match pattern.",
                "param": "response_format.json_schema.name", "code": "invalid_value"}},
     "response_format.json_schema.name", "invalid_value"),
    ({"error": {"code": "unknown_parameter", "message": "Unrecognized request argument supplied: top_k"}}, "top_k",
     "unknown_parameter"),
    ({"type": "error", "error": {**OPENAI, "message": "Thinking may not be enabled when tool_choice forces tool use."}},
     "tool_choice", "unsupported_value"),
    ({"type": "error", "error": {**OPENAI, "message": "messages.3.content.0.text: Field required"}},
     "messages[3].content[0].text", "missing_required_parameter"),
    ({"type": "error", "error": {**OPENAI, "message": "`max_tokens` must be greater than `thinking.budget_tokens`."}},
     "thinking.budget_tokens", "invalid_value"),
    ({"type": "error", "error": {**OPENAI, "message": "tools.0.custom.strict: Extra inputs are not permitted"}},
     "tools[0].custom.strict", "unknown_parameter"),
    ({"type": "error", "error": {**OPENAI, "message": "`temperature` is deprecated for this model."}}, "temperature",
     "unsupported_value"),
    ({"message": "1 validation error detected: Value at 'inferenceConfig.temperature' failed to satisfy constraint"},
     "inferenceConfig.temperature", "invalid_value"),
    ({"message": "Malformed input request: #: extraneous key [top_k] is not permitted, please reformat"}, "top_k",
     "unknown_parameter"),
    ({"message": "The text field in the ContentBlock object at messages.0.content.0 is blank."},
     "messages[0].content[0]", "invalid_value"),
    ({"message": "messages.2.content: Conversation blocks and tool result blocks cannot be provided in the same turn."},
     "messages[2].content", "unsupported_value"),
    ({"message": "This model doesn't support the toolConfig.toolChoice.tool field."}, "toolConfig.toolChoice.tool",
     "unsupported_value"),
    ({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Unknown name \"x\" at 'contents[0].parts[1]'",
                "details": [{"fieldViolations": [{"field": "contents[0].parts[1]", "description": "Zoe"}]}]}},
     "contents[0].parts[1]", "unknown_parameter"),
    ({"error": {"code": 400, "status": "INVALID_ARGUMENT",
                "message": "* GenerateContentRequest.tools[0].function_declarations[0].name: Invalid function name."}},
     "tools[0].function_declarations[0].name", "invalid_value"),
    ({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Request contains an invalid argument."}}, None,
     "invalid_value"),
    ({"error": {**OPENAI, "message": "Zoe Tremblay said hello", "param": "Zoe", "code": "zoe"}}, None, None),
    ({"error": {**OPENAI, "message": "x", "param": "messages[0].content.Zoe Tremblay", "code": ["x"]}},
     "messages[0].content", None),
    ({"error": {**OPENAI, "message": "x", "param": "messages" + "[0]" * 99}}, None, None),
    ({"error": {"details": {"x": 1}, "message": None, "param": 7}}, None, None),
    ({"error": {"details": [7, {"fieldViolations": 3}, {"fieldViolations": [None, {"field": 9}]}]}}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("error", "param", "reason"), ERRORS)
def test_field_and_reason_are_read_from_each_vendors_error(
    error: Any, param: str | None, reason: str | None
) -> None:
    error_body = read_error_body(json.dumps(error).encode())
    assert (error_body.param, error_body.reason) == (param, reason)
    problem = refused_request(400, error_body, Upstream("Azure"))
    assert problem.param == param
    assert (f"`{param}`" in problem.message) == (param is not None)
    assert reason is None or reason in problem.message
    assert "Zoe" not in problem.message


@given(st.text(max_size=200), st.text(max_size=80), st.text(max_size=40))
def test_nothing_but_known_words_is_ever_told(message: str, param: str, code: str) -> None:
    error = {"error": {"message": f"`{param}` messages.0.{param}: {message}", "param": param, "code": code}}
    error_body = read_error_body(json.dumps(error).encode())
    assert error_body.reason is None or error_body.reason in CODES
    assert error_body.param is None or re.fullmatch(r"[A-Za-z0-9_.\[\]]{1,120}", error_body.param)
    assert error_body.param is None or path_of(error_body.param) == error_body.param
