"""LiteLLM as a library: a stream, and a loop by hand over chat; Messages as well."""

import json

import litellm
from common import BASE, CLAUDE, GPT, KEY, URL, answer, look_up, read

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {"type": "object", "properties": {field: {"type": "string"}}},
        },
    }
    for name, field in (("look_up", "email"), ("read", "path"))
]
DONE = {"look_up": look_up, "read": read}
CHAT = {"model": f"openai/{GPT}", "api_base": BASE, "api_key": KEY}
MESSAGES = {"model": f"anthropic/{CLAUDE}", "api_base": URL, "api_key": KEY}


def streamed(words: str, to: dict = CHAT) -> str:
    turns = [{"role": "user", "content": words}]
    pieces = litellm.completion(**to, messages=turns, stream=True)
    return "".join(piece.choices[0].delta.content or "" for piece in pieces)


def loop(words: str, to: dict = CHAT) -> str:
    turns = [{"role": "user", "content": words}]
    while True:
        message = litellm.completion(**to, messages=turns, tools=TOOLS).choices[0].message
        if not message.tool_calls:
            return message.content
        turns.append(message.model_dump())
        for call in message.tool_calls:
            result = DONE[call.function.name](**json.loads(call.function.arguments))
            turns.append({"role": "tool", "tool_call_id": call.id, "content": result})


if __name__ == "__main__":
    answer(
        stream=streamed,
        loop=loop,
        stream_messages=lambda words: streamed(words, MESSAGES),
        loop_messages=lambda words: loop(words, MESSAGES),
    )
