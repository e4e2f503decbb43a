"""What follows from a remark or a note: it is kept in a box, or every reason why not. Nobody counts as unblinded by it."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.answer import Decision, answer, if_fine
from armlet.conduct.blinding.commands import BlindingCommand, KeepRemark, NotePossibleUnmasking
from armlet.conduct.commands import By
from armlet.conduct.roles import is_blinded
from armlet.conduct.rules import ending, refuse
from armlet.conduct.rules.guesses import ASKS_PARTICIPANTS
from armlet.conduct.sealing import UNSEALED
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger.blinding_events import PossibleUnmaskingNoted, RemarkKept
from armlet.protocol.model import Protocol, Role


def decide(protocol: Protocol, state: TrialState, command: BlindingCommand, by: By) -> Decision:
    """What follows from the command."""
    one = state.participants[command.participant]
    checks = (*_check_allocated(one), *ending.check_why(command.remark))
    if isinstance(command, KeepRemark):
        checks = (*checks, *_check_whose(protocol, one.id, command, by))
        return answer(checks, *if_fine(checks, RemarkKept, participant=one.id, of=command.of, box=UNSEALED))
    checks = (*checks, *_check_ground(state, command))
    noted = {"participant": one.id, "of": command.of, "box": UNSEALED}
    return answer(checks, *if_fine(checks, PossibleUnmaskingNoted, **noted))


def _check_allocated(one: Participant) -> Iterator[Issue]:
    if one.randomised is None:
        yield refuse("not-randomised", one.id, "has no allocation to know of.", "Keep it as a note of the visit.")


def _check_whose(protocol: Protocol, participant: str, command: KeepRemark, by: By) -> Iterator[Issue]:
    """Staff write down what the participant said, and what they themselves said; never who is not blinded."""
    if command.of is Role.PARTICIPANT:
        if by.role not in ASKS_PARTICIPANTS:
            message = "what a participant said is written down by the site's staff."
            yield refuse("whose-remark", participant, message, "Let whoever heard it write it down.")
    elif by.role is not command.of:
        yield refuse("whose-remark", participant, "people write down their own remark.", "Ask the person.")
    if not is_blinded(protocol, command.of):
        message = f"{command.of.value.replace('_', ' ')} is not blinded in this trial, and knows without guessing."
        yield refuse("not-blinded", participant, message, "Nothing is to be kept.")


def _check_ground(state: TrialState, command: NotePossibleUnmasking) -> Iterator[Issue]:
    """It rests on an entry that everybody can see: who knows the arm must not tell it by noting something or nothing."""
    deviation = state.course.deviations.get(command.of)
    whose = deviation.participant if deviation is not None else state.blinding.grounds.get(command.of)
    if whose != command.participant:
        message = f"entry {command.of} is no move, no cancelling and no deviation of {command.participant}."
        fix = "Name the entry that everybody can see; what nobody blinded saw is for the product strand."
        yield refuse("no-ground", command.participant, message, fix)
    elif any(one.event.of == command.of for one in state.blinding.noted):
        message = f"a possible unmasking by entry {command.of} was noted already."
        yield refuse("noted-already", command.participant, message, "Nothing more is needed.")
