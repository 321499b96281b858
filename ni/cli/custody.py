"""`ni custody`: verify receipts, check the log, print its checkpoint, rotate its key, export and erase records.

`verify` runs `ni_verify.py`, the file that is published for everyone, with the keys of this instance.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ni.cli.context import Check, CliError, Commands, Context, read_bounded
from ni.custody.anchors import Anchor, FolderAnchor
from ni.custody.fsck import fsck
from ni.custody.log_service import LogService
from ni.custody.log_signer import LogSigner, SeedFiles
from ni.custody.logs import CustodyRefused, LogDependencies, LogFreeze
from ni.custody.note import is_name
from ni.custody.receipt import RecordsMissing, load_verifier
from ni.custody.record_writer import custody_writers
from ni.domain.clock import SystemClock
from ni.domain.errors import KeyRetired, StoreUnavailable
from ni.settings.secret_files import SecretsError, write_private
from ni.store.journal import DirectJournal
from ni.store.schema import SchemaError
from ni.store.writer import Writer

RECEIPT_BYTES = 16 * 2**20
"""The longest file that `verify` reads: receipts have kilobytes, exports of an account's records megabytes."""


def add_custody(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `custody` and its commands."""
    group = commands.add_parser(
        "custody", help="check receipts, and look after the custody log"
    ).add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Callable[..., object], text: str, *words: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = group.add_parser(name, parents=[shared], help=text)
        for word in words:
            parser.add_argument(word.lower(), metavar=word)
        parser.set_defaults(run=run)
        return parser

    checked = command("verify", verify, "check a receipt, offline", "FILE")
    checked.add_argument("--vkey", action="append", help="a key of the log (default: those of this instance)")
    command("fsck", check, "rebuild the log and name every row that does not fit")
    command("checkpoint", checkpoint, "print the newest signed checkpoint")
    command("rotate", rotate, "sign with a new key; the old one signs too for 30 days")
    command("new-log", new_log, "begin a new log: after a theft of the key, or a restored backup", "ORIGIN")
    command("export", export, "write all records of an account, with proofs", "ACCOUNT", "FILE")
    erased = command("erase", erase, "erase fields of a request's record, or all of it", "REQUEST_ID")
    erased.add_argument("--field", action="append", metavar="NAME", help="only this field (may be repeated)")
    erased.add_argument(
        "--reason", default="operator's decision", help="stays on record; default: %(default)s"
    )
    command(
        "erase-account",
        erase_account,
        "erase what an account's records disclose, and its key",
        "ACCOUNT",
        "REASON",
    )


def verify(context: Context, wanted: argparse.Namespace) -> int:
    """Verify a receipt offline; 1 if it does not verify."""
    verifier = load_verifier()
    try:
        read_bounded(Path(wanted.file), RECEIPT_BYTES)
    except OSError as fault:
        raise CliError(f"{wanted.file} cannot be read: {fault.strerror}.") from fault
    words = [word for vkey in wanted.vkey or _own_keys(context) for word in ("--vkey", vkey)]
    try:
        result, status = verifier.run(["verify", wanted.file, *words]), 0
    except verifier.Refused as refusal:
        result, status = f"NOT VERIFIED: {refusal}", 1
    except verifier.MALFORMED as fault:
        result, status = f"NOT VERIFIED: malformed ({type(fault).__name__})", 1
    context.give({"verified": status == 0, "found": result}, result)
    return status


def check(context: Context, wanted: argparse.Namespace) -> int:
    """Recompute the log from its rows; 1 if a row does not fit."""
    _ = context.base
    report = fsck(context.database)
    lines = report.findings or [f"intact: {report.leaves} leaves"]
    context.give({"leaves": report.leaves, "findings": report.findings}, *lines)
    return int(bool(report.findings))


def checkpoint(context: Context, wanted: argparse.Namespace) -> None:
    """Print the newest signed checkpoint."""
    note = _log_service(context).signer.newest().note
    context.give({"checkpoint": note}, note.rstrip("\n"))


def rotate(context: Context, wanted: argparse.Namespace) -> None:
    """Sign with a new key. A crash between the steps leaves the old key valid; run again, the command finishes."""
    files, log_service = _seeds(context), _log_service(context)
    fresh = files.next_seed(os.urandom)
    head = log_service.lifecycle.rotate(fresh)
    files.turn()
    vkey = _vkey(context, head.log_id)
    context.say("Restart the servers. Publish this key; the old one signs too for 30 days.")
    context.give({"origin": head.origin, "vkey": vkey}, vkey)


def new_log(context: Context, wanted: argparse.Namespace) -> None:
    """Begin a new log with a new key; the old one keeps its last checkpoint. Raises `CliError` for an unfit origin."""
    files, log_service = _seeds(context), _log_service(context)
    if not is_name(wanted.origin):
        raise CliError(
            f"{wanted.origin!r} is no origin: no blanks and no +, such as example.ca/custody/2027."
        )
    if wanted.origin in [head.origin for head in log_service.signer.logs.heads()]:
        raise CliError(f"{wanted.origin} is the origin of a log of this gateway already; choose another.")
    last = log_service.signer.newest().note
    head = log_service.lifecycle.begin_new(wanted.origin, files.next_seed(os.urandom), last)
    files.turn()
    vkey = _vkey(context, head.log_id)
    context.say("Restart the servers, and publish the new origin and its key.")
    context.give({"origin": head.origin, "vkey": vkey}, vkey)


def export(context: Context, wanted: argparse.Namespace) -> None:
    """Write an account's records into a new private file."""
    account = context.account(wanted.account)
    path = Path(wanted.file)
    if path.exists():
        raise CliError(f"{path} exists; name a new file.")
    try:
        octets = _log_service(context).receipts.export(account.id)
    except RecordsMissing as missing:
        raise CliError(
            f"The log lacks {missing.count} of its records, so that no export can be shown to be whole. "
            "Run `ni custody fsck`."
        ) from missing
    write_private(path, octets)
    context.give({"file": str(path)}, str(path))


def erase(context: Context, wanted: argparse.Namespace) -> None:
    """Erase what the record of one request discloses; its leaves and all proofs stay valid."""
    log_service = _log_service(context)
    account_id = log_service.records.account_of(wanted.request_id)
    if account_id is None:
        raise CliError(f"There is no record of a request {wanted.request_id!r}.")
    where, why = (account_id, wanted.request_id), (_reason(wanted.reason), "operator")
    erasure = log_service.erasure
    count = erasure.fields(where, wanted.field, *why) if wanted.field else erasure.request(where, *why)
    if not count:
        raise CliError("There is nothing to erase: the record discloses no such field any more.")
    context.give({"request": wanted.request_id, "fields": count}, f"Erased {count} fields.")


def erase_account(context: Context, wanted: argparse.Namespace) -> None:
    """Erase an account's records; their leaves and proofs stay."""
    account = context.account(wanted.account)
    count = _log_service(context).erasure.account(account.id, _reason(wanted.reason), "operator")
    context.give({"account": account.id, "records": count}, f"Erased {count} records of {account.name}.")


def _reason(text: str) -> str:
    """The reason of an erasure, which stays on record. Raises `CliError` where it says nothing."""
    if not text.strip():
        raise CliError("An erasure needs a reason: it stays on record in place of what was erased.")
    return text


def custody_checks(context: Context) -> Iterator[Check]:
    """Lines of `doctor`: whether this machine's key is the log's, and whether what was published is in the log."""
    try:
        head = _log_service(context, (FolderAnchor(context.settings.home / "checkpoints"),)).inspect()
    except CliError as fault:
        yield Check("custody", True, str(fault))
    except (KeyRetired, CustodyRefused) as fault:
        yield Check("custody", False, "not usable", str(fault))
    except (StoreUnavailable, SchemaError, SecretsError):
        return  # another line says so
    else:
        yield Check("custody", True, f"{head.origin}, {head.size} leaves; the key is this machine's")


def _log_service(context: Context, anchors: Sequence[Anchor] = ()) -> LogService:
    """The log of this instance; `anchors` are those to compare with, none by default since the server publishes.

    Raises `CliError` if there is no log yet, `CustodyRefused` if its head was lost.
    """
    database, freeze = context.database, LogFreeze()
    journal = DirectJournal(Writer(database, custody_writers(database, os.urandom, freeze)))
    tools = LogDependencies(database, journal, SystemClock(), os.urandom, context.base.activity)
    log_service = LogService(
        tools, _seeds(context).load(context.secrets.custody_seed), lambda head: anchors, freeze
    )
    if log_service.signer.logs.begun() is None:
        raise CliError("There is no custody log yet; the first `python -m ni serve` begins it.")
    return log_service


def _seeds(context: Context) -> SeedFiles:
    return SeedFiles(context.settings.home / "secrets", write_private)


def _vkey(context: Context, log_id: int) -> str:
    seed = (context.settings.home / "secrets" / "custody.seed").read_bytes()
    signer = LogSigner(context.database, [seed], SystemClock())
    return str(signer.signers(signer.current())[0].key)


def _own_keys(context: Context) -> list[str]:
    """The public keys of this instance's logs. Raises `CliError` if there are none."""
    with suppress(CliError, SchemaError, SecretsError, StoreUnavailable, CustodyRefused):
        logs = _log_service(context).signer.logs
        return [row.vkey for head in logs.heads() for row in logs.keys(head.log_id)]
    raise CliError("There is no log here whose key could be used; name the key with --vkey.")
