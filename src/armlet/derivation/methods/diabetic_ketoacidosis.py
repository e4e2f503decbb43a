"""Diabetic ketoacidosis at a visit or an episode: 1 or 0, or its grade from 0 to 3, by a named version of the criteria.

The version is never assumed, since the versions differ in ways that change a count. What was not measured is unknown: there
is an answer only where what is there decides it. A grade is the worst that pH or bicarbonate reaches; where one of them
was not measured a note says that it may be worse. What a version holds from memory is said in a note of every answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, Reason, Value
from armlet.derivation.ketoacidosis import MEASURED, CriteriaSet, Verdict, judge, load_criteria
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.derivation.single import one_result
from armlet.derivation.truth import NO, YES
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import Quantity, UnitError

_SETTINGS: Final = (
    Setting("activity", "the activity that yields the values"),
    Setting("criteria", "the version: `ada_2009`, `ada_2024`, `ispad_2018`, `jbds` or `ispad_2022`"),
    Setting("known_diabetes", "`yes` or `no`: whether diabetes is known in everybody"),
    Setting("ask", "`met`, or `grade` from 0 to 3", "met"),
    Setting("glucose", "the measure of glucose", "not measured"),
    Setting("ketones_blood", "the measure of ketones in blood", "not measured"),
    Setting("ketones_urine", "the measure of the urine stick, in plus signs", "not measured"),
    Setting("ph", "the measure of pH", "not measured"),
    Setting("bicarbonate", "the measure of bicarbonate", "not measured"),
)


class Ask(StrEnum):
    """What the value says: whether it is ketoacidosis, or its grade (0 where it is none)."""

    MET = "met"
    GRADE = "grade"


class Known(StrEnum):
    """Whether diabetes is known in everybody of the trial."""

    UNSAID = "unsaid"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class KetoacidosisSettings:
    """The version, which measures stand for what, whether diabetes is known, and what is asked."""

    activity: str
    measures: Mapping[str, str]
    criteria: CriteriaSet
    known_diabetes: bool
    ask: Ask


def parse(settings: Mapping[str, object], protocol: Protocol) -> KetoacidosisSettings:
    """Raises InputError with all that is amiss; the version and whether diabetes is known are never assumed."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.SINGLE, ActivityKind.PROCEDURE)
    sets = load_criteria()
    named = settings.get("criteria")
    criteria = sets.get(named) if isinstance(named, str) else None
    if criteria is None:
        reader.add("criteria", f"expected a version of the criteria; got {named!r}.", f"Use one of {', '.join(sets)}.")
    known = reader.choice("known_diabetes", Known.UNSAID)
    if known is Known.UNSAID:
        reader.add("known_diabetes", "it is not said whether diabetes is known in everybody.", "Add yes or no.")
    ask = reader.choice("ask", Ask.MET)
    if criteria is not None and ask is Ask.GRADE and not criteria.grades:
        reader.add("ask", f"{criteria.label} has no grades.", "Ask whether it is met.")
    measures = {name: reader.measure_of_visit(name) for name in MEASURED if name in settings}
    reader.finish()
    return KetoacidosisSettings(activity, measures, criteria or next(iter(sets.values())), known is Known.YES, ask)


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: KetoacidosisSettings, protocol: Protocol
) -> Answer:
    """1 or 0, or the grade, in the unit 1."""
    if endpoint.unit != "1":
        return Reason(f"the answer is in the unit 1; the endpoint is in {endpoint.unit}")
    found: dict[str, Observation] = {}
    missing: list[str] = []
    for name, measure in settings.measures.items():
        item = one_result(observations, settings.activity, measure, protocol)
        if isinstance(item, Reason):
            missing.append(item.because)
        elif item.below:
            missing.append(f"{protocol.measure(measure).label} is only known to be below {item.quantity}")
        else:
            found[name] = item
    values = {name: item.quantity for name, item in found.items() if item.quantity is not None}
    try:
        verdict = judge(values, settings.criteria, known_diabetes=settings.known_diabetes)
    except UnitError as problem:
        return Reason(str(problem))
    if verdict.met is None:
        return Reason(
            f"by {settings.criteria.label}: {', '.join(verdict.because)} ({'; '.join(missing) or 'not asked'})"
        )
    entries = tuple(sorted(item.entry for item in found.values()))
    return Value(_answer(verdict, settings.ask), entries, tuple(_notes(verdict, settings, values)))


def _answer(verdict: Verdict, ask: Ask) -> Decimal:
    if ask is Ask.MET:
        return YES if verdict.met else NO
    return Decimal(verdict.grade.grade) if verdict.grade is not None else NO


def _notes(verdict: Verdict, settings: KetoacidosisSettings, values: Mapping[str, Quantity]) -> Iterator[str]:
    criteria = settings.criteria
    measured = ", ".join(f"{name} {values[name]}" for name in MEASURED if name in values)
    yield f"by {criteria.label}: {', '.join(verdict.because)} (of {measured or 'nothing measured'})"
    if verdict.grade is not None:
        yield f"grade: {verdict.grade.label}"
        if verdict.lacking:
            yield f"{', '.join(verdict.lacking)} not measured: the grade may be worse"
    if criteria.confirm:
        yield f"to be looked up in these criteria: {criteria.confirm}"


METHOD: Final = Method(
    name="diabetic_ketoacidosis",
    label="Diabetic ketoacidosis",
    source=(
        "A named version: the American Diabetes Association 2009 and 2024, ISPAD 2018 and 2022, the Joint British Diabetes "
        "Societies; the data file says for each what was read and what was entered from memory"
    ),
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
