"""`armlet anchor`: signs the head of a ledger, for somebody outside the trial team to keep."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError, LedgerBroken, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.ledger.chain import Verification

NAME: Final = "anchor"
HELP: Final = "sign the head of a ledger, so that nobody can rewrite it unseen"
PRIVATE, PUBLIC = "anchor-key.pem", "anchor-key.public.pem"

_EPILOG: Final = f"""\
example:
  armlet anchor --new-key keys
  armlet anchor out/nct00000000 --key keys/{PRIVATE} --out anchor-2026-11.json
  armlet verify out/nct00000000 --anchor anchor-2026-11.json --public-key keys/{PUBLIC}

PATH is a folder of a trial or the file of its open strand. Who signs should not be able to write it: a data protection
officer, the ethics committee, a notary. The key is made by that person and stays with them; the public key and the
anchors go to whoever will verify. The strand is verified before it is signed. A file that is there is never replaced.

exit code: 0 signed, 1 the path, the key or the file cannot be used, 4 the strand is broken and was not signed.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Either a folder for a new key, or what to sign, with what and where to."""
    parser.epilog = _EPILOG
    parser.add_argument("path", metavar="PATH", nargs="?", type=Path, help="a folder of a trial, or an open strand")
    parser.add_argument("--new-key", metavar="DIR", type=Path, help="make a pair of keys in this folder, and stop")
    parser.add_argument("--key", metavar="FILE", type=Path, help="the private key to sign with")
    parser.add_argument("--out", metavar="FILE", type=Path, help="the anchor to write")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Makes a key or signs. Raises UsageError, InputError, LedgerBroken."""
    path, key, target = arguments.path, arguments.key, arguments.out
    if arguments.new_key is not None:
        if path or key or target:
            fix = "Make the key first, then sign."
            raise UsageError([error("usage", "--new-key", "a new key is made on its own.", fix)])
        return _make_keys(arguments.new_key, out)
    if not (path and key and target):
        message = "PATH, --key and --out are needed."
        raise UsageError([error("usage", "armlet anchor", message, "See `armlet anchor --help`.")])
    return _sign(path, key, target, out)


def _make_keys(folder: Path, out: Output) -> ExitCode:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from armlet.ledger.anchor import key_text, spell_keys

    key = Ed25519PrivateKey.generate()
    private, public = spell_keys(key)
    folder.mkdir(parents=True, exist_ok=True)
    _write_new(folder / PRIVATE, private, mode=0o600)
    _write_new(folder / PUBLIC, public)
    document = {"private": str(folder / PRIVATE), "public": str(folder / PUBLIC), "key": key_text(key.public_key())}
    out.answer(
        document, f"{folder / PRIVATE}: keep it where the trial team cannot read it\n{folder / PUBLIC}: hand out"
    )
    return ExitCode.DONE


def _sign(path: Path, key_file: Path, target: Path, out: Output) -> ExitCode:
    from armlet.cli.verify import open_strand_of
    from armlet.ledger.anchor import NotAnAnchorError, read_private_key, sign_head
    from armlet.ledger.chain import verify
    from armlet.studytime import SystemClock

    try:
        key = read_private_key(read_bytes(str(key_file), "anchor"))
    except NotAnAnchorError as problem:
        fix = "Make one with `armlet anchor --new-key DIR`."
        raise InputError([error("anchor/key", str(key_file), f"{problem}.", fix)]) from None
    strand = open_strand_of(path)
    found = verify(read_bytes(str(strand), "anchor"))
    if not found.is_whole:
        raise LedgerBroken(f"{strand} is not signed: {found.breaks[0]}")
    anchor = sign_head(key, _trial_of(found, strand), found.head, SystemClock().now())
    _write_new(target, anchor.canonical() + b"\n")
    document = {"anchor": str(target), "trial": anchor.trial, "head": {"seq": anchor.entries, "digest": anchor.head}}
    out.answer(
        {**document, "key": anchor.key}, f"{target}: {anchor.trial}, head {anchor.published}, signed by {anchor.key}"
    )
    return ExitCode.DONE


def _trial_of(found: Verification, strand: Path) -> str:
    from armlet.ledger.events import TrialOpened

    first = found.entries[0].event if found.entries else None
    if not isinstance(first, TrialOpened):
        message = "the strand does not begin with the opening of a trial."
        raise InputError([error("anchor/strand", str(strand), message, "Name the open strand of a trial.")])
    return first.trial


def _write_new(path: Path, data: bytes, mode: int = 0o666) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
            file.write(data)
    except FileExistsError:
        message, fix = "the file is there already.", "Name another; an anchor or a key is never replaced."
        raise InputError([error("anchor/exists", str(path), message, fix)]) from None
