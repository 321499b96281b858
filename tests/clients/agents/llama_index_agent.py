"""LlamaIndex: its agent over chat, and an index of a text by our vectors, asked as a stream."""

import asyncio

from common import BASE, GPT, KEY, VECTORS, answer, look_up, read
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike

model = OpenAILike(
    model=GPT,
    api_base=BASE,
    api_key=KEY,
    is_chat_model=True,
    is_function_calling_model=True,
    context_window=128_000,
)
vectors = OpenAILikeEmbedding(model_name=VECTORS, api_base=BASE, api_key=KEY)


def streamed(words: str) -> str:
    return "".join(piece.delta or "" for piece in model.stream_complete(words))


async def loop(words: str) -> str:
    return str(await FunctionAgent(tools=[look_up, read], llm=model, system_prompt="You help.").run(words))


def files(words: str) -> str:
    index = VectorStoreIndex.from_documents([Document(text=words)], embed_model=vectors)
    return "".join(index.as_query_engine(llm=model, streaming=True).query("Whose ticket is it?").response_gen)


if __name__ == "__main__":
    answer(stream=streamed, loop=lambda words: asyncio.run(loop(words)), files=files)
