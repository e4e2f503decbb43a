"""Learning an allocation: only under a warrant that the open strand holds, and never without a sealed entry of it.

The order of a reading is: the sealed entry, the open one, then the arm. Whatever dies in between, nobody has learnt an
arm that is not written down. Decision record 0017 tells what a retry may do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from armlet.allocation.belonging import check_belongs
from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.allocation.vault import Vault, Writer
from armlet.conduct.commands import By, RecordRead
from armlet.conduct.decide import Refused, decide
from armlet.conduct.door import Door
from armlet.conduct.rules import is_same_person
from armlet.conduct.rules.unblinding import is_read
from armlet.conduct.state import TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.errors import RefusedError, SealBroken
from armlet.issues import Issue, error
from armlet.ledger.entry import Chained
from armlet.ledger.events import AllocationRead, DatabaseLocked, UnblindingCategory, WarrantGranted
from armlet.ledger.sealed import ArmRead, DosePrepared, PreparationMade, SlotLost
from armlet.units import Quantity

SHOWN_AGAIN_FOR: Final = timedelta(minutes=10)
"""So long after a reading was written the same act, under the same key, shows the arm again: our choice, record 0017."""


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

    Raises RefusedError unless the warrant is for the analysis of all and was granted after the lock, and for another
    trial's dataset.
    """
    is_for_all = warrant.participant is None and warrant.category is UnblindingCategory.ANALYSIS
    if not is_for_all or not warrant.after_lock:
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


@dataclass(frozen=True, slots=True)
class Shown:
    """What the named person is shown, once: the arm, or in a drill nothing. It never prints the arm."""

    warrant: WarrantGranted
    arm: str | None
    lot: str | None = None
    dose: Quantity | None = None

    def __repr__(self) -> str:
        return f"Shown({self.warrant.warrant}, not shown)"


def read_arm(vault: Vault | None, door: Door, warrant: str, by: By) -> Shown:
    """Writes the reading into both strands and then answers the arm of the one participant that the warrant names.

    The same act under its key answers again within `SHOWN_AGAIN_FOR`, with a sealed entry more for each time; a reading
    that stopped between the two entries goes on. A drill needs no vault and opens none. Raises RefusedError.
    """
    granted = _granted(door.state, warrant)
    if granted.drill:
        _write_open(door, granted, by)
        return Shown(granted, None)
    if vault is None or granted.participant is None:
        raise RefusedError([_no_single(warrant)])
    check_belongs(vault, door.state)
    shown = _look_up(vault, granted)
    _write_reading(vault, door, granted, by)
    return shown


def read_all(vault: Vault, door: Door, warrant: str, by: By) -> tuple[Slot, ...]:
    """Everybody's arm, under the warrant of a planned unblinding, with the same order of entries. Raises RefusedError."""
    granted = _granted(door.state, warrant)
    is_after_lock = find_warrant(door.entries(), warrant).after_lock
    if granted.participant is not None or granted.category is not UnblindingCategory.ANALYSIS or not is_after_lock:
        message = "this warrant does not cover every participant after the lock."
        raise RefusedError([error("unblinding/warrant", "the vault", message, "Lock the database, then ask for all.")])
    _write_reading(vault, door, granted, by)
    return tuple(Slot(assigned.slot, assigned.participant, assigned.arm) for assigned in vault.assignments())


def _write_reading(vault: Vault, door: Door, granted: WarrantGranted, by: By) -> None:
    """The sealed entry, then the open one. A reading that stopped between the two has its sealed entry already."""
    check_belongs(vault, door.state)
    if not (by.confirmed_by or "").strip():
        message, fix = "no second factor was given.", "Confirm who you are once more, by code or telephone."
        raise RefusedError([error("conduct/second-factor", granted.participant or "the vault", message, fix)])
    _refuse_late(door, granted, by)
    if is_read(door.state, granted.warrant) or not _is_noted(vault, granted.warrant):
        read = ArmRead(participant=granted.participant, warrant=granted.warrant, by=granted.to)
        vault.note(Writer(by.actor, by.occurred), read)
    _write_open(door, granted, by)


def _granted(state: TrialState, warrant: str) -> WarrantGranted:
    if warrant not in state.warrants:
        issue = error(
            "unblinding/no-warrant", "the vault", f"no warrant {warrant!r} was granted.", "Ask for one first."
        )
        raise RefusedError([issue])
    return state.warrants[warrant]


def _look_up(vault: Vault, granted: WarrantGranted) -> Shown:
    for assigned in vault.assignments():
        if assigned.participant == granted.participant:
            lots = {made.preparation: made.lot for made in vault.events(PreparationMade)}
            doses = {dosed.preparation: dosed.dose for dosed in vault.events(DosePrepared)}
            number = assigned.preparation
            return Shown(granted, assigned.arm, lots.get(number), doses.get(number))
    message = f"the vault holds no slot for {granted.participant}, whom the open strand says was allocated."
    raise SealBroken(message)


def _is_noted(vault: Vault, warrant: str) -> bool:
    return any(read.warrant == warrant for read in vault.events(ArmRead))


def _refuse_late(door: Door, granted: WarrantGranted, by: By) -> None:
    """Before anything is written: what the door would refuse, and a second reading unless it is the same act again."""
    state = door.state
    if not is_read(state, granted.warrant):
        decision = decide(door.protocol, state, RecordRead(granted.warrant, granted.to), by)
        if isinstance(decision, Refused):
            raise RefusedError(decision.issues)
    for told in state.told:
        if isinstance(told.event, AllocationRead) and told.event.warrant == granted.warrant:
            is_same_act = by.key is not None and by.key in state.answered and is_same_person(told.actor, by.actor)
            if not is_same_act or by.occurred - told.at >= SHOWN_AGAIN_FOR:
                message = f"the warrant {granted.warrant} was read already; an allocation is shown once."
                fix = "Ask the person who read it, or for a new warrant."
                where = granted.participant or "the vault"
                raise RefusedError([error("conduct/read-already", where, message, fix)])


def _write_open(door: Door, granted: WarrantGranted, by: By) -> None:
    decision = door.ask(RecordRead(granted.warrant, granted.to), by)
    if isinstance(decision, Refused):
        raise RefusedError(decision.issues)


def _no_single(warrant: str) -> Issue:
    message = f"the warrant {warrant} names no single participant, or the vault is not at hand."
    return error("unblinding/warrant", "the vault", message, "Ask for one participant.")
