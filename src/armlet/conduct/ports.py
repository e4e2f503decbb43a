"""What conduct needs from outside and must not know: the store stands in `armlet.ledger.stores`, the rest here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Allocator(Protocol):
    """Stands on the unblinded side; its answer to a request is a preparation number and tells no arm."""

    def allocate(self, participant: str, request: str, levels: Mapping[str, str]) -> str:
        """The neutral number of the preparation; the same request gets the same answer, for ever.

        `levels` are those of the request: the participant's level of each factor, empty where there is none.
        """
