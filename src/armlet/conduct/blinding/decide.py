"""What follows from a remark: it is kept in a box, or every reason why not. Nobody counts as unblinded by it."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.answer import Decision, answer, if_fine
from armlet.conduct.blinding.commands import KeepRemark
from armlet.conduct.commands import By
from armlet.conduct.roles import is_blinded
from armlet.conduct.rules import ending, refuse
from armlet.conduct.rules.guesses import ASKS_PARTICIPANTS
from armlet.conduct.sealing import UNSEALED
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger.blinding_events import RemarkKept
from armlet.protocol.model import Protocol, Role


def decide(protocol: Protocol, state: TrialState, command: KeepRemark, by: By) -> Decision:
    """What follows from the command."""
    one = state.participants[command.participant]
    checks = (
        *_check_allocated(one),
        *ending.check_why(command.remark),
        *_check_whose(protocol, one.id, command, by),
    )
    return answer(checks, *if_fine(checks, RemarkKept, participant=one.id, of=command.of, box=UNSEALED))


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
