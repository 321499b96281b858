"""Claude's Agent SDK, over Messages: its partial messages, and tools of its own in this process."""

import asyncio

from claude_agent_sdk import ClaudeAgentOptions, create_sdk_mcp_server, query, tool
from common import CLAUDE, KEY, URL, answer, look_up, read

ENVIRON = {
    "ANTHROPIC_BASE_URL": URL,
    "ANTHROPIC_AUTH_TOKEN": KEY,
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}


def said(text: str) -> dict:
    return {"content": [{"type": "text", "text": text}]}


@tool("look_up", "Find the ticket of a customer.", {"email": str})
async def looking_up(given: dict) -> dict:
    return said(look_up(given["email"]))


@tool("read", "Read a file.", {"path": str})
async def reading(given: dict) -> dict:
    return said(read(given["path"]))


async def ask(words: str, **more: object) -> str:
    options = ClaudeAgentOptions(model=CLAUDE, env=ENVIRON, system_prompt="You help.", tools=[], **more)
    text, streamed = "", ""
    async for message in query(prompt=words, options=options):
        text = getattr(message, "result", None) or text
        event = getattr(message, "event", {})
        streamed += event.get("delta", {}).get("text", "")
    return streamed if more.get("include_partial_messages") else text


if __name__ == "__main__":
    server = create_sdk_mcp_server("clerk", tools=[looking_up, reading])
    able = {"mcp_servers": {"clerk": server}, "allowed_tools": ["mcp__clerk__look_up", "mcp__clerk__read"]}
    answer(
        stream=lambda words: asyncio.run(ask(words, include_partial_messages=True)),
        loop=lambda words: asyncio.run(ask(words, **able)),
    )
