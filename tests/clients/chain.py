"""LangChain's chat model: an answer, a stream and a tool loop. Run in the environment that has it."""

import os
from importlib import import_module
from typing import Any

READ = {"name": "read", "description": "Read a file.", "parameters": {"type": "object", "properties": {}}}


def echoed(answer: str) -> str:
    """What the sandbox repeats, without its introduction."""
    return answer.partition("You wrote:\n\n")[2]


def main() -> None:
    """Ask three times and print what came."""
    chat: Any = import_module("langchain_openai").ChatOpenAI
    url, key = os.environ["NI_URL"], os.environ["NI_API_KEY"]
    model = chat(model="sandbox/echo-local", base_url=f"{url}/v1", api_key=key)
    print("whole:", echoed(model.invoke("one two").content))
    print("stream:", echoed("".join(str(piece.content) for piece in model.stream("three four"))))
    able = model.bind_tools([{"type": "function", "function": READ}])
    turns: list[Any] = [("user", 'call read with {"path": "a.py"}')]
    turns.append(able.invoke(turns))
    (called,) = turns[-1].tool_calls
    turns.append(
        {"role": "tool", "tool_call_id": called["id"], "content": f"contents of {called['args']['path']}"}
    )
    print("tools:", able.invoke(turns).content)


if __name__ == "__main__":
    main()
