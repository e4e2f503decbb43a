"""Outcome measures: every endpoint of the protocol with its values by arm, and every registered outcome without one.

A table has a row for the baseline, one for each visit, and one for each change from baseline, all in the endpoint's
unit; a row stands on those who have a value in it. The table counts the members of one analysis set: that of the
endpoint's primary analysis, else of its first one, else everybody who was assigned to an arm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.derivation.baseline import Change
from armlet.derivation.derived import Derived, NotDerived
from armlet.export.results_form.analyses import fill_analyses, without_room
from armlet.export.results_form.locked import PARTICIPANTS, Column, LockedTrial, denominators, plain_reason, sentence
from armlet.export.results_form.open_items import to_fill, to_know
from armlet.export.results_form.tables import (
    DISPERSION_WORDS,
    PARAM,
    CountRow,
    ValueRow,
    count_class,
    unit_words,
    value_classes,
)
from armlet.issues import Issue
from armlet.protocol.model import Analysis, Endpoint
from armlet.protocol.prose import listed
from armlet.registry.record import Outcome, OutcomesModule
from armlet.registry.results.rows import (
    MeasureClass,
    MeasureParam,
    OutcomeMeasure,
    OutcomeMeasuresModule,
    OutcomeMeasureType,
    ReportingStatus,
)

MODULE: Final = "OG"
TYPES: Final = {
    "primary": OutcomeMeasureType.PRIMARY,
    "secondary": OutcomeMeasureType.SECONDARY,
    "exploratory": OutcomeMeasureType.OTHER_PRE_SPECIFIED,
}
_LISTS: Final = {
    "primaryOutcomes": OutcomeMeasureType.PRIMARY,
    "secondaryOutcomes": OutcomeMeasureType.SECONDARY,
    "otherOutcomes": OutcomeMeasureType.OTHER_PRE_SPECIFIED,
}
_PLACE: Final = re.compile(r"(?:.*\.)?outcomesModule\.(\w+)\[(\d+)\]")
LONGEST_POPULATION: Final = 500
"""Characters, by the registry's definitions of results as a public list of its fields gives them; to be checked."""
BELOW_LIMIT: Final = "below the limit of "
"""How a note of a derived value begins that tells of a limit of detection (`armlet.derivation.derived.notes_on`)."""
EVENT_METHODS: Final = frozenset({"clopper_pearson"})
"""Methods that read an outcome of 1 as "had the event" and 0 as "had it not": such an endpoint is a count."""


@dataclass(frozen=True, slots=True)
class PlannedOutcome:
    """One outcome as it is told: in the words of the registration where there are any. `endpoint` None: not measured."""

    type: OutcomeMeasureType
    title: str
    description: str
    time_frame: str
    endpoint: Endpoint | None

    def registered(self) -> Outcome:
        """The same as an outcome of the protocol section."""
        return Outcome(measure=self.title, description=self.description or None, time_frame=self.time_frame or None)


@dataclass(frozen=True, slots=True)
class FilledOutcomes:
    """The module, and what a reader has to fill in or to know."""

    module: OutcomeMeasuresModule
    issues: tuple[Issue, ...]


def plan_outcomes(trial: LockedTrial) -> tuple[PlannedOutcome, ...]:
    """Every outcome, primary ones first: the endpoints in the protocol's order, then registered outcomes without one."""
    registered = _registered(trial.registered.protocol_section.outcomes_module)
    place_of = {one.id: _place(one, registered) for one in trial.protocol.endpoints}
    used = Counter(place_of.values())
    found = [_planned(trial, one, registered, place_of[one.id], used) for one in trial.protocol.endpoints]
    found += [
        PlannedOutcome(_LISTS[place[0]], one.measure or "", one.description or "", one.time_frame or "", None)
        for place, one in registered.items()
        if place not in used
    ]
    order = list(OutcomeMeasureType)
    return tuple(sorted(found, key=lambda one: order.index(one.type)))


def fill_outcomes(trial: LockedTrial) -> FilledOutcomes:
    """One outcome measure for each planned outcome; one that nobody measured is not posted, and says so as an issue."""
    planned = plan_outcomes(trial)
    measures = tuple(_measure(trial, one) for one in planned)
    return FilledOutcomes(OutcomeMeasuresModule(outcome_measures=measures), tuple(_issues(trial, planned)))


# --- What was planned -----------------------------------------------------------------------------------------------

Place = tuple[str, int]


def _registered(module: OutcomesModule) -> dict[Place, Outcome]:
    lists = {
        "primaryOutcomes": module.primary_outcomes,
        "secondaryOutcomes": module.secondary_outcomes,
        "otherOutcomes": module.other_outcomes,
    }
    return {(name, index): one for name, outcomes in lists.items() for index, one in enumerate(outcomes)}


def _place(endpoint: Endpoint, registered: dict[Place, Outcome]) -> Place | None:
    """The registered outcome that the endpoint says it comes from."""
    for stated in endpoint.source.stated:
        found = _PLACE.match(stated.where)
        if found is not None and (found[1], int(found[2])) in registered:
            return found[1], int(found[2])
    return None


def registered_place(trial: LockedTrial, endpoint: Endpoint) -> tuple[Place, Outcome] | None:
    """The registered outcome that an endpoint says it comes from, with its place; None where there is none."""
    registered = _registered(trial.registered.protocol_section.outcomes_module)
    place = _place(endpoint, registered)
    return None if place is None else (place, registered[place])


def _planned(
    trial: LockedTrial,
    endpoint: Endpoint,
    registered: dict[Place, Outcome],
    place: Place | None,
    used: Counter[Place | None],
) -> PlannedOutcome:
    label = f"{endpoint.label[:1].upper()}{endpoint.label[1:]}"
    outcome = Outcome() if place is None else registered[place]
    title = label
    if outcome.measure:
        title = outcome.measure if used[place] == 1 else f"{outcome.measure}: {endpoint.label}"
    measured_as = f"Measured as: {endpoint.label}." if title != label else ""
    parts = [outcome.description or "", measured_as, _rows_told(trial, endpoint)]
    visits = listed(trial.protocol.visit(name).label for name in (endpoint.baseline, *endpoint.visits))
    said = trial.answers.time_frames.get(endpoint.id) or outcome.time_frame or endpoint.time_frame
    time_frame = f"{said.rstrip('.')}. Reported at: {visits}"
    return PlannedOutcome(TYPES[endpoint.level], title, " ".join(part for part in parts if part), time_frame, endpoint)


def _rows_told(trial: LockedTrial, endpoint: Endpoint) -> str:
    if is_count(trial, endpoint):
        return "Counted: participants with the event at each visit."
    before = trial.protocol.visit(endpoint.baseline).label
    return f'Rows give the values at each visit and the changes from "{before}"; a fall is negative.'


def _issues(trial: LockedTrial, planned: Sequence[PlannedOutcome]) -> Iterator[Issue]:
    is_registered = bool(_registered(trial.registered.protocol_section.outcomes_module))
    for one in planned:
        if one.endpoint is None:
            message = f'no endpoint measures the registered outcome "{one.title}", so it is not posted.'
            yield to_fill(
                "outcome-without-endpoint", "endpoints", message, "Add an endpoint that says it comes from it."
            )
        elif is_registered and not any(_PLACE.match(stated.where) for stated in one.endpoint.source.stated):
            message = "the registered record does not have this outcome; it is added to both sections."
            yield to_know("outcome-not-registered", f"endpoints.{one.endpoint.id}", message, "Register it as well.")
        if one.endpoint is not None and one.endpoint.id in trial.answers.time_frames:
            message = "the time frame is worded for the registry; protocol and registered record say it in other words."
            yield to_know("time-frame-reworded", f"endpoints.{one.endpoint.id}.time_frame", message)
        if one.endpoint is not None and one.endpoint.unit == "1" and not is_count(trial, one.endpoint):
            message = 'the form wants to know what is counted; the unit is "1".'
            fix = "Say in the form what the number is, such as a score on a scale."
            yield to_fill("unit", f"endpoints.{one.endpoint.id}.unit", message, fix)


# --- What came out --------------------------------------------------------------------------------------------------


def _measure(trial: LockedTrial, planned: PlannedOutcome) -> OutcomeMeasure:
    told = OutcomeMeasure(
        type=planned.type,
        title=planned.title,
        description=_described(trial, planned) or None,
        time_frame=planned.time_frame or None,
        reporting_status=ReportingStatus.NOT_POSTED if planned.endpoint is None else ReportingStatus.POSTED,
    )
    if planned.endpoint is None:
        return told
    columns = _members(trial, planned.endpoint)
    analysed = {column.place: _with_a_value(trial, planned.endpoint, column) for column in columns}
    posted = told.model_copy(
        update={
            "population_description": _population(trial, planned.endpoint, columns),
            "groups": tuple(column.group(MODULE) for column in columns),
            "denoms": (denominators(MODULE, [(column, len(analysed[column.place])) for column in columns]),),
            "analyses": fill_analyses(trial, planned.endpoint, columns, MODULE),
        }
    )
    return posted.model_copy(update=_table(trial, planned.endpoint, columns)) if any(analysed.values()) else posted


def _described(trial: LockedTrial, planned: PlannedOutcome) -> str:
    """The description as registered, what numbers and analyses stand on, and what of the protocol is not applied."""
    if planned.endpoint is None:
        return planned.description
    parts = (
        planned.description,
        _below_limit(trial, planned.endpoint),
        without_room(trial, planned.endpoint),
    )
    return " ".join(part for part in parts if part)


def _below_limit(trial: LockedTrial, endpoint: Endpoint) -> str:
    """Which limits of detection were met and what was reckoned with; nothing where every result could be measured."""
    values = [one for one in trial.data.dataset.derived if isinstance(one, Derived) and one.endpoint == endpoint.id]
    notes = [[note for note in one.notes if note.startswith(BELOW_LIMIT)] for one in values]
    told = sorted({re.sub(r" \(at [^()]*\)$", "", note) for found in notes for note in found})
    if not told:
        return ""
    return f"Values that rest on a result below what could be measured: {sum(map(bool, notes))} ({'; '.join(told)})."


def _table(trial: LockedTrial, endpoint: Endpoint, columns: Sequence[Column]) -> dict[str, object]:
    if is_count(trial, endpoint):
        return {
            "param_type": MeasureParam.COUNT_OF_PARTICIPANTS,
            "unit_of_measure": PARTICIPANTS,
            "classes": tuple(_count_row(trial, endpoint, columns, visit) for visit in endpoint.visits),
        }
    return {
        "param_type": PARAM[trial.average],
        "dispersion_type": DISPERSION_WORDS[trial.average],
        "unit_of_measure": unit_words(endpoint.unit),
        "classes": value_classes(MODULE, columns, list(_rows(trial, endpoint, columns)), trial.average),
    }


def is_count(trial: LockedTrial, endpoint: Endpoint) -> bool:
    """Whether the endpoint is an event that a participant has or has not, by the methods that analyse it."""
    methods = {one.method for one in trial.protocol.analyses if one.endpoint == endpoint.id}
    values = [
        one.value for one in trial.data.dataset.derived if isinstance(one, Derived) and one.endpoint == endpoint.id
    ]
    return bool(methods & EVENT_METHODS) and endpoint.unit == "1" and all(value in {0, 1} for value in values)


def analysis_set(trial: LockedTrial, endpoint: Endpoint) -> str | None:
    """The set whose members a table of this endpoint counts; None for everybody who was assigned to an arm."""
    own = [one for one in trial.protocol.analyses if one.endpoint == endpoint.id]
    chosen: Analysis | None = next((one for one in own if one.role == "primary"), own[0] if own else None)
    return chosen.set if chosen is not None else None


def _members(trial: LockedTrial, endpoint: Endpoint) -> tuple[Column, ...]:
    name = analysis_set(trial, endpoint)
    columns = trial.columns()
    if name is None:
        return columns
    members = set(trial.data.dataset.sets[name])
    return tuple(
        Column(one.arm, one.place, one.title, one.description, tuple(who for who in one.people if who.id in members))
        for one in columns
    )


def _with_a_value(trial: LockedTrial, endpoint: Endpoint, column: Column) -> list[str]:
    visits = endpoint.visits if is_count(trial, endpoint) else (endpoint.baseline, *endpoint.visits)
    return [
        one.id
        for one in column.people
        if any(isinstance(trial.data.dataset.value(endpoint.id, one.id, visit), Derived) for visit in visits)
    ]


def _rows(trial: LockedTrial, endpoint: Endpoint, columns: Sequence[Column]) -> Iterator[ValueRow]:
    label = {visit: trial.protocol.visit(visit).label for visit in (endpoint.baseline, *endpoint.visits)}
    for visit in (endpoint.baseline, *endpoint.visits):
        title = f"{label[visit][:1].upper()}{label[visit][1:]}"
        yield ValueRow(title, {one.place: _values(trial, endpoint, one, visit) for one in columns})
    for visit in endpoint.visits:
        title = f"Change from {label[endpoint.baseline]} to {label[visit]}"
        yield ValueRow(title, {one.place: _changes(trial, endpoint, one, visit) for one in columns})


def _values(trial: LockedTrial, endpoint: Endpoint, column: Column, visit: str) -> tuple[Decimal, ...]:
    found = (trial.data.dataset.value(endpoint.id, one.id, visit) for one in column.people)
    return tuple(one.value for one in found if isinstance(one, Derived))


def _changes(trial: LockedTrial, endpoint: Endpoint, column: Column, visit: str) -> tuple[Decimal, ...]:
    found = (trial.data.dataset.change(endpoint.id, one.id, visit) for one in column.people)
    return tuple(one.change for one in found if isinstance(one, Change))


def _count_row(trial: LockedTrial, endpoint: Endpoint, columns: Sequence[Column], visit: str) -> MeasureClass:
    values = {column.place: _values(trial, endpoint, column, visit) for column in columns}
    known = {place: len(found) for place, found in values.items()}
    events = CountRow(None, {place: sum(one == 1 for one in found) for place, found in values.items()})
    label = trial.protocol.visit(visit).label
    return count_class(MODULE, columns, known, [events], f"{label[:1].upper()}{label[1:]}")


def _population(trial: LockedTrial, endpoint: Endpoint, columns: Sequence[Column]) -> str:
    """Who is counted, and how many of them lack a value and why: by visit, or over all visits where that is too long."""
    name = analysis_set(trial, endpoint)
    label = {one.id: one.label for one in trial.protocol.sets}.get(name or "", "everybody who was assigned to an arm")
    by_visit = {visit: _why_missing(trial, endpoint, columns, visit) for visit in (endpoint.baseline, *endpoint.visits)}
    absent = _not_in_set(trial, columns)
    parts = [
        f"No value at {trial.protocol.visit(visit).label}: {_counted(why)}." for visit, why in by_visit.items() if why
    ]
    told = trial.marked(" ".join(part for part in (sentence(label), absent, *parts) if part))
    if len(told) <= LONGEST_POPULATION:
        return told
    total = sum(by_visit.values(), Counter[str]())
    kept = " ".join(part for part in (sentence(label), absent) if part)
    return trial.marked(f"{kept} Values that are missing, over all visits: {_counted(total)}.")


def _not_in_set(trial: LockedTrial, columns: Sequence[Column]) -> str:
    """How many of those assigned to each arm are not in the set; nothing where all are."""
    members = {column.place: len(column.people) for column in columns}
    outside = [(column, len(column.people) - members[column.place]) for column in trial.columns()]
    counted = [f"{count} of {len(column.people)} in {column.title}" for column, count in outside if count]
    return f"Assigned and not in this set: {'; '.join(counted)}." if counted else ""


def _why_missing(trial: LockedTrial, endpoint: Endpoint, columns: Sequence[Column], visit: str) -> Counter[str]:
    label = trial.protocol.visit(visit).label
    return Counter(
        plain_reason(found.because, label)
        for column in columns
        for one in column.people
        if isinstance(found := trial.data.dataset.value(endpoint.id, one.id, visit), NotDerived)
    )


def _counted(why: Counter[str]) -> str:
    return "; ".join(f"{reason} ({count})" for reason, count in sorted(why.items()))
