"""The allocator at work: every request of the open strand is answered, the vault first and then the ledger.

It looks at the open strand and takes what has no answer, in the order of the requests; so the order of the slots is that
of the requests, and whoever holds the key can prove it. Nothing is kept between two looks: a crash between vault and
ledger is completed by whoever looks next. Any number of workers may be at work on one vault. Each gives the next slot
only to the first request without one, and only if nobody wrote into the vault since it looked, so that no slot is used
twice and none is left out.

The work is the same for every arm: one draw, one sealed entry of one size, one open event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from armlet.allocation.allocator import VaultAllocator
from armlet.allocation.belonging import check_belongs
from armlet.allocation.vault import Vault, Writer
from armlet.conduct.commands import By, ConfirmRandomisation
from armlet.conduct.decide import Refused
from armlet.conduct.door import Door
from armlet.conduct.state import Participant, TrialState
from armlet.errors import RefusedError, SealBroken
from armlet.protocol.model import Protocol, Role
from armlet.studytime import Clock


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one look: who was answered, in order, who still waits, and why, in words ("" where nobody does)."""

    answered: tuple[str, ...]
    waiting: tuple[str, ...]
    trouble: str = ""


class Worker:
    """Answers requests from one vault through one door, under the name of `actor`."""

    def __init__(self, door: Door, vault: Vault, clock: Clock, actor: str) -> None:
        self._door, self._vault, self._clock, self._actor = door, vault, clock, actor
        self._allocator = VaultAllocator(vault, self._writer)

    def _writer(self) -> Writer:
        return Writer(self._actor, self._clock.now())

    def look(self) -> Look:
        """Answers whoever waits. Where the machine does not take an answer, the request stands until the next look.

        So it does where the door refuses one, which only a wrong date can make it do. Raises SealBroken where the ledger
        tells of slots that this vault has not, InputError where the scheme has no slot for whoever is next, LedgerBroken.
        """
        answered: list[str] = []
        waiting: tuple[str, ...] = ()
        try:
            state = self._door.state
            waiting = find_waiting(state)
            if waiting:
                self._vault.look_again()
                check_belongs(self._vault, state)
                check_slots(self._vault, state)
                self._give_slots(state)
            for participant in waiting:
                self.confirm(participant)
                answered.append(participant)
        except OSError as problem:
            return Look(tuple(answered), waiting[len(answered) :], f"{type(problem).__name__}: {problem}")
        except RefusedError as problem:
            return Look(tuple(answered), waiting[len(answered) :], str(problem))
        return Look(tuple(answered), ())

    def _give_slots(self, state: TrialState) -> None:
        """A slot for each request of the state, in order: never for a later one before an earlier one has its own."""
        having = {assigned.participant for assigned in self._vault.assignments()}
        for participant in state.requests:
            if participant not in having:
                one = state.participants[participant]
                self._allocator.allocate(participant, one.request, one.levels)

    def confirm(self, participant: str) -> str:
        """Tells the ledger that the participant's slot exists, and answers the preparation's number; twice is once."""
        state = self._door.state
        one = state.participants[participant]
        number = self._allocator.allocate(participant, one.request, one.levels)
        if one.randomised is None:
            due = plan_due(self._door.protocol, one, state.requests[participant])
            by = By(self._actor, Role.RANDOMISATION_STATISTICIAN, self._clock.now())
            decision = self._door.ask(ConfirmRandomisation(participant, number, due), by)
            if isinstance(decision, Refused) and self._door.state.participants[participant].randomised is None:
                raise RefusedError(decision.issues)
        told = self._door.state.participants[participant].preparation
        if told != number:
            raise SealBroken(f"the ledger and the vault have two numbers for the preparation of {participant}.")
        return number


def find_waiting(state: TrialState) -> tuple[str, ...]:
    """Who asked for an allocation and has no answer yet, in the order of the requests."""
    return tuple(name for name in state.requests if state.participants[name].randomised is None)


def check_slots(vault: Vault, state: TrialState) -> None:
    """Raises SealBroken where the ledger tells of a slot that the vault has not: an older copy must not draw again."""
    having = {assigned.participant for assigned in vault.assignments()}
    without = [name for name in state.requests if state.participants[name].randomised and name not in having]
    if without:
        raise SealBroken(
            f"the vault has no slot for {', '.join(without)}, whom the ledger says were allocated: it is an older copy. "
            "Nothing is drawn."
        )


def plan_due(protocol: Protocol, one: Participant, asked: date) -> date:
    """The day on which the preparation is due, counted from the day of the request.

    So it is the same whoever answers, whenever they come to it, and tells nothing of the vault's doings. What is made
    already, or need not be made, is due on that day.
    """
    is_made = one.certified is not None or not protocol.products
    return asked if is_made else protocol.products[0].preparation_takes.after(asked)
