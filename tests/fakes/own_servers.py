"""Strict fakes of the programs that people run models with, as far as they describe themselves. One wire for each.

Sources: Ollama docs/api.md (`/api/version`, `/api/show`, `/api/ps`) and docs/openai.md; llama.cpp
tools/server/README.md (`/props`, `/v1/models`); vLLM's `ModelCard`; LM Studio's REST API v0; LocalAI's `/v1/models`.
What a program does not have is 404 there, in its own words.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from ni.providers.local_probe import FoundModel, FoundServer, ServerProbe, plain_address

Json = dict[str, Any]
Answers = Callable[[str, str, Json], tuple[int, Json | str]]
"""From method, path and body to status and answer."""
VISION = {"type": "vlm", "state": "loaded", "loaded_context_length": 4096, "max_context_length": 32768}


def listing(*entries: Json) -> Json:
    return {"object": "list", "data": [{"object": "model", "created": 1, **entry} for entry in entries]}


def ollama(method: str, path: str, body: Json) -> tuple[int, Json | str]:
    shown = {
        "llama3.2:3b": (["completion", "tools"], 'num_ctx                        8192\nstop "<|eot_id|>"'),
        "qwen3-vl:8b": (["completion", "vision", "tools", "thinking"], ""),
        "nomic-embed-text:latest": (["embedding"], ""),
    }
    match method, path:
        case "GET", "/v1/models":
            return 200, listing(*({"id": name, "owned_by": "library"} for name in shown))
        case "GET", "/api/version":
            return 200, {"version": "0.13.1"}
        case "GET", "/api/ps":
            loaded = {"name": "qwen3-vl:8b", "model": "qwen3-vl:8b", "context_length": 32768}
            return 200, {"models": [loaded]}
        case "POST", "/api/show":
            if set(body) != {"model"} or body["model"] not in shown:
                return 404, {"error": f"model '{body.get('model')}' not found"}
            able, parameters = shown[body["model"]]
            info = {"general.architecture": "llama", "llama.context_length": 131072}
            return 200, {"capabilities": able, "parameters": parameters, "model_info": info}
    return 404, "404 page not found"


def llama_cpp(method: str, path: str, body: Json) -> tuple[int, Json | str]:
    match method, path:
        case "GET", "/v1/models" | "/models":
            entry = {"id": "/models/Qwen 2.5.gguf", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131072}}
            return 200, listing(entry)
        case "GET", "/props":
            caps = {"supports_tools": True, "supports_tool_calls": True}
            settings = {"n_ctx": 16384, "params": {}}
            return 200, {
                "default_generation_settings": settings,
                "modalities": {"vision": True, "audio": False},
                "chat_template_caps": caps,
            }
    return 404, {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}


def vllm(method: str, path: str, body: Json) -> tuple[int, Json | str]:
    if (method, path) == ("GET", "/v1/models"):
        card = {"id": "Qwen/Qwen3-8B", "owned_by": "vllm", "root": "Qwen/Qwen3-8B", "max_model_len": 40960}
        return 200, listing(card)
    return 404, {"detail": "Not Found"}


def lm_studio(method: str, path: str, body: Json) -> tuple[int, Json | str]:
    models = [
        {"id": "qwen2-vl-7b", "capabilities": ["tool_use"], **VISION},
        {"id": "bge-m3", "type": "embeddings", "state": "not-loaded", "max_context_length": 8192},
    ]
    match method, path:
        case "GET", "/v1/models":
            return 200, listing(*({"id": one["id"], "owned_by": "organization_owner"} for one in models))
        case "GET", "/api/v0/models":
            return 200, {"object": "list", "data": models}
    return 200, {"error": f"Unexpected endpoint or method. ({method} {path})"}


def local_ai(method: str, path: str, body: Json) -> tuple[int, Json | str]:
    if (method, path) == ("GET", "/v1/models"):
        return 200, {"object": "list", "data": [{"id": "gpt-oss-20b", "object": "model"}]}
    return 404, {"error": {"code": 404, "message": "Not Found", "type": ""}}


class OwnServerFake(ThreadingHTTPServer):
    """A server on loopback that answers as one of the programs; with a `key`, it wants that."""

    daemon_threads = True

    def __init__(self, answers: Answers, key: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.key = answers, key
        self.seen: list[tuple[str, str, str]] = []
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)

    @property
    def address(self) -> str:
        """Host and port, as people type them."""
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "OwnServerFake":
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OwnServerFake

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Say nothing."""

    def do_GET(self) -> None:
        self._tell({})

    def do_POST(self) -> None:
        self._tell(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _tell(self, body: Json) -> None:
        shown = self.headers.get("Authorization", "")
        self.server.seen.append((self.command, self.path, shown))
        status, answer = self.server.answers(self.command, self.path, body)
        if self.server.key and shown != f"Bearer {self.server.key}":
            status, answer = 401, {"error": {"message": "Invalid API Key", "code": 401}}
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


class KnownModels(ServerProbe):
    """Stands in where no socket is open: every server is there, and lists one model."""

    def __init__(self, *models: str) -> None:
        self._models = models or ("qwen",)

    def look(self, address: str, key: Secret | None = None) -> FoundServer:
        return FoundServer(plain_address(address), "", tuple(FoundModel(name) for name in self._models))


def without_sockets(gateway: Gateway) -> None:
    """Let a gateway look at servers without a connection."""
    servers: Any = gateway.local_servers
    servers._tools = replace(servers._tools, probe=KnownModels())
