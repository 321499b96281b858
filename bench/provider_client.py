"""`python -m bench.provider_client WHO NAME URL`: calls a provider's fake and prints the CPU that it took.

WHO is `gateway` (our adapter, in this process) or `direct` (the vendor's SDK). One process measures one of them, so
that neither pays for the other's libraries. Figures are milliseconds of this process's CPU.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from tests.fakes import anthropic_wire, azure_wire, bedrock_wire, vertex_wire
from tests.fakes.doors import make_door
from tests.fakes.orders import order
from tests.fakes.upstreams import UPSTREAMS

CALLS, STREAMS, LETTERS = 150, 15, 400
TEXT = "é" * LETTERS
USER: Any = {"role": "user", "content": TEXT}
Ask = tuple[Callable[[], object], Callable[[], Iterable[object]]]
"""One call, and one stream."""


def gateway(name: str, url: str) -> Ask:
    """Our adapter."""
    upstream = UPSTREAMS[name]
    provider = upstream.build(make_door(), upstream.lookup())
    to = upstream.route(SimpleNamespace(url=url))  # type: ignore[arg-type]  # a fake in another process
    return (
        lambda: provider.send(order(to, USER)).reply(),
        lambda: provider.send(order(to, USER, stream=True)).chunks(),
    )


def anthropic(url: str) -> Ask:
    """Anthropic's SDK."""
    from anthropic import Anthropic

    client = Anthropic(api_key=anthropic_wire.KEY, base_url=url)
    asked: Any = {"model": UPSTREAMS["anthropic"].model, "max_tokens": 999, "messages": [USER]}
    return lambda: client.messages.create(**asked), lambda: client.messages.create(stream=True, **asked)


def azure(url: str) -> Ask:
    """OpenAI's SDK for Azure."""
    from openai import AzureOpenAI

    client = AzureOpenAI(api_key=azure_wire.KEY, azure_endpoint=url, api_version="2024-10-21")
    asked: Any = {"model": UPSTREAMS["azure"].model, "messages": [USER]}
    create = client.chat.completions.create
    return lambda: create(**asked), lambda: create(stream=True, **asked)


def bedrock(url: str) -> Ask:
    """boto3."""
    import boto3

    client = boto3.client(
        "bedrock-runtime",
        region_name="ca-central-1",
        endpoint_url=url,
        aws_access_key_id=bedrock_wire.ACCESS,
        aws_secret_access_key=bedrock_wire.SECRET,
    )
    asked: Any = {
        "modelId": UPSTREAMS["bedrock"].model,
        "messages": [{"role": "user", "content": [{"text": TEXT}]}],
    }
    return lambda: client.converse(**asked), lambda: client.converse_stream(**asked)["stream"]


def vertex_ai(url: str) -> Ask:
    """Google's SDK."""
    from google import genai
    from google.oauth2.credentials import Credentials

    client = genai.Client(
        vertexai=True,
        project=vertex_wire.PROJECT,
        location="northamerica-northeast1",
        credentials=Credentials(vertex_wire.TOKEN),
        http_options=genai.types.HttpOptions(base_url=url, api_version="v1"),
    )
    asked: Any = {"model": UPSTREAMS["vertex_ai"].model, "contents": TEXT}
    return (
        lambda: client.models.generate_content(**asked),
        lambda: client.models.generate_content_stream(**asked),
    )


SDKS: dict[str, Callable[[str], Ask]] = {
    "anthropic": anthropic,
    "azure": azure,
    "bedrock": bedrock,
    "vertex_ai": vertex_ai,
}


def timed(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one run of `work`."""
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) * 1000 / times


def main() -> None:
    """Measure and print."""
    who, name, url = sys.argv[1:]
    call, stream = gateway(name, url) if who == "gateway" else SDKS[name](url)
    for _ in range(5):
        call()
        list(stream())
    call_ms = timed(call, CALLS)
    stream_ms = timed(lambda: list(stream()), STREAMS)
    print(json.dumps({"call_ms": call_ms, "chunk_ms": max(0.0, stream_ms - call_ms) / LETTERS}))


if __name__ == "__main__":
    main()
