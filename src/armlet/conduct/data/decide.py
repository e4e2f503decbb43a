"""What follows from a command about data that were entered: the events, or every reason why not."""

from __future__ import annotations

from typing import assert_never

from armlet.conduct.answer import Accepted, Decision, Refused, answer, if_fine
from armlet.conduct.commands import By
from armlet.conduct.consent.reconsent import check_consented
from armlet.conduct.data import blind_review, entry, intercurrent, locking, queries, signing
from armlet.conduct.data import commands as k
from armlet.conduct.data.about import whose
from armlet.conduct.data.forms import content_of
from armlet.conduct.data.state import QueryStatus
from armlet.conduct.roles import is_blinded
from armlet.conduct.rules import ending, refuse, visits
from armlet.conduct.schedule import visit_window
from armlet.conduct.state import Participant, TrialState
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.protocol.model import Protocol


def decide(protocol: Protocol, state: TrialState, command: k.DataCommand, by: By) -> Decision:
    """The answer to a command of this topic."""
    match command:
        case k.RepeatVisit() | k.CorrectVisitDate():
            return _decide_visit(protocol, state, state.participants[command.participant], command, by)
        case k.RetractResult() | k.EnterAgain() | k.AdjudicateEntry():
            return _decide_value(protocol, state, command, by)
        case k.OpenQuery() | k.AnswerQuery() | k.CloseQuery() | k.ReopenQuery():
            return _decide_query(protocol, state, command, by)
        case k.VerifyForm() | k.ReviewForm():
            return _decide_mark(protocol, state, command)
        case k.AcceptSignaturePolicy():
            checks = tuple(signing.check_policy(protocol, state, command.policy, by.actor))
            return answer(checks, *if_fine(checks, d.SignaturePolicyAccepted, person=by.actor, policy=command.policy))
        case k.Sign():
            return _decide_sign(protocol, state, command, by)
        case k.Freeze() | k.Thaw():
            return _decide_freeze(protocol, state, command)
        case k.ClassifyDeviation():
            return _decide_deviation(protocol, state, command, by)
        case k.RecordIntercurrentEvent():
            checks = tuple(intercurrent.check_intercurrent(protocol, state, command, by))
            who, on, why = command.participant, command.on, command.why.strip() or None
            told = {"participant": who, "event": command.event, "happened": on is not None}
            return answer(checks, *if_fine(checks, d.IntercurrentEventRecorded, **told, on=on, why=why))
        case k.AssignSets() | k.RequestUnlock() | k.ApproveUnlock():
            return _decide_trial(protocol, state, command, by)
        case _:
            assert_never(command)


def _decide_visit(
    protocol: Protocol, state: TrialState, one: Participant, command: k.RepeatVisit | k.CorrectVisitDate, by: By
) -> Decision:
    checks = [
        *entry.check_held(one, command.visit),
        *visits.check_day(one.id, command.on, by.occurred.date()),
        *ending.check_why(command.why),
    ]
    fields = {"participant": one.id, "visit": command.visit, "on": command.on, "why": command.why}
    if isinstance(command, k.RepeatVisit):
        checks += check_consented(protocol, state, one, command.on)
        if not checks and one.enrolled is not None:
            checks += visits.check_followed(one, command.visit, before_enrolment=False)
        code = entry.code_of_repeat(one, command.visit)
        return answer(checks, *if_fine(tuple(checks), d.VisitRepeated, **fields, code=code))
    checks += check_consented(protocol, state, one, command.on)
    checks += entry.check_moves(one, command.visit, command.on)
    if checks:
        return Refused(tuple(checks))
    return _move(protocol, one, command)


def _move(protocol: Protocol, one: Participant, command: k.CorrectVisitDate) -> Decision:
    """A visit that was moved out of its window is a deviation, as one that was held there."""
    visit = protocol.visit(command.visit)
    window = visit_window(visit, one)
    off = window.days_off(command.on) if window is not None else 0
    moved = d.VisitDateCorrected(participant=one.id, visit=visit.id, on=command.on, days_off=off, why=command.why)
    if off == 0:
        return Accepted((moved,))
    what = visits.say_out_of_window(visit, off)
    return Accepted((moved, e.DeviationRecorded(participant=one.id, what=what, on=command.on)))


def _decide_value(
    protocol: Protocol, state: TrialState, command: k.RetractResult | k.EnterAgain | k.AdjudicateEntry, by: By
) -> Decision:
    if isinstance(command, k.EnterAgain):
        return _decide_again(protocol, state, command, by)
    checks = tuple(entry.check_newest(state, command.of))
    if checks:
        return Refused(checks)
    participant, key = state.result_of_entry[command.of]
    if isinstance(command, k.RetractResult):
        return Accepted((d.ResultRetracted(participant=participant, of=command.of, because=command.because),))
    checks = (
        *entry.check_adjudicate(protocol, state, command, by.actor),
        *ending.check_why(command.why),
        *visits.check_value(protocol.measure(key[2]), participant, command.value, command.unit, confirmed=True),
    )
    said = {"value": command.value, "unit": command.unit, "below": command.below}
    settled = if_fine(checks, d.EntryAdjudicated, participant=participant, of=command.of, why=command.why)
    if checks or entry.agrees(
        state.participants[participant].results[key],
        d.EnteredAgain.model_validate({"participant": participant, "of": command.of, **said}),
    ):
        return answer(checks, *settled)
    corrected = if_fine(checks, e.ResultCorrected, participant=participant, of=command.of, why=command.why, **said)
    return answer(checks, *corrected, *settled)


def _decide_again(protocol: Protocol, state: TrialState, command: k.EnterAgain, by: By) -> Decision:
    one = state.participants[command.participant]
    checks = tuple(entry.check_again(protocol, state, one, command, by.actor))
    if checks:
        return Refused(checks)
    first = one.results[command.visit, command.activity, command.measure, command.sample]
    measure = protocol.measure(command.measure)
    checks = tuple(visits.check_value(measure, one.id, command.value, command.unit, confirmed=True))
    said = {"of": first.entry, "value": command.value, "unit": command.unit, "below": command.below}
    return answer(checks, *if_fine(checks, d.EnteredAgain, participant=one.id, **said))


def _decide_query(
    protocol: Protocol,
    state: TrialState,
    command: k.OpenQuery | k.AnswerQuery | k.CloseQuery | k.ReopenQuery,
    by: By,
) -> Decision:
    if isinstance(command, k.OpenQuery):
        one = state.participants[command.participant]
        checks = (*queries.check_place(protocol, one, command), *queries.check_words(command.what))
        fields = {name: getattr(command, name) for name in command.__dataclass_fields__}
        return answer(checks, *if_fine(checks, d.QueryOpened, **fields))
    where = {"participant": whose(state, command), "of": command.of}
    match command:
        case k.AnswerQuery():
            checks = (
                *queries.check_known(state, command.of, QueryStatus.OPEN),
                *queries.check_words(command.what),
            )
            return answer(checks, *if_fine(checks, d.QueryAnswered, **where, what=command.what))
        case k.CloseQuery():
            checks = (
                *queries.check_known(state, command.of, QueryStatus.ANSWERED),
                *queries.check_closes(state, command.of, by.role),
            )
            return answer(checks, *if_fine(checks, d.QueryClosed, **where, why=command.why))
        case k.ReopenQuery():
            checks = (
                *queries.check_known(state, command.of, QueryStatus.ANSWERED, QueryStatus.CLOSED),
                *queries.check_closes(state, command.of, by.role),
                *ending.check_why(command.why),
            )
            return answer(checks, *if_fine(checks, d.QueryReopened, **where, why=command.why))
        case _:
            assert_never(command)


def _decide_mark(protocol: Protocol, state: TrialState, command: k.VerifyForm | k.ReviewForm) -> Decision:
    one = state.participants[command.participant]
    kind = d.FormVerified if isinstance(command, k.VerifyForm) else d.FormReviewed
    checks = tuple(visits.check_activity(protocol, one, command.visit, command.activity)) or tuple(
        signing.check_not_marked(state, one.id, command.visit, command.activity, kind)
    )
    fields = {"participant": one.id, "visit": command.visit, "activity": command.activity}
    content = content_of(state, one.id, command.visit, command.activity)
    return answer(checks, *if_fine(checks, kind, **fields, fingerprint=content))


def _decide_sign(protocol: Protocol, state: TrialState, command: k.Sign, by: By) -> Decision:
    one = state.participants[command.participant]
    checks = tuple(signing.check_sign(protocol, state, one, command, by))
    return answer(
        checks,
        *if_fine(
            checks,
            d.Signed,
            participant=one.id,
            visit=command.visit,
            activity=command.activity,
            meaning=command.meaning,
            fingerprint=content_of(state, one.id, command.visit, command.activity),
            signer=by.actor,
            policy=signing.policy_of(protocol),
            confirmed_by=by.confirmed_by,
        ),
    )


def _decide_freeze(protocol: Protocol, state: TrialState, command: k.Freeze | k.Thaw) -> Decision:
    one = state.participants[command.participant]
    fields = {"participant": one.id, "visit": command.visit}
    if isinstance(command, k.Freeze):
        checks = tuple(locking.check_freeze(protocol, state, one, command.visit))
        return answer(checks, *if_fine(checks, d.Frozen, **fields))
    checks = (*locking.check_thaw(state, one, command.visit), *ending.check_why(command.why))
    return answer(checks, *if_fine(checks, d.Thawed, **fields, why=command.why))


def _decide_deviation(protocol: Protocol, state: TrialState, command: k.ClassifyDeviation, by: By) -> Decision:
    known = state.data.deviations.get(command.of)
    if known is None:
        message = f"entry {command.of} is no deviation."
        return Refused((refuse("no-deviation", "", message, "Name the entry that recorded it."),))
    if not protocol.is_open_label and not is_blinded(protocol, by.role):
        message = f"the role {by.role.value.replace('_', ' ')} is unblinded in this trial."
        issue = refuse("unblinded-judge", known.event.participant, message, "Let somebody blinded judge it.")
        return Refused((issue,))
    if known.level == command.level:
        message = f"it is {command.level.value} already."
        return Refused((refuse("classified-already", known.event.participant, message, "Nothing more is needed."),))
    judged = {"participant": known.event.participant, "of": command.of, "level": command.level}
    return answer((), *if_fine((), d.DeviationClassified, **judged, why=command.why.strip() or None))


def _decide_trial(
    protocol: Protocol, state: TrialState, command: k.AssignSets | k.RequestUnlock | k.ApproveUnlock, by: By
) -> Decision:
    match command:
        case k.AssignSets():
            checks = tuple(blind_review.check_sets(protocol, state, command, by))
            members = {name: tuple(one) for name, one in command.members.items()}
            fields = {"members": members, "minutes": command.minutes, "agreed_by": command.agreed_by}
            return answer(checks, *if_fine(checks, d.SetsAssigned, **fields))
        case k.RequestUnlock():
            checks = (*locking.check_request(state, command), *ending.check_why(command.why))
            asked = {"of": command.of, "person": by.actor, "why": command.why}
            return answer(checks, *if_fine(checks, d.UnlockRequested, **asked))
        case k.ApproveUnlock():
            checks = tuple(locking.check_approve(state.data.unlock, command.request, by.actor))
            return answer(checks, *if_fine(checks, d.UnlockApproved, request=command.request, person=by.actor))
        case _:
            assert_never(command)
