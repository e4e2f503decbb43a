"""Reconciling a vault with the open strand: what was used and lost is given back to whom it was given, or to nobody.

A vault that was put back from a backup may have lost slots that somebody holds in their hands. What the open strand
tells (who asked, with which levels, which preparation they got) and what the papers outside tell (the last number on any
label) is enough to draw each of them again: same participant, same slot, same arm, same number. A slot that nobody can
say a participant for is lost: it is written down and never given. Slots keep their order, whatever became of them.
Decision record 0014 has the cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from armlet.allocation.allocator import assign, number_preparation, slot_of
from armlet.allocation.vault import Vault, Writer
from armlet.conduct.state import TrialState
from armlet.errors import RefusedError
from armlet.issues import Issue, error
from armlet.ledger.entry import Head
from armlet.ledger.sealed import ArmAssigned, SlotLost, VaultReconciled


@dataclass(frozen=True, slots=True)
class Plan:
    """What reconciling would write, in the order of the slots, and what the open strand has lost in its turn.

    `unasked` are slots of the vault whose request the open strand does not have: people record it again, the same.
    """

    head: Head
    last: int
    events: tuple[ArmAssigned | SlotLost, ...]
    unasked: tuple[ArmAssigned, ...]

    @property
    def replayed(self) -> tuple[ArmAssigned, ...]:
        """The slots that are given back to those who had them."""
        return tuple(event for event in self.events if isinstance(event, ArmAssigned))

    @property
    def lost(self) -> tuple[SlotLost, ...]:
        """The slots that nobody gets any more."""
        return tuple(event for event in self.events if isinstance(event, SlotLost))


def plan_reconciliation(vault: Vault, state: TrialState, outside: int, held: Mapping[int, str]) -> Plan:
    """What would have to be written. `outside` is the last slot that anything outside shows, 0 where there is none.

    `held` tells whose preparation a slot was where the open strand no longer says it: from a label or a form.
    Raises RefusedError where vault, open strand and what is told contradict each other; InputError where a slot cannot
    be drawn.
    """
    problems = tuple(_contradictions(vault, state, outside, held))
    if problems:
        raise RefusedError(problems)
    holders = {slot: who for slot, who, _ in _told(state, held)}
    last = max([outside, *holders])
    history, events = vault.history(), list[ArmAssigned | SlotLost]()
    for slot in range(vault.last_slot() + 1, last + 1):
        used: ArmAssigned | SlotLost
        if slot in holders:
            one = state.participants[holders[slot]]
            used = assign(history, history.draw(one.levels), one.id, one.request, slot, one.levels)
        else:
            used = history.lose(slot, number_preparation(slot))
        events.append(used)
        history = history.after(used)
    unasked = tuple(one for one in vault.assignments() if not _has_asked(state, one))
    return Plan(state.head, last, tuple(events), unasked)


def reconcile(vault: Vault, writer: Writer, plan: Plan) -> None:
    """Writes all of it at once; from then on the vault gives slots again."""
    done = VaultReconciled(entries=plan.head.seq, head=plan.head.digest, last=plan.last)
    vault.write(writer, *plan.events, done)


def _has_asked(state: TrialState, assigned: ArmAssigned) -> bool:
    one = state.participants.get(assigned.participant)
    return one is not None and one.request == assigned.request


def _told(state: TrialState, held: Mapping[int, str]) -> Iterator[tuple[int, str, str]]:
    """Every slot that somebody has, by the open strand and by the papers: slot, participant, who says so."""
    for one in state.randomised():
        yield slot_of(one.preparation) or 0, one.id, "the ledger"
    for slot, who in held.items():
        yield slot, who, "--held"


def _contradictions(vault: Vault, state: TrialState, outside: int, held: Mapping[int, str]) -> Iterator[Issue]:
    opened = vault.opening()
    if (opened.trial, opened.simulated) != (state.trial, state.simulated):
        message = f"the vault is of the trial {opened.trial}, the ledger of {state.trial}, or one is simulated."
        yield error("vault/other-trial", "the vault", message, "Name the two strands of one trial.")
        return
    in_vault = {used.slot: used.participant if isinstance(used, ArmAssigned) else "" for used in vault.used_slots()}
    holder = dict(in_vault)
    slot_by_holder = {who: slot for slot, who in in_vault.items() if who}
    for slot, who, source in _told(state, held):
        if not slot:
            message = (
                f"{source} says that {who} has a preparation of another series: {state.participants[who].preparation}."
            )
            yield error("vault/other-series", who, message, "Allocations that this vault did not make stay outside it.")
            continue
        if holder.setdefault(slot, who) != who:
            yield _contradiction(slot, who, holder[slot], source)
        elif slot_by_holder.setdefault(who, slot) != slot:
            number = number_preparation(slot_by_holder[who])
            message = f"{source} says that {who} has {number_preparation(slot)}; {who} has {number} already."
            yield error("vault/contradiction", who, message, _TELL)
    yield from _unfounded(state, outside, held)


_TELL = "Allocate nobody; tell the randomisation statistician, and report a deviation."


def _contradiction(slot: int, who: str, other: str, source: str) -> Issue:
    number = number_preparation(slot)
    known = f"it is {other}'s" if other else "it was written down as lost"
    message = f"{source} says that {number} is {who}'s; {known}."
    return error("vault/contradiction", number, message, _TELL)


def _unfounded(state: TrialState, outside: int, held: Mapping[int, str]) -> Iterator[Issue]:
    """What is told from outside and cannot be: a last number below one that is known, and people nobody asked for."""
    known = max((slot_of(one.preparation) or 0 for one in state.randomised()), default=0)
    if outside < known:
        message = f"the ledger has {number_preparation(known)}; the last number outside cannot be below it."
        yield error("vault/last-preparation", "--last-preparation", message, "Look at the labels again.")
    for slot, who in held.items():
        one = state.participants.get(who)
        if slot > outside:
            message = f"{number_preparation(slot)} is above the last number that was given."
            yield error("vault/last-preparation", "--last-preparation", message, "Look at the labels again.")
        if one is None or not one.request:
            fix = "Record it again first, with the time on the paper."
            yield error("vault/no-request", who, "the ledger has no request for an allocation.", fix)
