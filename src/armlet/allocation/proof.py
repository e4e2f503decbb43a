"""The proof of an allocation, for whoever holds the key at the end: what was drawn is what was sealed and asked for."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.allocation.boxes import opening_key
from armlet.allocation.commitment import commit_to
from armlet.allocation.vault import Vault, replay_draws
from armlet.conduct.state import TrialState
from armlet.ledger.chain import Break
from armlet.protocol.model import Protocol


def prove(vault: Vault, protocol: Protocol, state: TrialState) -> tuple[tuple[Break, ...], tuple[str, ...]]:
    """Each way in which the vault is not what was published and asked for, and notes. Neither names an arm.

    A break's line is that of the sealed strand.
    """
    notes = (
        ()
        if state.commitment
        else ("No commitment was published: nobody can tell that the seed was not chosen later.",)
    )
    breaks = (*_commitment(vault, protocol, state), *_draws(vault), *_requests(vault, state))
    return (*breaks, *_sealing_key(vault, state)), notes


def _commitment(vault: Vault, protocol: Protocol, state: TrialState) -> Iterator[Break]:
    opened = vault.opening()
    seed, slots = bytes.fromhex(opened.seed), protocol.design.participants
    if state.commitment and commit_to(opened.trial, vault.scheme(), seed, slots) != state.commitment:
        yield Break(
            vault.line_of(opened), "seed and scheme are not those that were committed to before the first consent"
        )


def _draws(vault: Vault) -> Iterator[Break]:
    assigned = {one.slot: one for one in vault.assignments()}
    for slot in replay_draws(vault):
        yield Break(vault.line_of(assigned[slot]), f"slot {slot} is not what the seed draws")


def _sealing_key(vault: Vault, state: TrialState) -> Iterator[Break]:
    key = opening_key(vault)
    if state.sealing_key and (key is None or key.public() != state.sealing_key):
        line = len(vault.as_bytes().splitlines())
        yield Break(line, "the secret of the sealing key that the ledger published is not in the vault")


def _requests(vault: Vault, state: TrialState) -> Iterator[Break]:
    for one in vault.assignments():
        asked = state.participants.get(one.participant)
        if asked is None or asked.request != one.request:
            yield Break(vault.line_of(one), f"slot {one.slot} answers no request of the ledger")
        elif asked.levels != (one.levels or {}):
            yield Break(vault.line_of(one), f"slot {one.slot} was drawn for other levels than those of the request")
    without = {one.id for one in state.randomised()} - {one.participant for one in vault.assignments()}
    if without:
        who = ", ".join(sorted(without))
        yield Break(
            len(vault.as_bytes().splitlines()), f"there is no slot for {who}, whom the ledger says were allocated"
        )
