"""Rules of guess forms: who is asked which arm they believe it is, when, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.conduct.commands import DOES_NOT_KNOW, By, GiveGuess
from armlet.conduct.roles import UnblindedViewpoint, viewpoint
from armlet.conduct.rules import refuse
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.protocol.model import Protocol, Role

LONGEST_BECAUSE: Final = 250
ASKS_PARTICIPANTS: Final = frozenset(
    {Role.INVESTIGATOR, Role.SITE_COORDINATOR, Role.CARE_PROVIDER, Role.OUTCOME_ASSESSOR}
)


def check_guess(protocol: Protocol, state: TrialState, one: Participant, command: GiveGuess, by: By) -> Iterator[Issue]:
    """Somebody blinded is asked of an allocated participant, once an occasion, before they could have been told."""
    if isinstance(viewpoint(protocol, command.of), UnblindedViewpoint):
        message = f"{command.of.value.replace('_', ' ')} is not blinded in this trial; a guess of theirs says nothing."
        yield refuse("not-blinded", one.id, message, "Ask only those who are blinded.")
    if one.randomised is None:
        yield refuse("not-randomised", one.id, "has no allocation to guess.", "Ask after the allocation.")
    if is_unblinded(state, one.id):
        message = "the allocation may be known to somebody already."
        yield refuse("after-unblinding", one.id, message, "A guess is asked before any unblinding, or not at all.")
    if any(
        (given.of, given.who, given.occasion) == (command.of, command.who, command.occasion) for given in one.guesses
    ):
        yield refuse(
            "guess-twice", one.id, f"was asked already ({command.occasion.value}).", "The first answer stands."
        )
    yield from _check_who(one.id, command, by)
    yield from _check_answer(protocol, one.id, command)


def is_unblinded(state: TrialState, participant: str) -> bool:
    """Whether somebody may have learnt this participant's allocation; a drill tells nobody anything."""
    granted = (one for one in state.warrants.values() if one.drill is None)
    told = (one.event for one in state.told if getattr(one.event, "drill", None) is None)
    learnt = [event.participant for event in told if event.kind != "unblinding refused"]
    return participant in {*(one.participant for one in granted), *learnt}


def _check_who(participant: str, command: GiveGuess, by: By) -> Iterator[Issue]:
    if command.of is Role.PARTICIPANT:
        if command.who or by.role not in ASKS_PARTICIPANTS:
            message = "a participant's guess is written down by the site's staff, under the participant's number."
            yield refuse("whose-guess", participant, message, "Let the site ask; name nobody.")
    elif by.role is not command.of or command.who != by.actor:
        message = "people give their own guess, in the role in which they are asked."
        yield refuse("whose-guess", participant, message, "Ask the person.")


def _check_answer(protocol: Protocol, participant: str, command: GiveGuess) -> Iterator[Issue]:
    arms = [arm.id for arm in protocol.arms]
    if command.guess not in {*arms, DOES_NOT_KNOW}:
        message = f"a guess is one of {', '.join(arms)} or {DOES_NOT_KNOW!r}."
        yield refuse("no-such-arm", participant, message, "Choose one of these.")
    elif (command.certainty is None) is not (command.guess == DOES_NOT_KNOW):
        message = "who names an arm says how sure they are; who does not know does not."
        yield refuse("certainty", participant, message, "Fill in both, or neither.")
    if len(command.because) > LONGEST_BECAUSE:
        message = f"the reason of a guess has {len(command.because)} signs; expected at most {LONGEST_BECAUSE}."
        yield refuse("too-long", participant, message, "Say it shorter.")
