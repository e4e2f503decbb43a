"""Where a text of the results form comes from, and what to change so that it says something else.

For whoever answers a reviewer: the form's field leads to the part of the protocol, of the registered record or of the
ledger that it was put together from. Nothing is looked up in the text itself; it is told by how the form is composed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from armlet.errors import InputError
from armlet.export.results_form.compose import FilledForm
from armlet.export.results_form.locked import LockedTrial
from armlet.export.results_form.outcomes import PlannedOutcome, plan_outcomes, registered_place
from armlet.issues import error
from armlet.registry.record import Outcome

ANSWER: Final = "--time-frame {endpoint}=WORDS"
_STEP: Final = re.compile(r"(\w+)|\[(\d+)\]")
_OUTCOME: Final = re.compile(r"resultsSection\.outcomeMeasuresModule\.outcomeMeasures\[(\d+)\](?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class Origin:
    """One place that a field is put together from, and its words there."""

    where: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A field of the form: what stands in it, the places it comes from, in order, and how to change it."""

    path: str
    text: str
    origins: tuple[Origin, ...]
    to_change: str


def explain(trial: LockedTrial, form: FilledForm, path: str) -> Explained:
    """The field of that path, as reviews name it. Raises InputError where the form has no such field."""
    whole = path if path.startswith(("resultsSection", "protocolSection")) else f"resultsSection.{path}"
    text = _find(form.record.as_json(), whole)
    found = _OUTCOME.match(whole)
    if found is not None:
        outcome = plan_outcomes(trial)[int(found[1])]
        origins, change = _of_outcome(trial, outcome, found[2] or "")
    else:
        origins, change = _of_module(whole)
    return Explained(whole, text, tuple(origins), change)


def _find(plain: JsonValue, path: str) -> str:
    """The text of the field; of one with parts, that it has parts."""
    here = plain
    for name, index in _STEP.findall(path):
        if index and isinstance(here, list) and int(index) < len(here):
            here = here[int(index)]
        elif name and isinstance(here, dict) and name in here:
            here = here[name]
        else:
            message = f"the form has no field {path!r}."
            fix = "Name one as the review does: resultsSection.outcomeMeasuresModule.outcomeMeasures[0].timeFrame."
            raise InputError([error("export/no-such-field", "--explain", message, fix)])
    return f"({len(here)} parts)" if isinstance(here, list | dict) else str(here)


# --- Outcomes -------------------------------------------------------------------------------------------------------


def _of_outcome(trial: LockedTrial, outcome: PlannedOutcome, name: str) -> tuple[list[Origin], str]:
    endpoint = outcome.endpoint
    if endpoint is None:
        where = "record: protocolSection.outcomesModule"
        return [Origin(where, outcome.title)], "No endpoint measures it: add one to the protocol that says it does."
    here = f"protocol.yaml: endpoints.{endpoint.id}"
    tell = _TELLERS.get(name)
    if tell is not None:
        return tell(trial, outcome, here)
    return (
        [Origin(f"{here}", endpoint.label), Origin(f"ledger: the results that {endpoint.id} is derived from")],
        "Numbers are computed: correct a result through the ledger, or the analysis in the protocol.",
    )


def _time_frame(trial: LockedTrial, outcome: PlannedOutcome, here: str) -> tuple[list[Origin], str]:
    assert outcome.endpoint is not None  # looked at before
    endpoint = outcome.endpoint
    answered, registered = trial.answers.time_frames.get(endpoint.id), _registered(trial, outcome)
    first = Origin(f"{here}.time_frame", endpoint.time_frame)
    if registered is not None and registered[1].time_frame:
        first = Origin(f"{registered[0]}.timeFrame", registered[1].time_frame)
    if answered is not None:
        first = Origin(f"answers: time_frames.{endpoint.id}", answered)
    visits = ", ".join(trial.protocol.visit(one).label for one in (endpoint.baseline, *endpoint.visits))
    origins = [first, Origin(f"{here}.baseline and .visits, by their labels", visits)]
    if first.where != f"{here}.time_frame":
        origins.append(Origin(f"{here}.time_frame (not used: the one above stands for it)", endpoint.time_frame))
    change = (
        f"Say it for the registry with {ANSWER.format(endpoint=endpoint.id)}, which leaves the protocol as it is; or "
        "change the registered record. Which visits it names changes only by an amendment."
    )
    return origins, change


def _title(trial: LockedTrial, outcome: PlannedOutcome, here: str) -> tuple[list[Origin], str]:
    assert outcome.endpoint is not None  # looked at before
    registered, origins = _registered(trial, outcome), [Origin(f"{here}.label", outcome.endpoint.label)]
    if registered is not None:
        origins.insert(0, Origin(f"{registered[0]}.measure", registered[1].measure or ""))
    return origins, "Change the registered record, or, where it has no such outcome, the label by an amendment."


def _description(trial: LockedTrial, outcome: PlannedOutcome, here: str) -> tuple[list[Origin], str]:
    assert outcome.endpoint is not None  # looked at before
    origins, change = _title(trial, outcome, here)
    registered = _registered(trial, outcome)
    if registered is not None:
        origins[0] = Origin(f"{registered[0]}.description", registered[1].description or "")
    return [*origins, Origin(f"{here}.baseline", outcome.endpoint.baseline)], change


def _unit(trial: LockedTrial, outcome: PlannedOutcome, here: str) -> tuple[list[Origin], str]:
    assert outcome.endpoint is not None  # looked at before
    return [Origin(f"{here}.unit", outcome.endpoint.unit)], "Change the unit of the endpoint by an amendment."


def _population(trial: LockedTrial, outcome: PlannedOutcome, here: str) -> tuple[list[Origin], str]:
    assert outcome.endpoint is not None  # looked at before
    sets = {one.set for one in trial.protocol.analyses if one.endpoint == outcome.endpoint.id}
    told = [one for one in trial.protocol.sets if one.id in sets]
    origins = [Origin(f"protocol.yaml: sets.{one.id}", one.label) for one in told]
    return [*origins, Origin("ledger: who has no value, and why")], "Change the analysis set by an amendment."


_Teller = Callable[[LockedTrial, PlannedOutcome, str], tuple[list[Origin], str]]
_TELLERS: Final[Mapping[str, _Teller]] = {
    "timeFrame": _time_frame,
    "title": _title,
    "description": _description,
    "unitOfMeasure": _unit,
    "populationDescription": _population,
}


def _registered(trial: LockedTrial, outcome: PlannedOutcome) -> tuple[str, Outcome] | None:
    """Where in the registered record the outcome stands, and what it says there; None where it does not."""
    assert outcome.endpoint is not None  # looked at before
    found = registered_place(trial, outcome.endpoint)
    if found is None:
        return None
    (name, index), registered = found
    return f"record: protocolSection.outcomesModule.{name}[{index}]", registered


# --- Everything else ------------------------------------------------------------------------------------------------

_MODULES: Final = {
    "resultsSection.participantFlowModule": (
        ("protocol.yaml: arms", "ledger: enrolment, allocation, administration, withdrawals, ends of follow-up"),
        "Correct what the ledger says; the words of the arms change by an amendment.",
    ),
    "resultsSection.baselineCharacteristicsModule": (
        ("protocol.yaml: measures, endpoints, organisation.sites", "ledger: answers at screening, results at baseline"),
        "Correct the answers or results through the ledger.",
    ),
    "resultsSection.adverseEventsModule": (
        ("protocol.yaml: safety.follow_up, safety.scale", "answers: adverse_events", "ledger: adverse events"),
        "Follow up the event in the ledger; organ systems and how events were asked for are in the answers.",
    ),
    "resultsSection.moreInfoModule": (
        ("answers: contact, publishing", "ledger: why the trial ended"),
        "Fill in the answers.",
    ),
    "protocolSection": (
        ("record: the same field", "protocol.yaml: what the record lacks", "ledger: dates, status, numbers"),
        "Change the registered record; what happened is the ledger's.",
    ),
}


def _of_module(path: str) -> tuple[list[Origin], str]:
    for start, (places, change) in _MODULES.items():
        if path.startswith(start):
            return [Origin(place) for place in places], change
    return [Origin("all modules of the results")], "Name one of its fields."


def in_words(explained: Explained) -> Iterator[str]:
    """The answer for a reader, line by line."""
    yield explained.path
    yield f"  says: {explained.text}"
    yield "  put together from:"
    for origin in explained.origins:
        yield f"  - {origin.where}{f': {origin.words}' if origin.words else ''}"
    yield f"  to change it: {explained.to_change}"
