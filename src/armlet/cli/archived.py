"""`armlet verify` of an archive: what was verified and what is broken, without a key, a server or a network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from armlet.archive.verifying import Findings

MANIFEST: Final = "manifest.json"


def is_archive(path: Path) -> bool:
    """Whether the path is an archive, packed (by its first bytes) or unpacked (by its manifest)."""
    if path.is_dir():
        return (path / MANIFEST).is_file()
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def verify_path(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Verifies the archive at `path`. Raises UsageError for what an archive has no use for, InputError."""
    from armlet.archive.verifying import verify_archive
    from armlet.cli.archive import read_archive

    unfit = {
        "--head": arguments.head, "--anchor": arguments.anchor, "--against": arguments.against,
        "--key": arguments.key, "--share": arguments.share,
    }  # fmt: skip
    for name, value in unfit.items():
        if value:
            message = "an archive is verified by what is in it, and --public-key."
            raise UsageError(
                [error("usage", name, message, "Unpack it to hold it against more: `armlet archive --help`.")]
            )
    found = verify_archive(read_archive(arguments.path), _read_public(arguments.public_key))
    out.answer(_document(found), lambda: _words(arguments.path, found))
    for note in found.notes:
        out.note(note)
    return ExitCode.DONE if found.is_whole else ExitCode.FAULT


def _read_public(path: Path | None) -> Ed25519PublicKey | None:
    from armlet.ledger.anchor import NotAnAnchorError, read_public_key

    if path is None:
        return None
    try:
        return read_public_key(read_bytes(str(path), "verify"))
    except NotAnAnchorError as problem:
        fix = "See `armlet anchor --help`."
        raise InputError([error("verify/public-key", str(path), f"{problem}.", fix)]) from None


def _document(found: Findings) -> dict[str, object]:
    manifest = found.manifest
    return {
        "whole": found.is_whole,
        "kind": manifest.kind if manifest else None,
        "trial": manifest.trial if manifest else None,
        "content": manifest.content_digest() if manifest else None,
        "entries": manifest.entries if manifest else 0,
        "head": {"seq": manifest.entries, "digest": manifest.head} if manifest else None,
        "verified": found.verified,
        "breaks": [{"what": what} for what in found.breaks],
    }


def _words(path: Path, found: Findings) -> str:
    manifest = found.manifest
    what = f"{manifest.kind} archive of {manifest.trial}" if manifest else "archive"
    lines = [f"{path}: {'whole' if found.is_whole else 'broken'}, {what}"]
    lines += [f"  verified: {one}" for one in found.verified]
    lines += [f"  broken: {one}" for one in found.breaks]
    return "\n".join([*lines, *([f"content {manifest.content_digest()}"] if manifest else [])])
