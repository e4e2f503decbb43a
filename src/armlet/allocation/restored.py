"""The mark beside a sealed strand that was put back from a backup: until it is reconciled the vault gives no slot.

Whoever restores need not hold the vault's key, and so cannot write into the strand. The mark says it in their place; the
next entry that is written says it for good, and takes the mark away. It lies beside the strand before the strand does.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from armlet.errors import SealBroken
from armlet.ledger.sealed import VaultRestored


def mark_of(strand: Path) -> Path:
    """Where the mark of a strand lies."""
    return strand.with_name(f"{strand.name}.restored")


def read_mark(strand: Path) -> VaultRestored | None:
    """What the mark beside a strand says; None where there is none. Raises SealBroken where it cannot be read."""
    mark = mark_of(strand)
    try:
        return VaultRestored.model_validate_json(mark.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        message = f"{mark.name} says that the vault was restored, and cannot be read; restore it again."
        raise SealBroken(message) from None
