"""Learning an allocation: only under a warrant that the open strand holds, and never without a sealed entry of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.allocation.vault import Vault, Writer
from armlet.derivation.dataset import BlindedDataset
from armlet.errors import RefusedError
from armlet.issues import error
from armlet.ledger.entry import Chained
from armlet.ledger.events import DatabaseLocked, UnblindingCategory, WarrantGranted
from armlet.ledger.sealed import ArmRead, DosePrepared, PreparationMade, SlotLost


@dataclass(frozen=True, slots=True)
class Warrant:
    """The right to learn one allocation, or all of them; taken from the open strand by `find_warrant`."""

    id: str
    participant: str | None
    category: UnblindingCategory
    to: str
    after_lock: bool


def find_warrant(entries: Iterable[Chained], warrant: str) -> Warrant:
    """The warrant that the open strand granted. Raises RefusedError where it granted none of that name."""
    locked = False
    for chained in entries:
        event = chained.event
        locked = locked or isinstance(event, DatabaseLocked)
        if isinstance(event, WarrantGranted) and event.warrant == warrant:
            return Warrant(event.warrant, event.participant, event.category, event.to, locked)
    issue = error("unblinding/no-warrant", "the vault", f"no warrant {warrant!r} was granted.", "Ask for one first.")
    raise RefusedError([issue])


def unseal(vault: Vault, writer: Writer, warrant: Warrant, dataset: BlindedDataset) -> UnblindedDataset:
    """The dataset with everybody's arm.

    Raises RefusedError unless the warrant is for all and was granted after the lock, and for another trial's dataset.
    """
    if warrant.participant is not None or not warrant.after_lock:
        message = "this warrant does not cover every participant after the lock."
        raise RefusedError([error("unblinding/warrant", "the vault", message, "Lock the database, then ask for all.")])
    _check_same_trial(vault, dataset)
    vault.add(writer, ArmRead(participant=None, warrant=warrant.id, by=warrant.to))
    slots = tuple(Slot(assigned.slot, assigned.participant, assigned.arm) for assigned in vault.assignments())
    preparation = {assigned.participant: assigned.preparation for assigned in vault.assignments()}
    doses = {dosed.preparation: dosed.dose for dosed in vault.events(DosePrepared)}
    lots = {made.preparation: made.lot for made in vault.events(PreparationMade)}
    return UnblindedDataset(
        blinded=dataset,
        scheme=vault.scheme(),
        slots=slots,
        doses={who: doses[number] for who, number in preparation.items() if number in doses},
        lots={who: lots[number] for who, number in preparation.items() if number in lots},
        lost={one.slot: one.arm for one in vault.events(SlotLost)},
    )


def _check_same_trial(vault: Vault, dataset: BlindedDataset) -> None:
    opened = vault.opening()
    if (opened.trial, opened.simulated) != (dataset.trial, dataset.simulated):
        message = f"the vault is of the trial {opened.trial}, the dataset of {dataset.trial}, or one is simulated."
        raise RefusedError([error("unblinding/other-trial", "the vault", message, "Bring together what belongs so.")])


def reveal(vault: Vault, writer: Writer, warrant: Warrant) -> str:
    """The arm of the one participant that the warrant names, for the person it names. Raises RefusedError."""
    vault.look_again()
    for assigned in vault.assignments():
        if assigned.participant == warrant.participant:
            vault.add(writer, ArmRead(participant=warrant.participant, warrant=warrant.id, by=warrant.to))
            return assigned.arm
    message = "this warrant names no single participant who has an allocation."
    raise RefusedError([error("unblinding/warrant", "the vault", message, "Ask for one participant.")])
