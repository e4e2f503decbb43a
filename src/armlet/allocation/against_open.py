"""The vault held against the open strand: every request has its slot, and every slot its request. It names no arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from armlet.allocation.vault import Vault
from armlet.conduct.state import TrialState
from armlet.projections.reconciliation import Pair, Side, hold


def reconcile_vault(vault: Vault, state: TrialState) -> Pair:
    """Requests and slots, person by person."""
    slots = [one.participant for one in vault.assignments()]
    left, right = Side("allocations asked for", len(state.requests)), Side("slots used", len(slots))
    return hold("requests and slots", left, right, _differences(slots, state))


def _differences(slots: Sequence[str], state: TrialState) -> Iterator[tuple[str, str]]:
    for name in sorted(set(slots) - set(state.requests)):
        yield name, "has a slot that nobody asked for"
    for name in sorted(set(state.requests) - set(slots)):
        yield name, "asked, and has no slot"
    for name in sorted({name for name in slots if slots.count(name) > 1}):
        yield name, f"has {slots.count(name)} slots"
