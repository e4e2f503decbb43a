"""The vault's key as it is named on the command line: its file, or enough of its shares, and never the key itself."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from armlet.errors import InputError, UsageError
from armlet.issues import Issue, error

if TYPE_CHECKING:
    from armlet.allocation.sealed_strand import VaultKey
    from armlet.allocation.vault import Vault


def add_key_arguments(parser: argparse.ArgumentParser, name: str = "--key") -> None:
    """``--key FILE``, or ``--share FILE`` as often as there are shares."""
    parser.add_argument(name, metavar="FILE", type=Path, help="the vault's key")
    parser.add_argument(
        "--share", metavar="FILE", type=Path, action="append", default=[], help="a share of the key; give each one"
    )


def read_key(key: Path | None, shares: list[Path], name: str = "--key") -> VaultKey:
    """The key that was named; from shares it is put together in memory and never written.

    Raises UsageError unless either a key or shares were named, InputError and SealBroken where they cannot be used.
    """
    if (key is None) == (not shares):
        message = f"give {name} FILE, or --share FILE for each share; not both."
        raise UsageError([error("usage", name, message, "")])
    if key is not None:
        from armlet.allocation.sealed_strand import VaultKey

        return VaultKey.load(key)
    return join_files(shares)


def open_vault(arguments: argparse.Namespace) -> Vault:
    """The vault in ``--strand``, opened. Raises InputError where there is none, and as `read_key` does."""
    from armlet.allocation.vault import Vault

    if not arguments.strand.is_file():
        raise InputError([error("vault/no-strand", str(arguments.strand), "there is no sealed strand here.", "")])
    return Vault(read_key(arguments.key, arguments.share), arguments.strand)


def join_files(files: list[Path]) -> VaultKey:
    """The key from share files. Raises InputError with every file that cannot be used."""
    from armlet.allocation.shares import KeyShare, join_shares, read_share
    from armlet.document import read_text

    found: list[tuple[str, KeyShare]] = []
    problems: list[Issue] = []
    for file in files:
        try:
            found.append((str(file), read_share(read_text(file, "vault"), str(file))))
        except InputError as problem:
            problems.extend(problem.issues)
    if problems:
        raise InputError(problems)
    return join_shares(found)
