"""What is due about harm, until when, and how it stands: for everybody alike, without an arm.

The dates of a trial that names no deadlines (`safety.reporting`) are not made up: it has no clocks. The clock of an
expedited report begins when the sponsor knew of the serious event, which is never later than when it was found to
qualify; where a law counts from then, there is more time than this says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from armlet.conduct.safety.state import AdverseEvent, Measure
from armlet.conduct.state import TrialState
from armlet.ledger.safety_events import AssessedFor, PermissionToFollow, ReportStage
from armlet.protocol.model import Protocol
from armlet.safety.clocks import (
    DeadlineSet,
    Duty,
    ExpeditedDates,
    Standing,
    due_moment,
    expedited_dates,
    load_deadlines,
    local_date,
    standing_of_days,
    standing_of_hours,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """One thing to be done: about whom and which number, from when, until when (UTC moment or the sponsor's day)."""

    participant: str
    number: int
    duty: str
    since: str
    due: str
    done: str
    standing: str


def list_clocks(protocol: Protocol, state: TrialState, now: datetime) -> tuple[Clock, ...]:
    """Every clock that runs or ran, those that are overdue first. Empty where the protocol names no deadlines."""
    reporting = protocol.safety.reporting
    if reporting is None:
        return ()
    rules = load_deadlines()[reporting.deadlines]
    clocks = [
        *(clock for event in state.safety.all_events() for clock in _of_event(rules, reporting.zone, event, now)),
        *(_of_measure(rules, reporting.zone, measure, now) for measure in state.safety.measures),
        *_of_pregnancies(state),
    ]
    order = [Standing.OVERDUE, Standing.RUNNING, Standing.LATE, Standing.IN_TIME]
    return tuple(sorted(clocks, key=lambda one: (order.index(Standing(one.standing)), one.due, one.participant)))


def dates_of(protocol: Protocol, event: AdverseEvent) -> ExpeditedDates | None:
    """By when an expedited report is due; None where none is, the sponsor does not know yet, or no deadline is named."""
    reporting = protocol.safety.reporting
    if reporting is None or not event.is_susar or event.sponsor_aware is None:
        return None
    return _dates(load_deadlines()[reporting.deadlines], reporting.zone, event, event.sponsor_aware)


def _dates(rules: DeadlineSet, zone: str, event: AdverseEvent, aware: datetime) -> ExpeditedDates:
    fatal = event.sponsor_fatal
    became = fatal if fatal is not None and fatal != aware else None
    return expedited_dates(rules, zone, aware, is_fatal=fatal is not None, became_fatal=became)


def _of_event(rules: DeadlineSet, zone: str, event: AdverseEvent, now: datetime) -> Iterator[Clock]:
    if event.serious_since is None:
        return
    due, told = due_moment(event.serious_since, rules.of(Duty.SITE_TO_SPONSOR)), event.sponsor_aware
    standing = standing_of_hours(due, told, now)
    done = _spell(told) if told is not None else ""
    who = (event.participant, event.number)
    yield Clock(*who, "site tells sponsor", _spell(event.serious_since), _spell(due), done, standing.value)
    if told is None:
        return
    if AssessedFor.INVESTIGATOR not in event.causality:
        yield Clock(*who, "sponsor asks for the investigator's causality", _spell(told), _spell(due), "", "running")
    if event.is_susar:
        yield from _of_susar(rules, zone, event, told, now)


def _of_susar(rules: DeadlineSet, zone: str, event: AdverseEvent, aware: datetime, now: datetime) -> Iterator[Clock]:
    dates, today = _dates(rules, zone, event, aware), local_date(now, zone)
    wanted = [("expedited report", dates.first, ReportStage.FIRST)]
    if dates.complete is not None:
        wanted.append(("expedited report complete", dates.complete, ReportStage.COMPLETE))
    for duty, due, stage in wanted:
        done = event.closed.get(stage)
        standing = standing_of_days(due, done, today)
        who = (event.participant, event.number)
        yield Clock(*who, duty, _spell(aware), str(due), str(done or ""), standing.value)


def _of_measure(rules: DeadlineSet, zone: str, measure: Measure, now: datetime) -> Clock:
    due = local_date(measure.event.at, zone) + timedelta(days=rules.days(Duty.URGENT_MEASURE))
    done = min(measure.notified.values(), default=None)
    standing = standing_of_days(due, done, local_date(now, zone))
    since = _spell(measure.event.at)
    return Clock("", measure.event.number, "urgent measure notified", since, str(due), str(done or ""), standing.value)


def _of_pregnancies(state: TrialState) -> Iterator[Clock]:
    for who, pregnancies in state.safety.pregnancies.items():
        for number, one in enumerate(pregnancies, start=1):
            if one.permission is PermissionToFollow.REFUSED:
                continue
            done = str(one.ended or "")
            standing = Standing.IN_TIME if one.ended is not None else Standing.RUNNING
            due = str(one.event.due or "")
            yield Clock(who, number, "outcome of the pregnancy", str(one.event.learnt), due, done, standing.value)


def _spell(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
