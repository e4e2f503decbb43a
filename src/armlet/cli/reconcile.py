"""`armlet reconcile`: the lists of a trial held against each other, before its lock."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.export.package import TrialData
    from armlet.projections.reconciliation import Pair

NAME: Final = "reconcile"
HELP: Final = "hold consents, allocations, results, harm and product against each other"

_EPILOG: Final = """\
example:
  armlet reconcile out/NAME
  armlet reconcile out/NAME --key vault/key.hex --product-key product/key.hex --json

Consents are held against enrolments, requests against allocations, files against results, serious events against what
the sponsor was told and what was reported, queries and visits against what is still open. With the key of the vault
requests are held against slots, with that of the product preparations against what was made, given and counted. Without
a key nothing here depends on the arm; with that of the product it does.

exit code: 0 all agrees, 1 something differs or a file cannot be used, 4 a strand is not what was written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder and the keys."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a trial")
    parser.add_argument("--key", metavar="FILE", type=Path, help="the key of the vault")
    parser.add_argument("--product-key", metavar="FILE", type=Path, help="the key of the product strand")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints every pair, and what differs. Raises InputError, LedgerBroken, SealBroken."""
    from armlet.export.package import load_data
    from armlet.projections.reconciliation import reconcile_open
    from armlet.studytime import SystemClock

    data: TrialData = load_data(arguments.folder)
    today = SystemClock().now().date()
    pairs = list(reconcile_open(data.protocol, data.state, data.entries, today))
    if arguments.key is not None:
        pairs.append(_with_vault(arguments, data))
    if arguments.product_key is not None:
        pairs.extend(_with_product(arguments, data))
    out.answer(_document(data, pairs), lambda: _in_words(pairs, out.width))
    return ExitCode.DONE if all(one.agrees for one in pairs) else ExitCode.ISSUES


def _with_vault(arguments: argparse.Namespace, data: TrialData) -> Pair:
    from armlet.allocation.against_open import reconcile_vault
    from armlet.allocation.sealed_strand import VaultKey
    from armlet.cli.strongroom import load_vault

    return reconcile_vault(load_vault(arguments.folder, VaultKey.load(arguments.key)), data.state)


def _with_product(arguments: argparse.Namespace, data: TrialData) -> tuple[Pair, Pair]:
    from armlet.export.package import PRODUCT
    from armlet.laboratory.against_open import reconcile_product
    from armlet.laboratory.state import fold
    from armlet.laboratory.strand import ProductKey, ProductStrand

    path = arguments.folder / PRODUCT
    if not path.is_file():
        raise InputError([error("reconcile/no-product", str(path), "there is no product strand here.", "")])
    entries = tuple(ProductStrand(ProductKey.load(arguments.product_key), path).entries())
    return reconcile_product(fold(entries), entries, data.state)


def _document(data: TrialData, pairs: list[Pair]) -> dict[str, object]:
    return {
        "trial": data.protocol.id,
        "simulated": data.state.simulated,
        "entries": data.head.seq,
        "agrees": all(one.agrees for one in pairs),
        "pairs": [
            {
                "pair": one.name,
                "agrees": one.agrees,
                "counts": {one.left.what: one.left.count, one.right.what: one.right.count},
                "differences": [{"where": found.where, "what": found.what} for found in one.differences],
            }
            for one in pairs
        ],
    }


def _in_words(pairs: list[Pair], width: int | None) -> str:
    rows = [
        (
            one.name,
            f"{one.left.count} {one.left.what}",
            f"{one.right.count} {one.right.what}",
            "yes" if one.agrees else f"NO, {len(one.differences)}",
        )
        for one in pairs
    ]
    table = render_table(("held together", "one side", "the other", "agrees"), rows, width)
    lines = [f"- {found.where}: {found.what} ({one.name})" for one in pairs for found in one.differences]
    return "\n\n".join([table, "\n".join(lines)]) if lines else f"{table}\n\nEverything agrees."
