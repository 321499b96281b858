"""LangChain's chat model: an answer, a stream and a tool call. Run in the environment that has it."""

import os
from importlib import import_module
from typing import Any

READ = {"name": "read", "description": "Read a file.", "parameters": {"type": "object", "properties": {}}}


def main() -> None:
    """Ask three times and print what came."""
    chat: Any = import_module("langchain_openai").ChatOpenAI
    url, key = os.environ["NI_URL"], os.environ["NI_API_KEY"]
    model = chat(model="sandbox/echo-local", base_url=f"{url}/v1", api_key=key)
    print("whole:", model.invoke("one two").content)
    print("stream:", "".join(str(piece.content) for piece in model.stream("three four")))
    tool = {"type": "function", "function": READ}
    called = model.bind_tools([tool]).invoke('call read with {"path": "a.py"}').tool_calls[0]
    print("tools:", called["name"], called["args"])


if __name__ == "__main__":
    main()
