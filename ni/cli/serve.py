"""`ni serve`: checks that the instance may start, then becomes gunicorn with the gevent worker.

A start is refused here, in one line, rather than by a worker that dies: a bad setting, a secret file that is missing
or open to others, a schema that is not this program's.
"""

import argparse
import os
import sys
from pathlib import Path

import ni
from ni.cli.context import Context
from ni.cli.parts import Commands
from ni.settings import Settings

ROOT = Path(ni.__file__).resolve().parents[1]


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `serve`."""
    parser = commands.add_parser("serve", parents=[shared], help="serve the gateway and the portal")
    parser.set_defaults(run=serve)


def serve(context: Context, wanted: argparse.Namespace) -> None:
    """Check, say the address, and replace this process by the server."""
    _ = context.secrets
    link = context.set_up_link()
    settings = context.settings
    context.say(f"Northern Inference {ni.__version__} serves {settings.public_url} (on {settings.bind}).")
    if link:
        context.say(
            "There is no user yet. Open this link once, within 30 minutes, to make the first one; "
            "a link printed before stays good for its own 30 minutes:",
            link,
        )
    context.close()
    sys.stderr.flush()
    os.execv(sys.executable, command(settings))  # noqa: S606 - the server takes this process's place


def command(settings: Settings) -> list[str]:
    """The server's command line; `app.py` and the hooks of `ni/web/gunicorn.py` read the rest from the settings."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(ROOT / "ni" / "web" / "gunicorn.py"),
        "--chdir",
        str(ROOT),
        "--workers",
        str(settings.workers),
        "--bind",
        settings.bind,
        "app:application",
    ]
