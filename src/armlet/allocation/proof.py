"""The proof of an allocation, for whoever holds the key at the end: what was drawn is what was sealed and asked for."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.allocation.boxes import opening_key
from armlet.allocation.commitment import commit_to
from armlet.allocation.vault import Vault, replay_draws
from armlet.conduct.state import TrialState
from armlet.ledger.chain import Break
from armlet.ledger.sealed import SlotLost
from armlet.protocol.model import Protocol


def prove(vault: Vault, protocol: Protocol, state: TrialState) -> tuple[tuple[Break, ...], tuple[str, ...]]:
    """Each way in which the vault is not what was published and asked for, and notes. Neither names an arm.

    A break's line is that of the sealed strand.
    """
    breaks, notes = prove_draws(vault, protocol, state)
    return (*breaks, *_sealing_key(vault, state)), notes


def prove_draws(vault: Vault, protocol: Protocol, state: TrialState) -> tuple[tuple[Break, ...], tuple[str, ...]]:
    """`prove`, for a vault without its sealing key, such as one that was put together from what was disclosed."""
    breaks = (*_commitment(vault, protocol, state), *_draws(vault), *_requests(vault, state), *_lost(vault, state))
    return breaks, tuple(_notes(vault, state))


def _notes(vault: Vault, state: TrialState) -> Iterator[str]:
    if not state.commitment:
        yield "No commitment was published: nobody can tell that the seed was not chosen later."
    if lost := [one.preparation for one in vault.events(SlotLost)]:
        yield f"Lost at a restore, and given to nobody since: {', '.join(lost)}."
    yield from _order(vault, state)
    if vault.is_quarantined:
        yield "The vault was restored and not reconciled since: slots that were used may be missing."


def _lost(vault: Vault, state: TrialState) -> Iterator[Break]:
    """A lost slot that the ledger says somebody has: the ledger was newer than what the vault was reconciled with."""
    holders = {one.preparation: one.id for one in state.randomised()}
    for lost in vault.events(SlotLost):
        if lost.preparation in holders:
            what = f"slot {lost.slot} was written down as lost, and the ledger says that {holders[lost.preparation]} has it"
            yield Break(vault.line_of(lost), what)


def _commitment(vault: Vault, protocol: Protocol, state: TrialState) -> Iterator[Break]:
    opened = vault.opening()
    seed, slots = bytes.fromhex(opened.seed), protocol.design.participants
    if state.commitment and commit_to(opened.trial, vault.scheme(), seed, slots) != state.commitment:
        yield Break(
            vault.line_of(opened), "seed and scheme are not those that were committed to before the first consent"
        )


def _draws(vault: Vault) -> Iterator[Break]:
    used = {one.slot: one for one in vault.used_slots()}
    for slot in replay_draws(vault):
        yield Break(vault.line_of(used[slot]), f"slot {slot} is not what the seed draws")


def _order(vault: Vault, state: TrialState) -> Iterator[str]:
    """The order of the slots is that of the requests. Only people with paper sheets can do it otherwise: it is said."""
    asked = [name for name in state.requests if name in {one.participant for one in vault.assignments()}]
    for one, expected in zip(vault.assignments(), asked, strict=False):
        if one.participant != expected:
            yield f"Slot {one.slot} was not given in the order of the requests: ask for the sheet that was used."
            return


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
        elif asked.preparation not in {"", one.preparation}:
            yield Break(
                vault.line_of(one), f"slot {one.slot} is {one.preparation}, and the ledger says {asked.preparation}"
            )
    without = {one.id for one in state.randomised()} - {one.participant for one in vault.assignments()}
    if without:
        who = ", ".join(sorted(without))
        yield Break(
            len(vault.as_bytes().splitlines()), f"there is no slot for {who}, whom the ledger says were allocated"
        )
