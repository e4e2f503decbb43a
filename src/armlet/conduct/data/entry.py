"""Rules of values after they were entered: retracted, entered twice, adjudicated; and of the days of visits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from armlet.conduct.data.commands import AdjudicateEntry, EnterAgain
from armlet.conduct.data.forms import critical_measures
from armlet.conduct.observation import Observation
from armlet.conduct.rules import is_same_person, refuse
from armlet.conduct.state import Participant, ResultKey, TrialState
from armlet.issues import Issue
from armlet.ledger.data_events import EnteredAgain
from armlet.protocol.model import Protocol
from armlet.units import Quantity, UnitError, parse_decimal


def check_newest(state: TrialState, of: int) -> Iterator[Issue]:
    """The entry is a result, and the value that it gave still stands."""
    found = state.result_of_entry.get(of)
    if found is None:
        yield refuse("no-result", "", f"entry {of} is no result.", "Name the entry of the value.")
        return
    participant, key = found
    standing = state.participants[participant].results.get(key)
    if standing is None:
        yield refuse("retracted-already", participant, f"entry {of} was retracted.", "Enter the right value anew.")
    elif standing.entry != of:
        message = f"entry {of} was corrected already, by entry {standing.entry}."
        yield refuse("corrected-already", participant, message, "Name the newest value.")


# --- Critical values ------------------------------------------------------------------------------------------------


def unsettled(protocol: Protocol, state: TrialState, one: Participant) -> Iterator[tuple[ResultKey, str]]:
    """The critical values of a participant that do not stand on two people yet, and why. Sealed ones are left out."""
    critical = critical_measures(protocol)
    if not critical:
        return
    for key, result in one.results.items():
        if key[2] in critical and result.quantity is not None and not result.is_sealed:
            why = why_unsettled(state, result)
            if why:
                yield key, why


def why_unsettled(state: TrialState, result: Observation) -> str:
    """Why a critical value is not settled; empty where it is. The two values are not told here."""
    second = state.data.second_entries.get(result.entry)
    if result.entry in state.data.settled:
        return ""
    if second is None:
        return "is to be entered again by a second person"
    return "" if agrees(result, second.event) else "was entered twice with different values"


def agrees(first: Observation, second: EnteredAgain) -> bool:
    """Whether two entries of a value are the same amount; the same amount in another unit counts as the same."""
    if first.quantity is None or first.below is not second.below:
        return False
    try:
        return first.quantity.compare(Quantity(parse_decimal(second.value), second.unit)) == 0
    except UnitError:
        return False


def check_settled(protocol: Protocol, state: TrialState, one: Participant, measure: str | None) -> Iterator[Issue]:
    """Nothing waits for the second entry of this measure (of any, where none is named)."""
    for key, why in unsettled(protocol, state, one):
        if measure in {None, key[2]}:
            message = f"{protocol.measure(key[2]).label} at {key[0]!r} {why}."
            yield refuse("critical-unsettled", one.id, message, "Enter it a second time, or adjudicate what differs.")


def check_again(
    protocol: Protocol, state: TrialState, one: Participant, command: EnterAgain, actor: str
) -> Iterator[Issue]:
    """The value is critical, open, entered once, by somebody else."""
    if command.measure not in critical_measures(protocol):
        message = f"the protocol does not ask for a second entry of {command.measure!r}."
        yield refuse("not-critical", one.id, message, "One entry is enough.")
        return
    first = one.results.get((command.visit, command.activity, command.measure, command.sample))
    if first is None or first.missing is not None:
        message = f"{command.measure!r} at {command.visit!r} was not entered a first time."
        yield refuse("no-first-entry", one.id, message, "Enter it as a result.")
        return
    if first.is_sealed:
        message = "the first entry is sealed, and nobody can hold a second one against it."
        yield refuse("sealed-already", one.id, message, "One entry is enough.")
    if is_same_person(first.by, actor):
        message = f"{actor} entered it the first time; expected another person."
        yield refuse("same-person", one.id, message, "Let a second person enter it from the source.")
    if first.entry in state.data.second_entries:
        yield refuse("entered-twice", one.id, "it was entered twice already.", "Adjudicate it where the two differ.")


def check_adjudicate(protocol: Protocol, state: TrialState, command: AdjudicateEntry, actor: str) -> Iterator[Issue]:
    """Two entries differ, and a third person says which is right."""
    participant, key = state.result_of_entry[command.of]
    first = state.participants[participant].results[key]
    second = state.data.second_entries.get(command.of)
    if second is None or not why_unsettled(state, first):
        message = f"{protocol.measure(key[2]).label} at {key[0]!r} has no two entries that differ."
        yield refuse("nothing-differs", participant, message, "Correct it, with a reason, where it is wrong.")
        return
    if is_same_person(actor, first.by) or is_same_person(actor, second.actor):
        message = f"{actor} made one of the two entries; expected a third person."
        yield refuse("same-person", participant, message, "Let somebody look at the source who entered neither.")


# --- Visits ---------------------------------------------------------------------------------------------------------


def code_of_repeat(one: Participant, visit: str) -> str:
    """Under which code the results of the next repeat stand."""
    number = 1
    while f"{visit}_repeat_{number}" in one.extra:
        number += 1
    return f"{visit}_repeat_{number}"


def check_held(one: Participant, visit: str) -> Iterator[Issue]:
    """The visit was held."""
    if visit not in one.held:
        yield refuse("visit-not-held", one.id, f"{visit!r} is not recorded as held.", "Record the visit first.")


def check_moves(one: Participant, visit: str, on: date) -> Iterator[Issue]:
    """The day is another one than is recorded."""
    if visit in one.held and one.held[visit].on == on:
        yield refuse("same-day", one.id, f"{visit!r} is recorded on {on} already.", "Nothing is to be corrected.")
