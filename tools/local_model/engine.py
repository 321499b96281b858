"""The process that serves the model: llama.cpp's own OpenAI-compatible server, on this machine only.

Started by `launch` with the Python of the model's own environment, so it imports nothing but the engine. It
prints one line, the address it listens on, and leaves when its standard input closes: a launcher that is
killed leaves no orphan with 2 GB of memory behind.
"""

import sys

from xllamacpp import CommonParams, Server

# Two conversations of 8,192 tokens each at once: a page of code with room for the answer, in about 2 GB.
SLOTS = 2
CONTEXT_TOKENS = 8192


def serve(model_path: str, model_name: str, threads: int) -> None:
    """Serves on a free port of 127.0.0.1 until standard input ends."""
    params = CommonParams()
    params.model.path = model_path
    params.model_alias = {model_name}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * CONTEXT_TOKENS
    params.use_jinja = True  # the file brings its own chat template
    params.ui = False
    params.cpuparams.n_threads = threads
    server = Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
