"""The OpenHands SDK: a conversation with a terminal, over chat, whole and as a stream."""

from pathlib import Path

from common import BASE, GPT, KEY, answer
from openhands.sdk import LLM, Agent, Conversation, Tool
from openhands.tools.terminal import TerminalTool


def ask(words: str, **more: object) -> str:
    model = LLM(model=f"openai/{GPT}", base_url=BASE, api_key=KEY, usage_id="agent", **more)
    agent = Agent(llm=model, tools=[Tool(name=TerminalTool.name)])
    pieces: list[str] = []

    def take(chunk: object) -> None:
        pieces.extend(choice.delta.content or "" for choice in chunk.choices)

    callbacks = [take] if more else []
    talk = Conversation(agent=agent, workspace=Path.cwd(), visualizer=None, token_callbacks=callbacks)
    talk.send_message(words)
    talk.run()
    return "".join(pieces) or str(list(talk.state.events)[-1])


if __name__ == "__main__":
    answer(stream=lambda words: ask(words, stream=True), loop=ask)
