"""Rules of the trial's ends: suspension, termination, the lock."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.rules import are_two_people, refuse
from armlet.conduct.state import Phase, TrialState
from armlet.issues import Issue


def check_may_commit(state: TrialState) -> Iterator[Issue]:
    """Once, while nobody has consented: what is sealed later could be chosen to fit who came."""
    if state.commitment:
        message = f"the allocation was committed to already ({state.commitment})."
        yield refuse("already-committed", "", message, "The first commitment stands; there is no other list.")
    consented = sorted(one.id for one in state.participants.values() if one.consents)
    if consented:
        message = f"{len(consented)} participant(s) have consented already, the first is {consented[0]}."
        yield refuse("after-consent", "", message, "The seed is sealed before the first consent, or not at all.")


def check_phase(state: TrialState, *expected: Phase) -> Iterator[Issue]:
    """The trial stands where this may be done."""
    if state.phase not in expected:
        wanted = " or ".join(phase.value for phase in expected)
        yield refuse("phase", "", f"the trial is {state.phase.value}; expected {wanted}.", "Nothing was changed.")


def check_why(why: str) -> Iterator[Issue]:
    """A reason is given, in at most 250 characters."""
    if not why.strip() or len(why) > 250:
        message = f"a reason of 1 to 250 characters is needed; got {len(why.strip())}."
        yield refuse("no-reason", "", message, "Say why, in a sentence.")


def check_someone_enrolled(state: TrialState) -> Iterator[Issue]:
    """A trial is terminated after somebody was enrolled; before that it is withdrawn."""
    if not state.enrolled():
        yield refuse(
            "nobody-enrolled", "", "nobody was enrolled.", "A trial without participants is withdrawn instead."
        )


def check_may_lock(state: TrialState, agreed_by: tuple[str, str]) -> Iterator[Issue]:
    """The trial is over, everybody's follow-up is closed, and two different people agree."""
    yield from check_phase(state, Phase.TERMINATED, Phase.COMPLETED)
    still = [one.id for one in state.enrolled() if one.is_followed]
    if still:
        yield refuse("still-followed", "", f"follow-up is open for {', '.join(still)}.", "End it for each first.")
    pending = [one.id for one in state.participants.values() if one.request and one.randomised is None]
    if pending:
        message = f"an allocation was asked for and not answered for {', '.join(pending)}."
        yield refuse("pending-allocation", "", message, "Let the allocator answer first.")
    if not are_two_people(agreed_by):
        yield refuse("two-people", "", "the lock needs two different people.", "Name both.")


def check_named(to: str) -> Iterator[Issue]:
    """The one who is to learn an allocation is named."""
    if not to.strip():
        yield refuse("no-name", "", "the warrant names nobody who is to learn the allocation.", "Name the person.")


def check_may_redact(state: TrialState, of: int, agreed_by: tuple[str, str], why: str) -> Iterator[Issue]:
    """The entry is there, two different people agree, and why is said."""
    yield from check_why(why)
    if not 1 <= of <= state.head.seq:
        message = f"there is no entry {of}; the last one is {state.head.seq}."
        yield refuse("no-entry", "", message, "Find it with `armlet redact --find`.")
    if not are_two_people(agreed_by):
        yield refuse("two-people", "", "a redaction needs two different people.", "Name both.")
