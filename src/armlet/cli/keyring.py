"""What `armlet vault` does with keys: rotate, split, join. No key and no word of a share is ever printed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from armlet.cli.output import Output
from armlet.cli.vault_key import add_key_arguments, join_files, open_vault, read_key
from armlet.errors import ExitCode, InputError, SealBroken
from armlet.issues import error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from armlet.allocation.shares import KeyShare
    from armlet.allocation.vault import Vault

    Deeds = argparse._SubParsersAction[argparse.ArgumentParser]


def add_rotate(deeds: Deeds) -> argparse.ArgumentParser:
    """``vault rotate``."""
    rotate = deeds.add_parser("rotate", help="go on under a new key; the old one opens nothing from here on")
    rotate.add_argument("--new-key", metavar="FILE", type=Path, required=True, help="where the new key is made")
    rotate.add_argument("--by", metavar="NAME", required=True, help="who rotates it")
    return rotate


def add_split_and_join(deeds: Deeds) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """``vault split`` and ``vault join``."""
    split = deeds.add_parser("split", help="make shares of the key, so many of which open the vault together")
    add_key_arguments(split)
    split.add_argument("--threshold", metavar="K", type=int, required=True, help="how many shares open it")
    split.add_argument("--shares", metavar="N", type=int, required=True, help="how many shares are made")
    split.add_argument("--out", metavar="DIR", type=Path, required=True, help="where the files are made")
    join = deeds.add_parser("join", help="put the key together from shares, into a new file")
    join.add_argument("share", metavar="SHARE", type=Path, nargs="+", help="the file of a share")
    join.add_argument("--key", metavar="FILE", type=Path, required=True, help="where the key is made")
    return split, join


def rotate(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """A new key: kept first, used second. Killed in between, the old key still opens everything."""
    from armlet.allocation.sealed_strand import VaultKey
    from armlet.allocation.vault import Writer
    from armlet.studytime import SystemClock

    new, strand = arguments.new_key, arguments.strand
    if new.exists():
        return _rotated_before(arguments, out)
    if new.resolve().parent == strand.resolve().parent:
        message = "the key would lie in the folder of the sealed strand."
        raise InputError([error("vault/key-beside", str(new), message, "Name a folder that other people keep.")])
    vault, key = open_vault(arguments), VaultKey.generate()
    key.save(new)
    vault.rotate(Writer(arguments.by, SystemClock().now()), key)
    _tell(vault, new, out)
    return ExitCode.DONE


def _rotated_before(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """The new key is there: either it opens the strand, and all was done, or it opens nothing and was left behind."""
    from armlet.allocation.sealed_strand import VaultKey
    from armlet.allocation.vault import Vault

    new = arguments.new_key
    old = open_vault_or_none(arguments)
    if old is None:
        vault = Vault(VaultKey.load(new), arguments.strand)
        _tell(vault, new, out)
        return ExitCode.DONE
    message = "there is a file of this name, and the strand is still under the key before."
    fix = "Name another file. A rotation that was interrupted leaves a key that opens nothing; delete it then."
    raise InputError([error("vault/exists", str(new), message, fix)])


def open_vault_or_none(arguments: argparse.Namespace) -> Vault | None:
    """The vault, or None where the key that was named does not open it. Raises InputError for a key that is none."""
    key = read_key(arguments.key, arguments.share)
    from armlet.allocation.vault import Vault

    try:
        return Vault(key, arguments.strand)
    except SealBroken:
        return None


def _tell(vault: Vault, new: Path, out: Output) -> None:
    head = vault.head()
    document = {
        "generation": vault.generation,
        "key": str(new),
        "sealed_head": {"seq": head.seq, "digest": head.digest},
    }
    text = [
        f"The vault is under its key number {vault.generation}, in {new}.",
        "Split it and hand it out anew: older keys and their shares open nothing from here on.",
        "What an older key has opened stays told; keep it no longer than you must.",
    ]
    out.answer(document, "\n".join(text))


def split(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Shares in files for their owners alone, all or none; put together again once, before they are handed out."""
    from armlet.allocation.shares import split_key

    key = read_key(arguments.key, arguments.share)
    shares = split_key(key, arguments.threshold, arguments.shares)
    paths = [arguments.out / f"share-{share.number}-of-{share.of}.txt" for share in shares]
    _make_all(paths, shares)
    if not join_files(paths).is_same_as(key):
        raise SealBroken("the shares do not give the key back; use none of them.")
    document = {"shares": [str(path) for path in paths], "threshold": arguments.threshold}
    words = (
        f"any {arguments.threshold} of them open the vault. Give each to another person, then delete the files here."
    )
    out.answer(document, f"{len(paths)} shares in {arguments.out}: {words}")
    return ExitCode.DONE


def _make_all(paths: Sequence[Path], shares: Sequence[KeyShare]) -> None:
    from armlet.ledger.stores.durable import write_new_durably

    there = [path for path in paths if path.exists()]
    if there:
        message, fix = "there is a file of this name; nothing is overwritten.", "Name a new folder."
        raise InputError([error("vault/exists", str(path), message, fix) for path in there])
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    made, is_done = list[Path](), False
    try:
        for path, share in zip(paths, shares, strict=True):
            made.append(path)
            write_new_durably(path, share.spell().encode("ascii"))
        is_done = True
    finally:
        for path in () if is_done else made:
            path.unlink(missing_ok=True)


def join(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """The key in a file again. Raises InputError where shares are missing, mixed or damaged, or the file is there."""
    key = join_files(arguments.share)
    try:
        key.save(arguments.key)
    except FileExistsError:
        message = "there is a file of this name; nothing is overwritten."
        raise InputError([error("vault/exists", str(arguments.key), message, "Name a new file.")]) from None
    out.answer({"key": str(arguments.key)}, f"The key is in {arguments.key}.")
    return ExitCode.DONE
