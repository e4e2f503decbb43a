"""Rules of freezing, of the lock and of what may be changed after it: nothing but what two people unlocked by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.data.about import result_of, visit_of, whose
from armlet.conduct.data.blind_review import check_stands
from armlet.conduct.data.entry import check_newest, check_settled
from armlet.conduct.data.forms import FormStatus, forms_of, status_of
from armlet.conduct.data.signing import is_casebook_signed
from armlet.conduct.data.state import Unlock
from armlet.conduct.rules import is_same_person, refuse
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.protocol.data_management import LockNeeds
from armlet.protocol.model import Protocol

# --- Frozen ---------------------------------------------------------------------------------------------------------

_CHANGES = (
    c.HoldVisit
    | c.MissVisit
    | c.DoActivity
    | c.RecordResult
    | c.RecordMissing
    | c.CorrectResult
    | k.RepeatVisit
    | k.CorrectVisitDate
    | k.RetractResult
    | k.EnterAgain
    | k.AdjudicateEntry
)


def check_not_frozen(state: TrialState, command: c.Command) -> Iterator[Issue]:
    """What the command would change is not frozen; what two people unlocked is not either."""
    if not isinstance(command, _CHANGES) or not state.data.frozen or is_unlocked(state, command):
        return
    who, visit = whose(state, command), visit_of(state, command)
    for frozen in ((who, ""), (who, visit)):
        if frozen in state.data.frozen:
            what = f"{visit!r}" if frozen[1] else "every visit"
            yield refuse("frozen", who, f"{what} of this participant is frozen.", "Ask data management to thaw it.")
            return


def check_freeze(protocol: Protocol, state: TrialState, one: Participant, visit: str) -> Iterator[Issue]:
    """The visit exists, is not frozen, and no question about it is open."""
    if visit and visit not in {known.id for known in protocol.visits} | one.extra.keys():
        yield refuse("unknown-visit", one.id, f"there is no visit {visit!r}.", "Name a visit, or none for all.")
    if {(one.id, visit), (one.id, "")} & state.data.frozen:
        yield refuse("frozen-already", one.id, "it is frozen already.", "Nothing more is needed.")
    queries = [query for query in state.data.open_queries(one.id) if visit in {"", query.opened.visit}]
    if queries:
        message = f"{len(queries)} open quer{'y is' if len(queries) == 1 else 'ies are'} about it."
        yield refuse("open-queries", one.id, message, "Close what is open first.")


def check_thaw(state: TrialState, one: Participant, visit: str) -> Iterator[Issue]:
    """Just this was frozen."""
    if (one.id, visit) not in state.data.frozen:
        what = f"{visit!r}" if visit else "the participant as a whole"
        yield refuse("not-frozen", one.id, f"{what} is not frozen.", "Name what was frozen.")


# --- The lock -------------------------------------------------------------------------------------------------------


def check_lock(protocol: Protocol, state: TrialState, today: date) -> Iterator[Issue]:
    """No query is open, no critical value waits, what `data_management` asks for is done, and the sets cover everybody."""
    queries = state.data.open_queries()
    if queries:
        named = ", ".join(str(query.entry) for query in queries[:5])
        message = f"{len(queries)} quer{'y is' if len(queries) == 1 else 'ies are'} open (entries {named})."
        yield refuse("open-queries", "", message, "Answer and close them first.")
    for one in state.enrolled():
        yield from check_settled(protocol, state, one, None)
    needs = (protocol.data_management.lock_needs or ()) if protocol.data_management is not None else ()
    for need in needs:
        yield from _check_need(protocol, state, need, today)
    yield from check_stands(protocol, state)


def _check_need(protocol: Protocol, state: TrialState, need: LockNeeds, today: date) -> Iterator[Issue]:
    lacking = list(_lacking(protocol, state, need, today))
    if lacking:
        rule, what, fix = _NEEDS[need]
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        yield refuse(rule, "", f"{what} {', '.join(lacking[:5])}{more}.", fix)


_NEEDS: Final = {
    LockNeeds.CASEBOOKS_SIGNED: (
        "casebook-unsigned", "no valid signature stands on the casebook of", "The investigator signs them.",
    ),
    LockNeeds.DEVIATIONS_CLASSIFIED: (
        "deviation-unclassified", "the deviations of these entries are not classified:", "Classify them blinded.",
    ),
    LockNeeds.SETS_ASSIGNED: (
        "sets-unassigned", "analysis sets are to be assigned;", "Hold the blind review first.",
    ),
    LockNeeds.FORMS_COMPLETE: (
        "forms-open", "these forms are not complete:", "Fill them in, or say why a value is missing.",
    ),
}  # fmt: skip


def _lacking(protocol: Protocol, state: TrialState, need: LockNeeds, today: date) -> Iterator[str]:
    match need:
        case LockNeeds.CASEBOOKS_SIGNED:
            yield from (one.id for one in state.enrolled() if not is_casebook_signed(state, one.id))
        case LockNeeds.DEVIATIONS_CLASSIFIED:
            yield from (str(number) for number, one in state.data.deviations.items() if one.level is None)
        case LockNeeds.SETS_ASSIGNED:
            yield from _unassigned(protocol, state)
        case LockNeeds.FORMS_COMPLETE:
            yield from _open_forms(protocol, state, today)


def _unassigned(protocol: Protocol, state: TrialState) -> Iterator[str]:
    """Sets that are a matter of judgement and were not judged; where there are none, that nothing was assigned at all."""
    assigned = state.data.sets.members if state.data.sets is not None else {}
    judged = [one for one in protocol.sets if one.of == "per protocol"]
    yield from (f'nobody judged who is in "{one.label}"' for one in judged if one.id not in assigned)
    if not judged and not assigned:
        yield "nobody is in any"


def _open_forms(protocol: Protocol, state: TrialState, today: date) -> Iterator[str]:
    waiting: Final = {FormStatus.STARTED, FormStatus.EXPECTED, FormStatus.OVERDUE}
    forms = forms_of(protocol)
    for one in state.enrolled():
        for form in forms:
            if status_of(protocol, one, form, today) in waiting:
                yield f"{one.id} {form.visit} {form.activity}"


# --- After the lock -------------------------------------------------------------------------------------------------

_ALWAYS = k.RequestUnlock | k.ApproveUnlock
_ABOUT_UNLOCKED = k.OpenQuery | k.AnswerQuery | k.CloseQuery | k.ReopenQuery | k.Sign | k.VerifyForm | k.ReviewForm


def may_after_lock(state: TrialState, command: c.Command) -> bool:
    """Whether this may be asked of a locked trial: to unlock, and what an unlocking in force names."""
    if isinstance(command, _ALWAYS):
        return True
    unlock = state.data.unlock
    if unlock is None or not unlock.is_in_force:
        return False
    if isinstance(command, c.Lock | k.AcceptSignaturePolicy) or is_unlocked(state, command):
        return True
    return isinstance(command, _ABOUT_UNLOCKED) and whose(state, command) in {who for who, _ in unlock.results}


def is_unlocked(state: TrialState, command: c.Command) -> bool:
    """Whether the result that a command would change was unlocked by name."""
    unlock = state.data.unlock
    return unlock is not None and unlock.is_in_force and result_of(state, command) in unlock.results


def check_request(state: TrialState, command: k.RequestUnlock) -> Iterator[Issue]:
    """The trial is locked, nothing is unlocked, and what is named are results as they stand."""
    if state.locked is None:
        yield refuse("not-locked", "", "the database is not locked.", "Correct the value, with a reason.")
    if state.data.unlock is not None and state.data.unlock.is_in_force:
        message = f"what entry {state.data.unlock.entry} asked for is unlocked."
        yield refuse("unlocked-already", "", message, "Lock the database again first.")
    if not command.of:
        yield refuse("no-result", "", "the request names no entry.", "Name the entries of the values.")
    for of in command.of:
        yield from check_newest(state, of)


def check_approve(unlock: Unlock | None, request: int, person: str) -> Iterator[Issue]:
    """The request waits for approval, and this person neither asked nor approved yet."""
    if unlock is None or unlock.entry != request:
        yield refuse("no-unlock-asked", "", f"entry {request} asks for no unlocking that waits.", "Name the newest.")
        return
    if unlock.is_in_force:
        yield refuse("unlocked-already", "", "two people approved it already.", "Nothing more is needed.")
    elif any(is_same_person(person, other) for other in (unlock.requested.person, *unlock.approved_by)):
        message = f"{person} asked for it or approved it already; expected another person."
        yield refuse("two-people", "", message, "Let somebody else approve.")
