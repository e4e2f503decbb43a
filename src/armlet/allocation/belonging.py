"""Whether a vault is that of the open strand: before anything of it is read, written or reported.

Another trial's vault, or another rehearsal's of the same trial, may list the same people; a report made with it would
look as it should and be wrong.
"""

from __future__ import annotations

from armlet.allocation.boxes import opening_key
from armlet.allocation.vault import Vault
from armlet.conduct.state import TrialState
from armlet.errors import RefusedError
from armlet.issues import error


def find_stranger(vault: Vault, state: TrialState) -> str:
    """Why the vault is not that of the open strand, in words that tell no arm; empty where nothing speaks against it.

    They have the trial, what is simulated, the sealing key, and each request for a slot in common.
    """
    opened = vault.opening()
    if (opened.trial, opened.simulated) != (state.trial, state.simulated):
        return f"the vault is of the trial {opened.trial}, the ledger of {state.trial}, or one is simulated."
    key = opening_key(vault)
    if state.sealing_key and (key is None or key.public() != state.sealing_key):
        return "the sealing key that the ledger published is not this vault's."
    for assigned in vault.assignments():
        one = state.participants.get(assigned.participant)
        if one is not None and one.request and one.request != assigned.request:
            return f"{assigned.participant} asked for a slot under another number than the vault has."
    return ""


def check_belongs(vault: Vault, state: TrialState) -> None:
    """Raises RefusedError where the vault is not that of the open strand."""
    if why := find_stranger(vault, state):
        raise RefusedError([error("unblinding/other-vault", "the vault", why, "Bring together what belongs so.")])
