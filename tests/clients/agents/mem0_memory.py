"""mem0: facts are taken from a conversation, kept by their vectors, and found again.

It is asked for in its own words: the vectors of the fake are alike for the same text alone.
"""

import tempfile

from common import BASE, GPT, KEY, VECTORS, answer
from mem0 import Memory


def memory(folder: str) -> Memory:
    at = {"api_key": KEY, "openai_base_url": BASE}
    store = {"collection_name": "facts", "path": folder, "embedding_model_dims": 8}
    return Memory.from_config(
        {
            "llm": {"provider": "openai", "config": {"model": GPT, **at}},
            "embedder": {"provider": "openai", "config": {"model": VECTORS, "embedding_dims": 8, **at}},
            "vector_store": {"provider": "qdrant", "config": store},
            "history_db_path": f"{folder}/history.db",
        }
    )


def remember(words: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        kept = memory(folder)
        (added,) = kept.add([{"role": "user", "content": words}], user_id="u1")["results"]
        found = kept.search(added["memory"], filters={"user_id": "u1"})
        return " | ".join(each["memory"] for each in found["results"])


if __name__ == "__main__":
    answer(remember=remember)
