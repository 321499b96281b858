"""`ni serve`: checks that the instance may start, then replaces itself by gunicorn with the gevent worker.

In a place without an instance it first makes one, as `ni init` does. A bad setting, a secret file that is missing or
readable by others, or another program's schema refuses the start here, in one line, before there is a worker that could
fail.
"""

import argparse
import os
import shutil
import socket
import sys
import webbrowser
from pathlib import Path

import ni
from ni.cli.context import Commands, Context
from ni.cli.instance import make_instance
from ni.cli.listener import bound
from ni.cli.self_signed import require_pair, self_signed
from ni.custody.logs import Logs
from ni.domain.errors import StoreUnavailable
from ni.resources import GUNICORN, INSTALLED, ROOT
from ni.settings import SELF_SIGNED, Settings
from ni.store import schema
from ni.store.database import DatabaseDamaged

BACKLOG = 2048
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `serve`."""
    parser = commands.add_parser("serve", parents=[shared], help="serve the gateway and the portal")
    tls = parser.add_mutually_exclusive_group()
    tls.add_argument(
        "--tls-self-signed", action="store_true", help="serve https with a certificate made in NI_HOME"
    )
    tls.add_argument("--tls-cert", metavar="FILE", help="serve https with this certificate and chain (PEM)")
    parser.add_argument("--tls-key", metavar="FILE", help="the private key of --tls-cert (PEM)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the set-up link in a browser")
    parser.set_defaults(run=serve, settings=settings_of)


def settings_of(wanted: argparse.Namespace) -> dict[str, str]:
    """The settings that the options stand for; the server reads them from its environment."""
    given = {
        "NI_TLS_CERT": SELF_SIGNED if wanted.tls_self_signed else wanted.tls_cert,
        "NI_TLS_KEY": wanted.tls_key,
    }
    return {name: value for name, value in given.items() if value}


def serve(context: Context, wanted: argparse.Namespace) -> None:
    """Check the instance, bind the address, print it, and replace this process by the server.

    Nothing is printed before the address is bound: on a port that is taken, the set-up link would not work.
    """
    settings = context.settings
    _make_if_new(context)
    _ = context.secrets
    has_database = _has_database(context)
    tls = _tls(settings)
    listener = bound(settings.bind)
    link = context.set_up_link() if has_database else None
    context.say(f"Northern Inference {ni.__version__} serves {settings.public_url} (on {settings.bind}).")
    if link:
        context.say(
            "There is no user yet. Open this link once, within 30 minutes, to make the first one; "
            "a link printed before stays good for its own 30 minutes:",
            link,
        )
    context.close()
    if settings.shared_numbers:
        shutil.rmtree(settings.shared_numbers, ignore_errors=True)  # counters start at zero with the server
        settings.shared_numbers.mkdir(mode=0o700)
    if link and not wanted.no_browser:
        _open_browser(settings, listener, link)
    sys.stderr.flush()
    arguments = [*command(settings, listener.detach()), *tls, "app:application"]
    os.execve(sys.executable, arguments, dict(settings.given))  # noqa: S606 - the server takes its place


def _make_if_new(context: Context) -> None:
    """Make the instance where there is neither a database nor a secret.

    On PostgreSQL only with mounted secrets: several gateways that start at once would each make their own.
    """
    settings, database = context.settings, context.database
    if (settings.home / "secrets").exists() or not (database.sqlite or context.given_secrets):
        return
    path = Path(database.url.database or "")
    try:
        new = not path.exists() if database.sqlite else schema.state(database) is schema.State.EMPTY
    except StoreUnavailable:
        return
    if new:
        from ni.cli.catalog import import_shipped  # loads much that a start does not use
        from ni.cli.context import Parts

        _explain_origin(context)
        make_instance(context, Parts(after_init=(import_shipped,)))


def _explain_origin(context: Context) -> None:
    """Say what the first start fixes for ever."""
    settings = context.settings
    context.say(f"Making a new instance in {settings.home}.")
    if not settings.custody_origin and settings.public_url.startswith("http://"):
        context.say(
            "The custody log that begins now is named after NI_PUBLIC_URL, which is this machine. For an instance "
            "that is to stay, stop here, set NI_PUBLIC_URL or NI_CUSTODY_ORIGIN, and start in an empty folder."
        )


def _has_database(context: Context) -> bool:
    """Whether the database answers; the server waits for one that is away.

    Raises `SchemaError`, `DatabaseDamaged`, and `CustodyRefused` where the custody log lost its head.
    """
    try:
        _ = context.base
        Logs(context.database).begun()
    except DatabaseDamaged:  # waiting does not help
        raise
    except StoreUnavailable:
        context.say("The database is away. Until it is back, every request is answered with 503.")
        return False
    return True


def _tls(settings: Settings) -> list[str]:
    """The server's arguments for https; none without a certificate. Raises `CliError` for files that do not fit."""
    if not settings.tls_cert:
        return []
    certificate = Path(settings.tls_cert).absolute()
    key = settings.tls_key
    if settings.tls_cert == SELF_SIGNED or key is None:
        certificate, key = self_signed(settings.home / "tls", settings.public_url)
    else:
        require_pair(certificate, key)
    return ["--certfile", str(certificate), "--keyfile", str(key)]


def _open_browser(settings: Settings, listener: socket.socket, link: str) -> None:
    """Open the link where a person sits at a display; connections wait until the server accepts them."""
    if sys.stderr.isatty() and any(settings.given.get(name) for name in DISPLAYS):
        listener.listen(BACKLOG)
        webbrowser.open(link)


def command(settings: Settings, listener: int) -> list[str]:
    """The server's command line, without TLS and the application; `app.py` and the hooks of `ni/web/gunicorn.py` read
    the rest from the settings.

    `listener` is the descriptor of the bound socket.
    """
    shared = settings.shared_numbers
    return [
        sys.executable,
        # The folder in which an installed server is started holds no modules of ours.
        *(["-P"] if INSTALLED else []),
        "-m",
        "gunicorn",
        "--config",
        str(GUNICORN),
        "--pythonpath",  # not --chdir: relative paths in settings start where the command was called
        str(ROOT),
        "--workers",
        str(settings.workers),
        "--bind",
        f"fd://{listener}",
        *(["--env", f"PROMETHEUS_MULTIPROC_DIR={shared.absolute()}"] if shared else []),
    ]
