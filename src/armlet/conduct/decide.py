"""The one decision: may this be done now, and if so, what has happened?

Pure: protocol and state in, events or a refusal out. Clock, chance and files stay outside; so does who got what.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from pydantic import ValidationError

from armlet.conduct import commands as c
from armlet.conduct.answer import Accepted, Decision, Refused, answer, if_fine
from armlet.conduct.blinding import decide as blinding
from armlet.conduct.blinding.commands import BlindingCommand
from armlet.conduct.commands import By, Command
from armlet.conduct.consent import decide as consent
from armlet.conduct.consent import follow_up, reconsent, signing
from armlet.conduct.consent.commands import ConsentCommand
from armlet.conduct.course import decide as course
from armlet.conduct.course import papers
from armlet.conduct.course.commands import AfterLock, CourseCommand
from armlet.conduct.data import locking
from armlet.conduct.data.commands import DataCommand
from armlet.conduct.data.decide import decide as decide_data
from armlet.conduct.data.entry import check_newest, check_settled
from armlet.conduct.data.queries import with_automatic
from armlet.conduct.intake import decide as intake
from armlet.conduct.intake.commands import ImportedRow, ImportResults
from armlet.conduct.roles import MAY, is_permitted
from armlet.conduct.rules import (
    delegation,
    ending,
    entry,
    factors,
    guesses,
    preparation,
    refuse,
    unblinding,
    visits,
    words,
)
from armlet.conduct.rules.values import check_values, describe_unfit, participant_of
from armlet.conduct.safety.commands import SafetyCommand
from armlet.conduct.safety.decide import check_heard, decide_report, decide_safety
from armlet.conduct.safety.readings import late_readings
from armlet.conduct.schedule import visit_window
from armlet.conduct.sealing import UNSEALED, check_sealable
from armlet.conduct.state import Participant, Phase, TrialState
from armlet.eligibility.evaluate import evaluate_criteria
from armlet.eligibility.person import read_person
from armlet.errors import InputError
from armlet.issues import Issue
from armlet.ledger import events as e
from armlet.protocol.model import Anchor, Protocol
from armlet.units import UnitError

__all__ = ["Accepted", "Decision", "Refused", "decide", "decide_row"]


def decide(protocol: Protocol, state: TrialState, command: Command, by: By) -> Decision:
    """What follows from a command: the events to append, or every reason why it is refused."""
    refusals = tuple(check_values(command, by)) or tuple(_check_door(state, command, by))
    refusals = refusals or tuple(check_sealable(protocol, state, command, by))
    if refusals:
        return Refused(refusals)
    where = participant_of(command)
    try:
        decision = _decide(protocol, state, command, by)
        return with_automatic(protocol, state, command, decision) if isinstance(decision, Accepted) else decision
    except InputError as problem:
        return Refused(problem.issues)
    except ValidationError as problem:
        return Refused(describe_unfit(problem, where))
    except UnitError as problem:
        return Refused((refuse("unit", where, str(problem), "Check the unit."),))


def decide_row(protocol: Protocol, state: TrialState, row: ImportedRow, by: By) -> Decision:
    """What would follow from one row of a file, whoever imports it: for a dry run."""
    decision = intake.decide_row(protocol, state, row, by, _decide_one)
    if not isinstance(decision, Accepted):
        return decision
    return with_automatic(protocol, state, intake.command_of(row), decision)


def _decide_one(protocol: Protocol, state: TrialState, command: intake.OneResult, by: By) -> Decision:
    return _decide(protocol, state, command, by)


_AFTER_LOCK = c.GrantWarrant | c.RecordRead | c.ReportUnblinding | c.Redact | c.EndDelegation | AfterLock


def _check_door(state: TrialState, command: Command, by: By) -> Iterator[Issue]:
    participant, may_ask = participant_of(command), is_permitted(by.role, command)
    if not may_ask:  # and whether there is such a participant is none of their business either
        may = ", ".join(sorted(role.value.replace("_", " ") for role in MAY[type(command)]))
        message = f"the role {by.role.value.replace('_', ' ')} may not do this; it is for {may}."
        yield refuse("role", participant, message, "Ask somebody in that role.")
    if state.locked is not None and not isinstance(command, _AFTER_LOCK) and not locking.may_after_lock(state, command):
        yield refuse("locked", participant, "the database is locked.", "Nothing is changed after the lock.")
    if state.phase is Phase.NOT_OPENED and not isinstance(command, c.OpenTrial):
        yield refuse("not-opened", participant, "the trial is not opened.", "Open it first.")
    yield from locking.check_not_frozen(state, command)
    yield from delegation.check_works(state, command, by)
    new = isinstance(command, c.Identify | c.GrantWarrant)
    if hasattr(command, "participant") and not new and may_ask and participant not in state.participants:
        yield refuse("unknown-participant", participant, "no participant has this number.", "Check the number.")


def _decide(protocol: Protocol, state: TrialState, command: Command, by: By) -> Decision:
    if isinstance(command, SafetyCommand):
        return decide_safety(protocol, state, command, by)
    match command:
        case c.CommitAllocation():
            checks = tuple(ending.check_may_commit(state))
            committed = if_fine(checks, e.AllocationCommitted, commitment=command.commitment)
            if command.sealing_key is None:
                return answer(checks, *committed)
            checks = (*checks, *words.check_may_publish(state))
            return answer(checks, *if_fine(checks, e.SealingKeyPublished, key=command.sealing_key), *committed)
        case c.PublishSealingKey():
            checks = tuple(words.check_may_publish(state))
            return answer(checks, *if_fine(checks, e.SealingKeyPublished, key=command.key))
        case c.ReleaseWords():
            checks = tuple(words.check_release(protocol, state, command, by))
            return answer(checks, *if_fine(checks, e.TextReleased, of=command.of, texts=dict(command.texts)))
        case c.GrantWarrant() | c.RecordRead() | c.ReportUnblinding():
            return _decide_unblinding(state, command, by)
        case c.OpenTrial() | c.Suspend() | c.Resume() | c.Terminate() | c.Complete() | c.Lock():
            return _decide_trial(protocol, state, command, by)
        case c.Delegate():
            checks = tuple(delegation.check_delegate(protocol, state, command, by))
            fields = {"person": " ".join(command.person.split()), "role": command.role, "site": command.site}
            begun = () if checks else delegation.begin_log(state, command, by)
            return answer(checks, *begun, *if_fine(checks, e.Delegated, **fields))
        case c.EndDelegation():
            checks = (*delegation.check_end(state, command, by), *ending.check_why(command.why))
            held = delegation.held_by(state, command.person, command.role)
            person = held.person if held is not None else ""
            return answer(
                checks, *if_fine(checks, e.DelegationEnded, person=person, role=command.role, why=command.why)
            )
        case c.Identify():
            return _decide_identify(protocol, state, command)
        case c.CorrectResult():
            return _decide_correction(protocol, state, command)
        case c.ReportAdverseEvent():
            return decide_report(protocol, state, command, by)
        case _ if isinstance(command, DataCommand):
            return decide_data(protocol, state, command, by)
        case ImportResults():
            return intake.decide(protocol, state, command, by, _decide_one)
        case c.Redact():
            fields = {name: getattr(command, name) for name in command.__dataclass_fields__}
            checks = tuple(ending.check_may_redact(state, command.of, command.agreed_by, command.why))
            return answer(checks, *if_fine(checks, e.EntryRedacted, **fields))
        case command if isinstance(command, ConsentCommand):
            return consent.decide(protocol, state, command, by)
        case command if isinstance(command, BlindingCommand):
            return blinding.decide(protocol, state, command, by)
        case command if isinstance(command, CourseCommand):
            return course.decide(protocol, state, command, by)
        case _:
            return _decide_participant(protocol, state, state.participants[command.participant], command, by)


_TrialCommand = c.OpenTrial | c.Suspend | c.Resume | c.Terminate | c.Complete | c.Lock


def _decide_trial(protocol: Protocol, state: TrialState, command: _TrialCommand, by: By) -> Decision:
    match command:
        case c.OpenTrial():
            waits = protocol.course is not None and protocol.course.before_recruiting
            checks = (*ending.check_phase(state, Phase.NOT_OPENED), *delegation.check_open(command, by))
            opener = () if command.simulated else if_fine(checks, e.Delegated, person=by.actor.strip(), role=by.role)
            return answer(
                checks,
                e.TrialOpened(trial=protocol.id, simulated=command.simulated),
                e.ProtocolAdopted(protocol_version=protocol.version, protocol_digest=protocol.digest()),
                *(() if waits else (e.RecruitmentOpened(),)),
                *opener,
            )
        case c.Suspend():
            checks = (*ending.check_phase(state, Phase.RECRUITING), *ending.check_why(command.why))
            return answer(checks, *if_fine(checks, e.RecruitmentSuspended, because=command.because, why=command.why))
        case c.Resume():
            checks = (*ending.check_phase(state, Phase.SUSPENDED), *check_heard(state), *ending.check_why(command.why))
            return answer(checks, *if_fine(checks, e.RecruitmentResumed, why=command.why))
        case c.Terminate():
            checks = (
                *ending.check_phase(state, Phase.RECRUITING, Phase.SUSPENDED),
                *ending.check_why(command.why),
                *ending.check_someone_enrolled(state),
            )
            return answer(checks, *if_fine(checks, e.TrialTerminated, because=command.because, why=command.why))
        case c.Complete():
            return answer(ending.check_phase(state, Phase.RECRUITING, Phase.SUSPENDED), e.TrialCompleted())
        case c.Lock():
            head = state.head
            locked = e.DatabaseLocked(entries=head.seq, head=head.digest, agreed_by=command.agreed_by)
            held_back = locking.check_lock(protocol, state, by.occurred.date())
            return answer((*ending.check_may_lock(state, command.agreed_by), *held_back), locked)
        case _:
            assert_never(command)


def _decide_unblinding(
    state: TrialState, command: c.GrantWarrant | c.RecordRead | c.ReportUnblinding, by: By
) -> Decision:
    match command:
        case c.GrantWarrant():
            checks = (
                *unblinding.check_grant(state, command, by),
                *ending.check_named(command.to),
                *ending.check_why(command.why),
            )
            names = ("warrant", "participant", "category", "why", "to", "agreed_by", "override")
            fields = {name: getattr(command, name) for name in names}
            drill = True if command.drill else None
            granted = if_fine(checks, e.WarrantGranted, **fields, confirmed_by=by.confirmed_by, drill=drill)
            return answer(checks, *granted)
        case c.RecordRead():
            checks = tuple(unblinding.check_read(state, command))
            if checks:
                return Refused(checks)
            warrant = state.warrants[command.warrant]
            read = {"warrant": warrant.warrant, "participant": warrant.participant, "drill": warrant.drill}
            return Accepted((e.AllocationRead.model_validate({**read, "by": warrant.to}),))
        case c.ReportUnblinding():
            checks = tuple(unblinding.check_report(command.who, command.on, by.occurred.date()))
            told = {name: getattr(command, name) for name in command.__dataclass_fields__}
            return answer(checks, *if_fine(checks, e.UnblindingReported, **told))
        case _:
            assert_never(command)


def _decide_identify(protocol: Protocol, state: TrialState, command: c.Identify) -> Decision:
    issues = list(ending.check_phase(state, Phase.RECRUITING))
    if command.participant in state.participants:
        issues.append(refuse("number-taken", command.participant, "the number is taken.", "Use the next number."))
    sites = [site.id for site in protocol.organisation.sites]
    if command.site not in sites:
        message = f"the protocol has no site {command.site!r}; it has {', '.join(sites)}."
        issues.append(refuse("unknown-site", command.participant, message, "Choose one of these."))
    else:
        issues += papers.check_site_open(protocol, state, command.participant, command.site)
    fields = {"participant": command.participant, "site": command.site}
    return answer(issues, *if_fine(tuple(issues), e.Identified, **fields))


_ParticipantCommand = (
    c.GiveConsent
    | c.Screen
    | c.Rescreen
    | c.Enrol
    | c.CertifyProduct
    | c.RequestRandomisation
    | c.ConfirmRandomisation
    | c.MovePreparation
    | c.ReleasePreparation
    | c.Administer
    | c.CancelAdministration
    | c.HoldVisit
    | c.MissVisit
    | c.HoldUnscheduledVisit
    | c.DoActivity
    | c.RecordResult
    | c.RecordMissing
    | c.GiveGuess
    | c.RecordDeviation
    | c.Withdraw
    | c.LoseToFollowUp
    | c.EndFollowUp
)


def _decide_participant(
    protocol: Protocol, state: TrialState, one: Participant, command: _ParticipantCommand, by: By
) -> Decision:
    match command:
        case c.GiveConsent() | c.Screen() | c.Rescreen() | c.Enrol():
            return _decide_entry(protocol, state, one, command, by)
        case (
            c.CertifyProduct()
            | c.RequestRandomisation()
            | c.ConfirmRandomisation()
            | c.MovePreparation()
            | c.ReleasePreparation()
            | c.Administer()
            | c.CancelAdministration()
        ):
            return _decide_preparation(protocol, state, one, command, by)
        case (
            c.HoldVisit()
            | c.MissVisit()
            | c.HoldUnscheduledVisit()
            | c.DoActivity()
            | c.RecordResult()
            | c.RecordMissing()
        ):
            return _decide_visit(protocol, state, one, command, by)
        case c.GiveGuess():
            checks = tuple(guesses.check_guess(protocol, state, one, command, by))
            asked = {"of": command.of, "who": command.who, "occasion": command.occasion, "box": UNSEALED}
            return answer(checks, *if_fine(checks, e.GuessGiven, participant=one.id, **asked))
        case _:
            return _decide_ending(protocol, state, one, command, by.occurred.date())


def _decide_entry(
    protocol: Protocol,
    state: TrialState,
    one: Participant,
    command: c.GiveConsent | c.Screen | c.Rescreen | c.Enrol,
    by: By,
) -> Decision:
    today = by.occurred.date()
    match command:
        case c.GiveConsent():
            checks = tuple(signing.check_signing(protocol, state, one, command, by))
            fields = {name: getattr(command, name) for name in command.__dataclass_fields__}
            return answer(checks, *if_fine(checks, e.Consented, **fields))
        case c.Screen():
            return _decide_screen(protocol, state, one, command, today)
        case c.Rescreen():
            started = e.RescreeningStarted(participant=one.id, attempt=one.attempt + 1, why=command.why or "repeat")
            checks = (*entry.check_may_rescreen(one), *entry.check_still_agrees(one), *ending.check_why(command.why))
            return answer(checks, started)
        case c.Enrol():
            checks = (
                *entry.check_recruiting(state, one.id),
                *reconsent.check_consented(protocol, state, one, today, intervenes=True),
                *reconsent.check_copy(protocol, state, one),
                *entry.check_still_agrees(one),
                *entry.check_may_enrol(one),
                *reconsent.check_intervention(protocol, state, one, today),
            )
            return answer(checks, e.Enrolled(participant=one.id))
        case _:
            assert_never(command)


def _decide_screen(protocol: Protocol, state: TrialState, one: Participant, command: c.Screen, today: date) -> Decision:
    issues = [
        *reconsent.check_consented(protocol, state, one, today),
        *entry.check_still_agrees(one),
        *visits.check_day(one.id, command.reference, today),
    ]
    if one.enrolled is not None or one.failed_for:
        issues.append(refuse("screened-already", one.id, "was screened already.", "Start a rescreening to repeat it."))
    person = read_person({**command.answers, "reference_date": command.reference.isoformat()}, protocol, one.id)
    if issues:
        return Refused(tuple(issues))
    assessment = evaluate_criteria(protocol, person)
    assessed = e.EligibilityAssessed.model_validate(
        {
            "participant": one.id,
            "attempt": one.attempt,
            "verdict": assessment.verdict.value,
            "criteria": {criterion.id: criterion.verdict.value for criterion in assessment.criteria},
        }
    )
    events: list[e.OpenEvent] = [
        e.Screened(participant=one.id, attempt=one.attempt, answers=dict(command.answers), reference=command.reference),
        assessed,
    ]
    failed = tuple(criterion.id for criterion in assessment.criteria if criterion.keeps_out)
    if failed:
        events.append(e.ScreeningFailed(participant=one.id, attempt=one.attempt, criteria=failed))
    return Accepted(tuple(events))


_PreparationCommand = (
    c.CertifyProduct
    | c.RequestRandomisation
    | c.ConfirmRandomisation
    | c.MovePreparation
    | c.ReleasePreparation
    | c.Administer
    | c.CancelAdministration
)


def _decide_preparation(
    protocol: Protocol, state: TrialState, one: Participant, command: _PreparationCommand, by: By
) -> Decision:
    match command:
        case c.CertifyProduct():
            checks = (
                *entry.check_recruiting(state, one.id),
                *reconsent.check_consented(protocol, state, one, by.occurred.date(), intervenes=True),
                *preparation.check_may_certify(protocol, one, command.expires, by.occurred),
            )
            return answer(checks, *if_fine(checks, e.ProductCertified, participant=one.id, expires=command.expires))
        case c.RequestRandomisation():
            return _decide_request(protocol, state, one, command, by)
        case c.ConfirmRandomisation():
            randomised = e.Randomised(participant=one.id, preparation=command.preparation, due=command.due)
            checks = (*preparation.check_pending(one), *preparation.check_number(state, one, command.preparation))
            return answer(checks, randomised)
        case c.MovePreparation():
            moved = e.PreparationMoved(
                participant=one.id, preparation=one.preparation, due=command.due, because=command.because
            )
            return answer(preparation.check_preparation(one), moved)
        case c.ReleasePreparation():
            released = e.PreparationReleased(
                participant=one.id,
                preparation=one.preparation,
                expires=command.expires,
                weight=command.weight,
                volume=command.volume,
                weight_from=command.weight_from,
                weight_to=command.weight_to,
            )
            checks = (
                *entry.check_recruiting(state, one.id),
                *preparation.check_preparation(one),
                *preparation.check_released(protocol, one, command, by.occurred),
                *_check_weights(protocol, state, one),
                *reconsent.check_intervention(protocol, state, one, by.occurred.date()),
            )
            return answer(checks, released)
        case c.Administer():
            return _decide_administer(protocol, state, one, command, by.occurred.date())
        case c.CancelAdministration():
            planned = one.due or by.occurred.date()
            cancelled = e.AdministrationCancelled(
                participant=one.id, preparation=one.preparation, planned=planned, because=command.because
            )
            return answer(preparation.check_preparation(one), cancelled)
        case _:
            assert_never(command)


def _decide_request(
    protocol: Protocol, state: TrialState, one: Participant, command: c.RequestRandomisation, by: By
) -> Decision:
    if not command.request.strip():
        return Refused((refuse("no-request", one.id, "the request has no number.", "Give each request its own."),))
    if one.request == command.request:
        return Accepted(())
    if one.request:
        message = f"an allocation was asked for already (request {one.request})."
        return Refused((refuse("already-randomised", one.id, message, "One participant has one slot, for ever."),))
    checks = (
        *entry.check_recruiting(state, one.id),
        *reconsent.check_consented(protocol, state, one, by.occurred.date(), intervenes=True),
        *reconsent.check_intervention(protocol, state, one, by.occurred.date()),
        *preparation.check_may_randomise(protocol, state, one),
        *preparation.check_product(protocol, one, by.occurred),
        *factors.check_levels(protocol, one, command.levels),
    )
    levels = dict(command.levels) if command.levels else None
    fields = {"participant": one.id, "request": command.request, "levels": levels}
    return answer(checks, *if_fine(checks, e.RandomisationRequested, **fields))


def _check_weights(protocol: Protocol, state: TrialState, one: Participant) -> Iterator[Issue]:
    """Where the weight that a dose is made for is entered twice, the two agree."""
    for weight in {protocol.body_weight(product.dose) for product in protocol.products} - {None}:
        yield from check_settled(protocol, state, one, weight)


def _decide_administer(
    protocol: Protocol, state: TrialState, one: Participant, command: c.Administer, today: date
) -> Decision:
    started = command.started.date()
    checks = [
        *entry.check_recruiting(state, one.id),
        *reconsent.check_consented(protocol, state, one, started, intervenes=True),
        *reconsent.check_intervention(protocol, state, one, started),
        *visits.check_day(one.id, started, today),
        *preparation.check_preparation(one),
        *preparation.check_identity(one, command.preparation, command.checked_by),
        *preparation.check_times(one, command.started, command.stopped),
        *preparation.check_can_receive(one),
        *preparation.check_volume(one, command.volume, complete=command.complete),
    ]
    for product in protocol.products:
        weight = protocol.body_weight(product.dose) or ""
        checks.extend(preparation.check_weight(product.dose, one, weight, started))
    checks.extend(_check_weights(protocol, state, one))
    administered = e.Administered(
        participant=one.id,
        preparation=command.preparation,
        started=command.started,
        stopped=command.stopped,
        volume=command.volume,
        complete=command.complete,
        checked_by=command.checked_by,
    )
    late = () if checks else late_readings(protocol, state, one.id, command.started, command.stopped)
    return answer(checks, administered, *late)


_VisitCommand = c.HoldVisit | c.MissVisit | c.HoldUnscheduledVisit | c.DoActivity | c.RecordResult | c.RecordMissing


def _decide_visit(protocol: Protocol, state: TrialState, one: Participant, command: _VisitCommand, by: By) -> Decision:
    today = by.occurred.date()
    match command:
        case c.HoldVisit():
            return _decide_hold(protocol, state, one, command, by)
        case c.MissVisit():
            checks = (*visits.check_visit(protocol, one, command.visit), *ending.check_why(command.why))
            fields = {"participant": one.id, "visit": command.visit, "why": command.why}
            return answer(checks, *if_fine(checks, e.VisitMissed, **fields))
        case c.HoldUnscheduledVisit():
            checks = (
                *visits.check_followed(one, "an unscheduled visit", before_enrolment=False),
                *visits.check_day(one.id, command.on, today),
                *ending.check_why(command.why),
            )
            fields_ = {"participant": one.id, "on": command.on, "why": command.why}
            return answer(checks, *if_fine(checks, e.UnscheduledVisitHeld, **fields_))
        case c.DoActivity():
            checks = (
                *visits.check_activity(protocol, one, command.visit, command.activity),
                *reconsent.check_consented(protocol, state, one, command.on),
                *reconsent.check_by_the_minute(protocol, one, command.on, by),
                *visits.check_day(one.id, command.on, today),
            )
            checks = checks or tuple(_check_activity_agreed(protocol, state, one, command, command.on))
            done = e.ActivityDone(participant=one.id, visit=command.visit, activity=command.activity, on=command.on)
            return answer(checks, done)
        case c.RecordResult() | c.RecordMissing():
            return _decide_result(protocol, state, one, command)
        case _:
            assert_never(command)


def _check_activity_agreed(
    protocol: Protocol,
    state: TrialState,
    one: Participant,
    command: c.DoActivity | c.RecordResult | c.RecordMissing,
    on: date,
) -> Iterator[Issue]:
    """The participant agreed to the activity where it is new, and has not taken back what it collects."""
    yield from reconsent.check_added(one, command.visit, command.activity)
    yield from follow_up.check_collection(state, one, protocol.activity(command.activity), on)


def _decide_hold(protocol: Protocol, state: TrialState, one: Participant, command: c.HoldVisit, by: By) -> Decision:
    today = by.occurred.date()
    issues = list(visits.check_visit(protocol, one, command.visit))
    if issues:
        return Refused(tuple(issues))
    visit = protocol.visit(command.visit)
    issues += visits.check_followed(one, visit.label, before_enrolment=visit.anchor is Anchor.CONSENT)
    issues += reconsent.check_consented(protocol, state, one, command.on)
    issues += reconsent.check_by_the_minute(protocol, one, command.on, by)
    issues += reconsent.check_added(one, visit.id)
    issues += course.check_not_after_the_end(state, one, command.on)
    issues += visits.check_day(one.id, command.on, today)
    window = visit_window(visit, one)
    if window is None or visits.is_before_its_anchor(visit, one):
        message = f"{visit.label!r} is counted from {visit.anchor.value}, which has not come."
        issues.append(refuse("no-anchor", one.id, message, "Record what comes first."))
        return Refused(tuple(issues))
    off = window.days_off(command.on)
    held = e.VisitHeld(participant=one.id, visit=visit.id, on=command.on, days_off=off)
    if off == 0:
        return answer(issues, held)
    what = visits.say_out_of_window(visit, off)
    return answer(issues, held, e.DeviationRecorded(participant=one.id, what=what, on=command.on))


def _decide_result(
    protocol: Protocol, state: TrialState, one: Participant, command: c.RecordResult | c.RecordMissing
) -> Decision:
    issues = tuple(visits.check_activity(protocol, one, command.visit, command.activity))
    if issues:
        return Refused(issues)
    key = (command.visit, command.activity, command.measure, command.sample)
    issues = tuple(visits.check_sample(protocol, one, key))
    on = one.day_of(command.visit)
    if isinstance(command, c.RecordResult) and on is not None:  # that a value is missing may be written down always
        issues += tuple(_check_activity_agreed(protocol, state, one, command, on))
    if issues:
        return Refused(issues)
    where = {"participant": one.id, "visit": key[0], "activity": key[1], "measure": key[2], "sample": key[3]}
    if isinstance(command, c.RecordMissing):
        return Accepted((e.ResultMissing.model_validate({**where, "because": command.because}),))
    measure = protocol.measure(command.measure)
    checks = tuple(visits.check_value(measure, one.id, command.value, command.unit, confirmed=command.confirmed))
    fields = {"actual": command.actual, "value": command.value, "unit": command.unit, "below": command.below}
    return answer(checks, *if_fine(checks, e.ResultRecorded, **where, **fields))


def _decide_correction(protocol: Protocol, state: TrialState, command: c.CorrectResult) -> Decision:
    newest = tuple(check_newest(state, command.of))
    if newest:
        return Refused(newest)
    participant, key = state.result_of_entry[command.of]
    measure = protocol.measure(key[2])
    checks = (
        *visits.check_value(measure, participant, command.value, command.unit, confirmed=command.confirmed),
        *ending.check_why(command.why),
    )
    fields = {
        "of": command.of,
        "value": command.value,
        "unit": command.unit,
        "below": command.below,
        "why": command.why,
    }
    return answer(checks, *if_fine(checks, e.ResultCorrected, participant=participant, **fields))


_EndingCommand = c.RecordDeviation | c.Withdraw | c.LoseToFollowUp | c.EndFollowUp


def _decide_ending(
    protocol: Protocol, state: TrialState, one: Participant, command: _EndingCommand, today: date
) -> Decision:
    match command:
        case c.RecordDeviation():
            checks = (*visits.check_day(one.id, command.on, today), *ending.check_why(command.what))
            deviation = {"participant": one.id, "what": command.what, "on": command.on}
            return answer(checks, *if_fine(checks, e.DeviationRecorded, **deviation))
        case c.Withdraw():
            if not command.scopes:
                message = "a withdrawal names what it covers."
                return Refused((refuse("no-scope", one.id, message, "Ask what the participant no longer agrees to."),))
            if set(command.scopes) <= one.withdrawn:
                message = f"withdrew from {', '.join(sorted(scope.value for scope in command.scopes))} already."
                return Refused((refuse("withdrawn-already", one.id, message, "Nothing more is needed."),))
            return Accepted((e.Withdrawn(participant=one.id, scopes=command.scopes, why=command.why),))
        case c.LoseToFollowUp():
            checks = (*entry.check_not_gone(one), *follow_up.check_attempts(protocol, state, one, command.attempts))
            return answer(checks, e.LostToFollowUp(participant=one.id, attempts=command.attempts))
        case c.EndFollowUp():
            checks = (
                () if one.is_followed else (refuse("not-followed", one.id, "is not followed.", "Check the number."),)
            )
            return answer(checks, e.FollowUpEnded(participant=one.id, early=state.phase is Phase.TERMINATED))
        case _:
            assert_never(command)
