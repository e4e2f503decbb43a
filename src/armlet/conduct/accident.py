"""What somebody believes to know who learnt an allocation by accident: sealed at once, so that only the vault opens it.

The words may tell the arm, and whoever takes the report down is as a rule blinded. So they are put into a box of one size
before they reach the ledger. A report without words has a box as well, and the two cannot be told apart.
"""

from __future__ import annotations

from armlet.ledger.box import seal_box


def seal_details(sealing_key: str, participant: str, details: str, chance: bytes) -> str | None:
    """The box for the details of a report; None where the trial published no sealing key.

    `chance` is 32 bytes of the operating system's, for this box alone. Raises ValueError for words too long for a box.
    """
    if not sealing_key:
        return None
    return seal_box(sealing_key, details.encode(), bound_to(participant), chance)


def bound_to(participant: str) -> str:
    """Where the box stands: it opens nowhere else."""
    return f"unblinding reported/{participant}"
