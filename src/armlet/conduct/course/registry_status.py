"""The status of a trial at its registry: which may follow which, what each needs, and when it has become unknown.

Pure. The words are those of ClinicalTrials.gov; that a status unverified for two years shows as UNKNOWN is its rule as
remembered, and not read when this was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from armlet.conduct.rules import refuse
from armlet.conduct.state import Phase, TrialState
from armlet.issues import Issue
from armlet.ledger.course_events import RegistryPosted, RegistryState
from armlet.protocol.model import Protocol
from armlet.studytime import Duration, PartialDate

UNVERIFIED_FOR: Final = Duration(months=24)
UNKNOWN: Final = "UNKNOWN"

S = RegistryState
_OPEN: Final = frozenset({S.RECRUITING, S.ENROLLING_BY_INVITATION})
_ENDED: Final = frozenset({S.TERMINATED, S.COMPLETED, S.WITHDRAWN})
_FADES: Final = frozenset({S.NOT_YET_RECRUITING, S.RECRUITING, S.ENROLLING_BY_INVITATION, S.ACTIVE_NOT_RECRUITING})
FOLLOWS: Final[dict[RegistryState, frozenset[RegistryState]]] = {
    S.NOT_YET_RECRUITING: _OPEN | {S.WITHDRAWN, S.SUSPENDED},
    S.RECRUITING: _OPEN | {S.ACTIVE_NOT_RECRUITING, S.SUSPENDED, S.TERMINATED},
    S.ENROLLING_BY_INVITATION: _OPEN | {S.ACTIVE_NOT_RECRUITING, S.SUSPENDED, S.TERMINATED},
    S.ACTIVE_NOT_RECRUITING: frozenset({S.COMPLETED, S.SUSPENDED, S.TERMINATED}),
    S.SUSPENDED: _OPEN | {S.ACTIVE_NOT_RECRUITING, S.TERMINATED, S.WITHDRAWN},
    S.TERMINATED: frozenset(),
    S.COMPLETED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
"""What may be posted after each; the same again is always an update."""


def last_posted(state: TrialState) -> RegistryPosted | None:
    """What the registry shows, as far as it was recorded here."""
    return state.course.posted[-1] if state.course.posted else None


def check_posting(state: TrialState, new: RegistryPosted, today: date) -> Iterator[Issue]:
    """Whether this may be posted after what was posted before, with everything that it needs."""
    before = last_posted(state)
    if new.on > today:
        yield refuse("in-the-future", "", f"{new.on} is after today, {today}.", "Check the date.")
    if new.verified.earliest() > new.on:
        message = f"it was verified in {new.verified}, after it was posted on {new.on}."
        yield refuse("registry-verified", "", message, "Check both dates.")
    if before is None:
        if new.status not in {S.NOT_YET_RECRUITING, S.RECRUITING, S.ENROLLING_BY_INVITATION}:
            message = f"{new.status.value} would be the first status of the trial."
            yield refuse("registry-transition", "", message, "Record first how the trial was registered.")
    else:
        yield from _check_transition(before, new)
    yield from _check_enrolment(state, new)
    yield from _check_fields(new)


def _check_transition(before: RegistryPosted, new: RegistryPosted) -> Iterator[Issue]:
    if new.status is before.status:
        return
    if before.status in _ENDED:
        if not (new.correction or "").strip():
            message = f"{before.status.value} is final; {new.status.value} would need a reason for its correction."
            yield refuse("registry-final", "", message, "Say why it was wrong, or leave it.")
    elif new.status not in FOLLOWS[before.status]:
        may = ", ".join(sorted(status.value for status in FOLLOWS[before.status]))
        message = f"{new.status.value} does not follow {before.status.value}; expected one of {may}."
        yield refuse("registry-transition", "", message, "Post what the trial does.")


def _check_enrolment(state: TrialState, new: RegistryPosted) -> Iterator[Issue]:
    enrolled = len(state.enrolled())
    if new.status is S.WITHDRAWN and enrolled:
        message = f"{enrolled} participant(s) were enrolled; a withdrawn trial has none."
        yield refuse("registry-enrolled", "", message, "It is terminated instead.")
    if new.status is S.TERMINATED and not enrolled:
        message = "nobody was enrolled; a terminated trial has at least one participant."
        yield refuse("registry-enrolled", "", message, "It is withdrawn instead.")
    if new.status in {S.ACTIVE_NOT_RECRUITING, S.TERMINATED, S.COMPLETED} and new.enrolment != enrolled:
        message = f"the enrolment posted is {new.enrolment}; {enrolled} were enrolled."
        yield refuse("registry-enrolment", "", message, "Post how many were enrolled.")


def _check_fields(new: RegistryPosted) -> Iterator[Issue]:
    if new.status in {S.SUSPENDED, S.TERMINATED, S.WITHDRAWN} and not (new.why_stopped or "").strip():
        message = f"{new.status.value} needs why it stopped, in at most 250 characters."
        yield refuse("registry-why-stopped", "", message, "Say why.")
    if new.status in _OPEN and new.start is None:
        yield refuse("registry-dates", "", f"{new.status.value} needs the date of the start.", "Give it.")
    if new.status in {S.TERMINATED, S.COMPLETED}:
        for name, day in (("primary completion", new.primary_completion), ("completion", new.completion)):
            if day is None or day.earliest() > new.on:
                message = f"{new.status.value} needs the actual date of the {name}; got {day or 'none'}."
                yield refuse("registry-dates", "", message, "Give the date on which it came.")


def shown_status(status: RegistryState, verified: PartialDate, today: date) -> str:
    """What the registry shows on a day: UNKNOWN once an open status was not verified for two years.

    A month counts by its last day, so that nothing is called unknown too early.
    """
    is_stale = status in _FADES and today > UNVERIFIED_FOR.after(verified.latest())
    return UNKNOWN if is_stale else status.value


@dataclass(frozen=True, slots=True)
class FieldToPost:
    """A field of the record that no longer says what is so: what it says, and what the sponsor is to post."""

    field: str
    old: str
    new: str


_OF_PHASE: Final = {
    Phase.NOT_OPENED: S.NOT_YET_RECRUITING,
    Phase.PREPARING: S.NOT_YET_RECRUITING,
    Phase.RECRUITING: S.RECRUITING,
    Phase.SUSPENDED: S.SUSPENDED,
    Phase.TERMINATED: S.TERMINATED,
    Phase.COMPLETED: S.COMPLETED,
}


def list_fields_to_post(protocol: Protocol, state: TrialState) -> Iterator[FieldToPost]:
    """What differs between the trial as it stands and what was last posted (before that, the record itself)."""
    posted = last_posted(state)
    record = protocol.registry
    before: dict[str, object] = {
        "overallStatus": posted.status.value if posted else record.status,
        "whyStopped": (posted.why_stopped if posted else record.why_stopped) or "",
        "startDate": (posted.start if posted else record.start) or "",
        "enrolmentCount": (posted.enrolment if posted else record.enrolment) or "",
        "completionDate": (posted.completion if posted else record.completion) or "",
    }
    for name, now in _fields_now(state, before):
        if str(before[name]) != now:
            yield FieldToPost(name, str(before[name]), now)


def _fields_now(state: TrialState, before: dict[str, object]) -> Iterator[tuple[str, str]]:
    status = _OF_PHASE[state.phase].value
    if state.phase is Phase.RECRUITING and before["overallStatus"] == S.ENROLLING_BY_INVITATION.value:
        status = S.ENROLLING_BY_INVITATION.value
    yield "overallStatus", status
    if state.stopped is not None:
        yield "whyStopped", state.stopped.why
    enrolled = [one.enrolled for one in state.enrolled() if one.enrolled is not None]
    if enrolled:
        yield "startDate", _at_precision(min(enrolled), before["startDate"])
    if state.phase in {Phase.TERMINATED, Phase.COMPLETED}:
        yield "enrolmentCount", str(len(enrolled))
        if state.stopped_on is not None and state.phase is Phase.COMPLETED:
            yield "completionDate", _at_precision(state.stopped_on, before["completionDate"])


def _at_precision(day: date, like: object) -> str:
    """The day as precise as what stood there: a month that is right stays right."""
    is_month = isinstance(like, PartialDate) and like.day is None
    return day.isoformat()[:7] if is_month else day.isoformat()
