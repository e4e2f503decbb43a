"""The schedule of a draft: outcomes as endpoints, what is measured for them, the visits of their time frames, analyses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from armlet.eligibility.text import slug
from armlet.protocol.criteria import Measure, MeasureKind
from armlet.protocol.model import (
    Activity,
    ActivityKind,
    Analysis,
    AnalysisSet,
    Anchor,
    Arm,
    Endpoint,
    Safety,
    Settings,
    Visit,
)
from armlet.protocol.source import Source, Stated
from armlet.registry.draft_design import unique
from armlet.registry.draft_facts import NOT_STATED, Drafting
from armlet.registry.questions import is_insulin_secretion
from armlet.registry.record import Outcome
from armlet.registry.time_frames import Moment, may_coincide, read_moments, read_span
from armlet.studytime import Duration
from armlet.units import Quantity, parse_unit

_OUTCOMES: Final = "outcomesModule"
_DESCRIPTION: Final = "descriptionModule.detailedDescription"
_FOLLOW_UP: Final = re.compile(r"\bfollow[- ]?up\s*:\s*([^.]+)", re.IGNORECASE)
_AT_FIRST: Final = re.compile(
    r"\bbaseline\b|\bpre-|\bpre(?:treatment|operative)|\bbefore\b|\bprior to\b|\btime 0\b|\bday 0\b", re.IGNORECASE
)
_AREA: Final = re.compile(r"\bAUC\b|area under", re.IGNORECASE)
_CURVES: Final = (
    (re.compile(r"\bC-?\s?peptide", re.IGNORECASE), "c_peptide_level", "C-peptide", "nmol/L"),
    (re.compile(r"\bglucose", re.IGNORECASE), "glucose", "glucose", "mmol/L"),
    (re.compile(r"\binsulin", re.IGNORECASE), "insulin", "insulin", "pmol/L"),
)
_INSULIN_DOSE: Final = re.compile(
    r"\b(?:exogenous |daily )?insulin (?:requirements?|doses?|dosage|needs?|use)\b|\b(?:dose|use) of insulin\b", re.I
)
_PLAIN: Final = "1"
_LONGEST_NAME: Final = 32
_LEVELS: Final[tuple[tuple[str, Literal["primary", "secondary", "exploratory"]], ...]] = (
    ("primaryOutcomes", "primary"),
    ("secondaryOutcomes", "secondary"),
    ("otherOutcomes", "exploratory"),
)
_SCREENING, _BASELINE, _START = "screening", "baseline", "start"
_SETS: Final = {
    "randomised": "everybody allotted to an arm",
    "administered": "everybody who got the product",
    "enrolled": "everybody enrolled",
}
_METHODS: Final = {
    "signed_rank": "the signed-rank test of the change from baseline",
    "rerandomisation": "the re-randomisation test of how far two arms differ in their change from baseline",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """An outcome on its way to an endpoint: where it stands, its words, and the moments that it names."""

    place: str
    level: Literal["primary", "secondary", "exploratory"]
    outcome: Outcome
    id: str
    moments: tuple[Moment, ...]

    @property
    def words(self) -> str:
        """What is measured, in the record's words."""
        return " ".join((self.outcome.measure or "").split()) or NOT_STATED

    @property
    def text(self) -> str:
        """All that the record says of it."""
        parts = (self.outcome.measure, self.outcome.description, self.outcome.time_frame)
        return " ".join(part for part in parts if part)


@dataclass
class DraftedSchedule:
    """What is done and when; `done_at` says which activities each visit has."""

    measures: dict[str, Measure]
    activities: dict[str, Activity] = field(default_factory=dict)
    endpoints: list[Endpoint] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    done_at: dict[str, list[str]] = field(default_factory=dict)

    def do(self, activity: str, visits: Iterable[str]) -> None:
        """The activity is done at these visits."""
        for visit in visits:
            done = self.done_at.setdefault(visit, [])
            if activity not in done:
                done.append(activity)


def draft_schedule(drafting: Drafting, measures: dict[str, Measure], *, has_product: bool) -> DraftedSchedule:
    """Endpoints, activities and visits; `measures` are those of the criteria, and those of the endpoints are added."""
    drafted = DraftedSchedule(measures)
    planned = _plan_outcomes(drafting)
    visit_of, moments = _merge(drafting, [moment for item in planned for moment in item.moments], _described(drafting))
    for item in planned:
        _add_endpoint(drafting, drafted, item, visit_of)
    _add_fixed_activities(drafting, drafted, has_product=has_product)
    _add_visits(drafting, drafted, planned, moments, has_product=has_product)
    return drafted


# --- Outcomes and moments ---------------------------------------------------------------------------------------------


def _plan_outcomes(drafting: Drafting) -> tuple[Planned, ...]:
    module = drafting.section.outcomes_module
    of_level = {
        "primaryOutcomes": module.primary_outcomes,
        "secondaryOutcomes": module.secondary_outcomes,
        "otherOutcomes": module.other_outcomes,
    }
    planned: list[Planned] = []
    for name, level in _LEVELS:
        for index, outcome in enumerate(of_level[name]):
            place = f"{_OUTCOMES}.{name}[{index}]"
            wanted = slug(_name_of(outcome.measure or "outcome"), _LONGEST_NAME)
            endpoint = unique(wanted, (item.id for item in planned))
            moments = read_moments(outcome.time_frame or "") or read_moments(outcome.measure or "")
            planned.append(Planned(place, level, outcome, endpoint, moments))
    return tuple(planned)


def _name_of(measure: str) -> str:
    """The outcome's name without the words that only say that it is compared with its beginning."""
    bare = re.sub(r"\([^)]{0,500}\)", " ", measure)
    return re.sub(
        r"^\W*(?:delta\W+)?(?:mean |absolute )?changes?(?: from baseline)? (?:in|of|from) ", "", bare, flags=re.I
    )


def _described(drafting: Drafting) -> tuple[Moment, ...]:
    """The moments of a labelled follow-up in the description."""
    found = _FOLLOW_UP.search(drafting.section.description_module.detailed_description or "")
    return read_moments(found[1]) if found else ()


def _merge(
    drafting: Drafting, wanted: Sequence[Moment], described: Sequence[Moment]
) -> tuple[dict[Duration, str], list[Moment]]:
    """The visit of each moment, and the moments that are visits of their own: two on one day are one, and asked about."""
    visit_of: dict[Duration, str] = {}
    kept: list[Moment] = []
    for moment in sorted((*wanted, *described), key=lambda one: one.offset.shortest_days()):
        twin = next((one for one in kept if may_coincide(one, moment)), None)
        if twin is None:
            kept.append(moment)
        elif twin.offset != moment.offset:
            drafting.asked.ask("same_day_visits", moment.id, words=f"{twin.label}, {moment.label}")
        if moment.is_day_number:
            drafting.asked.ask("day_numbers", words=moment.words)
        visit_of.setdefault(moment.offset, (twin or moment).id)
    return visit_of, kept


# --- Endpoints --------------------------------------------------------------------------------------------------------


def _add_endpoint(drafting: Drafting, drafted: DraftedSchedule, item: Planned, visit_of: dict[Duration, str]) -> None:
    visits = tuple(dict.fromkeys(visit_of[moment.offset] for moment in item.moments)) or (_START,)
    asked = _ask_times(drafting, item)
    method, settings, unit, activities, more = _derivation(drafting, drafted, item)
    for activity in activities:
        drafted.do(activity, (_BASELINE, *visits))
    drafted.endpoints.append(
        Endpoint(
            id=item.id,
            source=drafting.source(item.place, ask=[*more, *asked]),
            label=item.words,
            level=item.level,
            objective="as the aim says",
            time_frame=" ".join((item.outcome.time_frame or NOT_STATED).split()),
            method=method,
            settings=settings,
            unit=unit,
            visits=visits,
            baseline=_BASELINE,
        )
    )


def _ask_times(drafting: Drafting, item: Planned) -> list[str]:
    asked = []
    frame = item.outcome.time_frame or NOT_STATED
    if not item.moments:
        asked.append(drafting.asked.ask("endpoint_times", item.id, words=item.words, frame=frame.rstrip(".")))
    elif any(moment.is_end for moment in item.moments):
        asked.append(drafting.asked.ask("endpoint_visits", item.id, words=item.words, frame=frame.rstrip(".")))
    if len(item.moments) > 1 and item.level == "primary":
        drafting.asked.ask("primary_time_point", item.id, words=item.words)
    return asked


Derivation = tuple[str, Settings, str, tuple[str, ...], list[str]]
"""Method, settings, unit, the activities that yield the values, and the questions that it rests on."""


def _derivation(drafting: Drafting, drafted: DraftedSchedule, item: Planned) -> Derivation:
    if _AREA.search(item.words):
        for pattern, name, label, unit in _CURVES:
            if pattern.search(item.words):
                return _curve(drafting, drafted, item, _quantity(drafted, name, label, unit))
    if _INSULIN_DOSE.search(item.words):
        return _daily_dose(drafting, drafted, item)
    return _single_value(drafting, drafted, item)


def _quantity(drafted: DraftedSchedule, name: str, label: str, unit: str) -> Measure:
    """The measure of that id where its unit fits, otherwise a new one."""
    known = drafted.measures.get(name)
    if known is not None and known.unit is not None:
        if parse_unit(known.unit).dimension == parse_unit(unit).dimension:
            return known
        name = unique(name, drafted.measures)
    measure = Measure(id=name, label=label, kind=MeasureKind.QUANTITY, unit=unit)
    drafted.measures[measure.id] = measure
    return measure


def _curve(drafting: Drafting, drafted: DraftedSchedule, item: Planned, measure: Measure) -> Derivation:
    """The mean under a curve; only the two ends of its span are drafted, and every time between them is asked."""
    subject = item.id
    asked = [drafting.asked.ask("area_or_mean", subject, words=item.words)]
    times = drafting.asked.ask("sampling_times", subject, words=item.words)
    drafting.asked.ask("curve_rules", subject, words=item.words)
    start, end = read_span(item.words) or ("0 min", "120 min")
    activity = _activity(
        drafted,
        Activity(
            id=f"{measure.id}_test",
            source=drafting.source(f"{item.place}.measure", ask=[times]),
            label=f"timed samples of {measure.label}",
            kind=ActivityKind.TIMED_SAMPLES,
            measures=(measure.id,),
            at=(Quantity.parse(start), Quantity.parse(end)),
        ),
    )
    settings: Settings = {"activity": activity, "measure": measure.id, "from": start, "to": end}
    return "auc_mean", settings, measure.unit or _PLAIN, (activity,), asked


def _activity(drafted: DraftedSchedule, wanted: Activity) -> str:
    """The id of an activity that does the same, which is added where there is none."""
    for known in drafted.activities.values():
        same = (known.kind, known.measures, known.at) == (wanted.kind, wanted.measures, wanted.at)
        if same and known.label == wanted.label:
            return known.id
    name = unique(wanted.id, drafted.activities)
    drafted.activities[name] = wanted.model_copy(update={"id": name})
    return name


def _daily_dose(drafting: Drafting, drafted: DraftedSchedule, item: Planned) -> Derivation:
    asked = [drafting.asked.ask("insulin_unit", item.id, words=item.words)]
    days = drafting.asked.ask("insulin_days", item.id, words=item.words)
    dose = _quantity(drafted, "insulin_per_day", "insulin in a day", "[IU]/d")
    diary = _activity(
        drafted,
        Activity(
            id="diary_of_insulin",
            source=drafting.source(f"{item.place}.measure", ask=[days]),
            label="insulin diary",
            kind=ActivityKind.DAILY,
            measures=(dose.id,),
            days=1,
            at_least=1,
        ),
    )
    weight, weighing = _add_weighing(drafting, drafted, asked[0])
    settings: Settings = {"activity": diary, "measure": dose.id, "weight": weight}
    return "daily_dose_per_weight", settings, "[IU]/kg/d", (diary, weighing), asked


def _add_weighing(drafting: Drafting, drafted: DraftedSchedule, question: str) -> tuple[str, str]:
    weight = _quantity(drafted, "weight", "body weight", "kg")
    because = "what is counted per kg needs the weight"
    weighing = Activity(
        id="weight_taken",
        source=drafting.source(ask=[question], because=because),
        label="weighing",
        kind=ActivityKind.SINGLE,
        measures=(weight.id,),
    )
    return weight.id, _activity(drafted, weighing)


def _single_value(drafting: Drafting, drafted: DraftedSchedule, item: Planned) -> Derivation:
    """One number without a unit at each visit: a stand-in for whatever the outcome turns out to be."""
    asked = [drafting.asked.ask("endpoint_method", item.id, words=item.words)]
    if is_insulin_secretion(item.words):
        asked.append("analyte")
    name = unique(f"{item.id[:54]}_value", drafted.measures)
    drafted.measures[name] = Measure(id=name, label=item.words, kind=MeasureKind.QUANTITY, unit=_PLAIN)
    activity = _activity(
        drafted,
        Activity(
            id=f"{item.id[:54]}_test",
            source=drafting.source(f"{item.place}.measure", ask=asked),
            label=item.words,
            kind=ActivityKind.SINGLE,
            measures=(name,),
        ),
    )
    return "single_value", {"activity": activity, "measure": name}, _PLAIN, (activity,), asked


# --- Visits -----------------------------------------------------------------------------------------------------------


def _add_fixed_activities(drafting: Drafting, drafted: DraftedSchedule, *, has_product: bool) -> None:
    drafted.activities["criteria_answers"] = Activity(
        id="criteria_answers",
        source=drafting.source(ask=[_windows(drafting)], because="each criterion needs its answer"),
        label="what the criteria ask for",
        kind=ActivityKind.PROCEDURE,
    )
    drafted.do("criteria_answers", (_SCREENING,))
    drafted.activities["intervention_start"] = Activity(
        id="intervention_start",
        source=drafting.source("armsInterventionsModule.interventions[0].name", ask=[_windows(drafting)]),
        label="administration" if has_product else "start of the intervention",
        kind=ActivityKind.PROCEDURE,
    )
    drafted.do("intervention_start", (_START,))
    if has_product:
        drafted.do(_add_weighing(drafting, drafted, drafting.asked.ask("dose_weight"))[1], (_START,))


def _windows(drafting: Drafting) -> str:
    return drafting.asked.ask("visit_windows")


def _add_visits(
    drafting: Drafting,
    drafted: DraftedSchedule,
    planned: Sequence[Planned],
    moments: Sequence[Moment],
    *,
    has_product: bool,
) -> None:
    anchor = Anchor.ADMINISTRATION if has_product else Anchor.RANDOMISATION
    drafting.asked.ask("visits_not_given" if has_product else "visit_anchor")
    between = drafting.asked.ask("visits_between", words=", ".join(one.label for one in moments) or "the first")
    windows = _windows(drafting)
    first = _baseline_source(drafting, planned, windows)
    day_0 = drafting.source(ask=[windows] if has_product else ["visit_anchor", windows])
    _add_visit(drafted, Visit.model_validate({**_day(_SCREENING, Anchor.CONSENT), "epoch": "screening",
        "source": drafting.source(ask=[windows, between])}))  # fmt: skip
    _add_visit(
        drafted, Visit.model_validate({**_day(_BASELINE, Anchor.ENROLMENT), "epoch": "baseline", "source": first})
    )
    _add_visit(drafted, Visit.model_validate({**_day(_START, anchor), "epoch": "treatment", "source": day_0}))
    for moment in moments:
        visit = {**_day(moment.id, anchor), "offset": moment.offset, "epoch": "follow-up"}
        source = Source(
            stated=_said(drafting, planned, moment), assumed=drafting.assumed(windows, because="no window is stated")
        )
        _add_visit(drafted, Visit.model_validate({**visit, "source": source}))


def _day(visit: str, anchor: Anchor) -> dict[str, object]:
    """A visit on one day, with no day to spare."""
    label = "start of the intervention" if visit == _START else visit.replace("_", " ")
    none = Duration()
    return {"id": visit, "label": label, "anchor": anchor, "offset": none, "early": none, "late": none}


def _add_visit(drafted: DraftedSchedule, visit: Visit) -> None:
    drafted.visits.append(visit.model_copy(update={"activities": tuple(drafted.done_at.get(visit.id, ()))}))


def _baseline_source(drafting: Drafting, planned: Sequence[Planned], windows: str) -> Source:
    """The words that speak of a value before the intervention, in each outcome that has some."""
    stated = []
    for item in planned:
        for name, text in (("measure", item.outcome.measure), ("timeFrame", item.outcome.time_frame)):
            found = _AT_FIRST.search(text or "")
            if found:
                stated.append(Stated(where=f"{item.place}.{name}", words=_around(text or "", found)))
    asked = [question.id for question in drafting.asked.questions() if question.id == "baseline_definition"]
    return Source(
        stated=tuple(dict.fromkeys(stated)),
        assumed=drafting.assumed(*(asked or [drafting.asked.ask("baseline_timing")]), windows),
    )


def _around(text: str, found: re.Match[str]) -> str:
    """The matched word with its neighbours, up to the next comma or stop."""
    start = max(text.rfind(",", 0, found.start()), text.rfind(".", 0, found.start())) + 1
    end = min((place for place in (text.find(sign, found.end()) for sign in ",.;") if place >= 0), default=len(text))
    return " ".join(text[start:end].split())


def _said(drafting: Drafting, planned: Sequence[Planned], moment: Moment) -> tuple[Stated, ...]:
    """Where the record names the moment."""
    stated = []
    for item in planned:
        for one in item.moments:
            if one.offset == moment.offset:
                frame = item.outcome.time_frame or ""
                name = "timeFrame" if one.words in " ".join(frame.split()) else "measure"
                stated.append(Stated(where=f"{item.place}.{name}", words=one.words))
    stated += [
        Stated(where=_DESCRIPTION, words=one.words) for one in _described(drafting) if one.offset == moment.offset
    ]
    return tuple(dict.fromkeys(stated))


# --- Analyses and safety ----------------------------------------------------------------------------------------------


def draft_analyses(
    drafting: Drafting, endpoints: Sequence[Endpoint], arms: Sequence[Arm], *, has_product: bool
) -> tuple[tuple[AnalysisSet, ...], tuple[Analysis, ...]]:
    """One set and one analysis an endpoint: an exact test that any small trial can run, as a stand-in."""
    is_single = len(arms) == 1
    of: Literal["enrolled", "randomised", "administered"] = "randomised"
    if is_single:
        of = "administered" if has_product else "enrolled"
    label = _SETS[of]
    who = drafting.asked.ask("analysis_set", set=label)
    chosen = AnalysisSet(id=of, source=drafting.source(ask=[who]), label=label, of=of)
    method = "signed_rank" if is_single else "rerandomisation"
    settings: Settings = {} if is_single else {"statistic": "change"}
    how = drafting.asked.ask("primary_analysis", method=_METHODS[method]) if endpoints else who
    analyses = tuple(
        Analysis(
            id=f"change_of_{endpoint.id}"[:60].rstrip("_"),
            source=drafting.source(ask=[how, "intercurrent_events", "missing_data"]),
            label=endpoint.label,
            endpoint=endpoint.id,
            role="primary" if endpoint.level == "primary" else "supportive",
            method=method,
            settings=settings,
            set=chosen.id,
            visits=endpoint.visits,
        )
        for endpoint in endpoints
    )
    return (chosen,), analyses


def draft_safety(drafting: Drafting, visits: Sequence[Visit]) -> Safety:
    """No scale, and nothing but the intervention that an event can be related to, until somebody says more."""
    last = max((visit.offset for visit in visits), key=lambda offset: offset.longest_days())
    asked = ["adverse_event_scale", "stopping_rule", "safety_board"]
    return Safety(source=drafting.source(ask=asked), scale=NOT_STATED, related_to=("intervention",), follow_up=last)
