"""A chat body as a server of one's own takes it, whatever the template of its model allows.

Templates of many open models know one system message, at the beginning, and no `developer` (llama.cpp#20079,
litellm#24664); so leading ones become one, and later ones are told as the user's words. Fields are those of OpenAI's
reference and the documented extensions of vLLM, llama.cpp, SGLang and Ollama; a deployment's options `fields` and
`message_fields` name more, separated by spaces.
"""

from collections.abc import Mapping
from typing import Any

from ni.domain.call import Json
from ni.providers.fields import MESSAGE_FIELDS, OPENAI_FIELDS, plain_message, plain_tool

_EXTENSION_NAMES = """
    add_generation_prompt best_of cache_prompt chat_template_kwargs continue_final_message dry_allowed_length dry_base
    dry_multiplier dry_penalty_last_n dry_sequence_breakers dynatemp_exponent dynatemp_range enable_thinking grammar
    guided_choice guided_decoding_backend guided_grammar guided_json guided_regex id_slot ignore_eos
    include_stop_str_in_output json_schema keep_alive length_penalty min_p min_tokens mirostat mirostat_eta mirostat_tau
    n_predict n_probs options parse_tool_calls priority reasoning_budget reasoning_format repeat_last_n repeat_penalty
    repetition_penalty return_progress samplers separate_reasoning skip_special_tokens spaces_between_special_tokens
    stop_token_ids structured_outputs tfs_z think thinking thinking_budget_tokens timings_per_token top_a top_k
    top_n_sigma truncate_prompt_tokens typical_p use_beam_search xtc_probability xtc_threshold
"""
EXTENSIONS = frozenset(_EXTENSION_NAMES.split())
_OF_THOUGHT = frozenset({"reasoning", "reasoning_content"})
"""Models that think between calls want their thoughts back."""
_SYSTEM = ("system", "developer")


def own_body(body: Json, options: Mapping[str, str]) -> Json:
    """The body with the fields that the server may know, and one system message at most."""
    allowed = OPENAI_FIELDS | EXTENSIONS | set(options.get("fields", "").split())
    told = {name: value for name, value in body.items() if name in allowed}
    names = MESSAGE_FIELDS | _OF_THOUGHT | set(options.get("message_fields", "").split())
    messages = one_system_message(list(map(_newer, body["messages"])))
    told["messages"] = [plain_message(message, names) for message in messages]
    if "tools" in told:
        told["tools"] = [plain_tool(tool) for tool in told["tools"]]
    return told


def one_system_message(messages: list[Json]) -> list[Json]:
    """The messages with the leading ones of the system as one, and later ones as the user's."""
    rest = next((at for at, message in enumerate(messages) if message["role"] not in _SYSTEM), len(messages))
    leading, later = messages[:rest], messages[rest:]
    if len(leading) > 1 or any(message["role"] == "developer" for message in leading):
        text = "\n\n".join(filter(None, (words_of(message.get("content")) for message in leading)))
        leading = [{"role": "system", "content": text}]
    return leading + [
        {**message, "role": "user"} if message["role"] in _SYSTEM else message for message in later
    ]


def _newer(message: Json) -> Json:
    """A message of the older form with functions as one with tools, which templates know."""
    if message["role"] == "function":
        return {
            "role": "tool",
            "tool_call_id": f"call_{message['name']}",
            "content": message.get("content") or "",
        }
    if older := message.get("function_call"):
        call = {"id": f"call_{older['name']}", "type": "function", "function": older}
        kept = {name: value for name, value in message.items() if name != "function_call"}
        return {**kept, "tool_calls": [call]}
    return message


def words_of(content: Any) -> str:
    """The text of a message's content."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or ())
