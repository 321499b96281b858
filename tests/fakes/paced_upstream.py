"""A local model server that takes its time: it answers after a pause and streams a word at a time."""

import asyncio
import json
import threading
from collections import deque
from typing import Any

WORDS = 8
PAUSE_S = 0.02


class PacedUpstream:
    """Serves one model, `paced`, on loopback; `left` counts clients that went away before their answer ended.

    `log` is its own account of what it served, `bodies` and `keys` what it was sent.
    With `fail_every`, every n-th request is answered by 503.
    """

    def __init__(self, words: int = WORDS, pause_s: float = PAUSE_S) -> None:
        self._words = words
        self._pause_s = pause_s
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._port = 0
        self._server: asyncio.Server | None = None
        self.served = 0
        self.fail_every = 0
        self.bodies: deque[Any] = deque(maxlen=1000)
        self.keys: deque[str] = deque(maxlen=1000)
        self.log: deque[dict[str, int]] = deque(maxlen=10_000)
        self.left = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def base_url(self) -> str:
        """The base URL, with `/v1`."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> "PacedUpstream":
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *fault: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # closed transports let go of their sockets at the loop's next turns

    def _run(self) -> None:
        served = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
        self._server = self._loop.run_until_complete(served)
        self._port = self._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close())  # here: another loop may run in the thread of the tests
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left += 1
        except asyncio.CancelledError:
            return  # the server ends
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0].partition(":")[2])) if lengths else b""
        self.served += 1
        self._note(head, body)
        if head.startswith("GET "):
            _write(writer, {"object": "list", "data": [{"id": "paced", "object": "model"}]})
        elif self.fail_every and self.served % self.fail_every == 0:
            _write(writer, {"error": {"message": "try later", "type": "server_error"}}, "503 Busy")
        elif json.loads(body).get("stream"):
            await self._stream(reader, writer)
        else:
            await self._pause(reader, self._pause_s * self._words)
            self.log.append(_usage(self._words))
            _write(writer, _completion(self._words))
        await writer.drain()
        return True

    def _note(self, head: str, body: bytes) -> None:
        """Keep what was asked, and with whose key."""
        if body:
            self.bodies.append(json.loads(body))
        keys = [line for line in head.split("\r\n") if line.lower().startswith("authorization:")]
        self.keys.append(keys[0].partition(":")[2].strip() if keys else "")

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for at in range(self._words):
            _event(
                writer, {"choices": [{"index": 0, "delta": {"content": f"w{at} "}, "finish_reason": None}]}
            )
            await writer.drain()
            await self._pause(reader, self._pause_s)
        _event(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.log.append(_usage(self._words))
        _event(writer, {"choices": [], "usage": _usage(self._words)})
        _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")

    async def _pause(self, reader: asyncio.StreamReader, seconds: float) -> None:
        """Wait; a client that leaves meanwhile ends the answer."""
        try:
            early = await asyncio.wait_for(reader.read(1), seconds)
        except TimeoutError:
            return
        raise ConnectionResetError("the client left") if not early else AssertionError("pipelined")


def _usage(words: int) -> dict[str, int]:
    return {"prompt_tokens": 3, "completion_tokens": words, "total_tokens": 3 + words}


def _completion(words: int) -> dict[str, Any]:
    text = "".join(f"w{at} " for at in range(words))
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "chatcmpl-paced", "object": "chat.completion", "created": 1, "model": "paced",
            "choices": [choice], "usage": _usage(words)}  # fmt: skip


def _write(writer: asyncio.StreamWriter, body: dict[str, Any], status: str = "200 OK") -> None:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    writer.write(head.encode() + raw)


def _event(writer: asyncio.StreamWriter, chunk: dict[str, Any]) -> None:
    frame = {
        "id": "chatcmpl-paced",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "paced",
        **chunk,
    }
    _chunk(writer, b"data: " + json.dumps(frame).encode() + b"\n\n")


def _chunk(writer: asyncio.StreamWriter, raw: bytes) -> None:
    writer.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
