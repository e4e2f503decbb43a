"""The curves of a test by visit: everybody's samples at their real minutes, and the mean of each group over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from armlet.conduct.observation import Observation
from armlet.conduct.state import TrialState
from armlet.protocol.hidden import Hidden
from armlet.protocol.model import Activity, Protocol, Visit
from armlet.report.chart import MINUTES, Axes, Line, Point, Size, draw_chart
from armlet.report.content import BlindedContent
from armlet.report.document import Figure, Panel
from armlet.report.figures import FEWEST_FOR_MEAN, group_key
from armlet.report.groups import Group
from armlet.report.numbers import capital, decimals_for, number, plural, unit, with_unit
from armlet.report.sheets import CURVES, Sheet
from armlet.report.summaries import Summary
from armlet.units import Quantity, UnitError

CURVE = Size(300, 220, left=44, right=12, top=24, bottom=42)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample that can be drawn: whose, which planned one, at which minute, and its value in the measure's unit."""

    participant: str
    planned: str
    minute: float
    value: Decimal
    below: bool


@dataclass(frozen=True, slots=True)
class Course:
    """The samples of one group at one visit, by participant and minute."""

    visit: Visit
    group: Group
    samples: tuple[Sample, ...]

    def means(self) -> list[tuple[str, float, Summary]]:
        """Planned sample, mean minute and summary of the values, where at least two people have it; by minute."""
        found = []
        for planned in dict.fromkeys(one.planned for one in self.samples):
            own = [one for one in self.samples if one.planned == planned]
            summary = Summary.of([one.value for one in own])
            if summary is not None and summary.n >= FEWEST_FOR_MEAN:
                found.append((planned, sum(one.minute for one in own) / len(own), summary))
        return sorted(found, key=lambda one: one[1])


def draw_curves(
    content: BlindedContent, activity: Activity, measure: str, groups: Sequence[Group], hidden: Hidden
) -> Figure | None:
    """Small charts by visit: one line a participant through the samples of a test, at their real minutes."""
    unit_code, label = content.protocol.measure(measure).unit or "1", content.protocol.measure(measure).label
    by_visit = []
    for visit in content.protocol.visits:
        if not hidden.hides_measure(measure, visit.id):
            place = (visit.id, activity.id, measure)
            courses = [Course(visit, group, tuple(_samples(content, place, group))) for group in groups]
            by_visit += [courses] if any(one.samples for one in courses) else []
    if not by_visit:
        return None
    samples = [one for courses in by_visit for course in courses for one in course.samples]
    limits = ([one.minute for one in samples], [float(one.value) for one in samples])
    axes = Axes("minutes", unit(unit_code), steps=MINUTES)
    panels = tuple(_panel(label, courses, axes, unit_code, limits) for courses in by_visit)
    caption = _caption(label, activity, samples, hides=bool(hidden.measures.get(measure)))
    data = _sheet(f"{activity.id} {measure}", unit_code, [one for courses in by_visit for one in courses])
    return Figure(caption, panels, group_key(groups), data=data)


def _panel(
    label: str, courses: Sequence[Course], axes: Axes, code: str, limits: tuple[Sequence[float], Sequence[float]]
) -> Panel:
    visit = courses[0].visit
    lines = [line for one in courses for line in _lines(one, code)]
    says = _words(label, visit, lines, code)
    return Panel(draw_chart([*_mean_lines(courses), *lines], axes, CURVE, says, limits), capital(visit.label))


def _lines(course: Course, code: str) -> Iterator[Line]:
    for name in dict.fromkeys(one.participant for one in course.samples):
        points = (_point(one, code) for one in course.samples if one.participant == name)
        yield Line(f"participant {name}", course.group.look, tuple(points))


def _point(one: Sample, code: str) -> Point:
    shown = with_unit(number(one.value, decimals_for([one.value])), code)
    return Point(
        one.minute, float(one.value), one.below, f"{number(one.minute, 0)} min, {'below ' if one.below else ''}{shown}"
    )


def _mean_lines(courses: Sequence[Course]) -> list[Line]:
    """The mean curve of each group, without a name beside it: the panels are small, and the key has the names."""
    lines = []
    for course in courses:
        points = []
        for planned, minute, summary in course.means():
            shown = number(summary.mean, decimals_for([summary.lowest, summary.highest]))
            says = f"mean, {course.group.name}: {planned}, {shown}, n = {summary.n}"
            points.append(Point(minute, float(summary.mean), says=says))
        lines.append(Line("", course.group.look, tuple(points), bold=True))
    return [line for line in lines if len(line.points) > 1]


def _sheet(of: str, code: str, courses: Sequence[Course]) -> Sheet:
    """Every drawn number."""
    rows: list[Mapping[str, object]] = []
    for course in courses:
        here = {"group": course.group.name, "visit": course.visit.id, "unit": code}
        for one in course.samples:
            own = {"participant": one.participant, "sample": one.planned, "minute": one.minute, "value": one.value}
            rows.append({**here, **own, "what": "value", "below_limit": one.below})
        for planned, minute, summary in course.means():
            mean = {"sample": planned, "minute": minute, "value": float(summary.mean), "n": summary.n}
            rows.append({**here, **mean, "what": "mean"})
    return CURVES.sheet(of, rows)


def _samples(content: BlindedContent, place: tuple[str, str, str], group: Group) -> Iterator[Sample]:
    for name in group.members:
        found = []
        for item in _results_at(content.state, place, name):
            value, minute = _in_measure_unit(content.protocol, item), _minute(item)
            if value is not None and minute is not None:
                found.append(Sample(name, item.sample, minute, value.value, item.below))
        yield from sorted(found, key=lambda one: one.minute)


def _results_at(state: TrialState, place: tuple[str, str, str], name: str) -> Iterator[Observation]:
    for item in state.participants[name].results.values():
        if (item.visit, item.activity, item.measure) == place:
            yield item


def _in_measure_unit(protocol: Protocol, item: Observation) -> Quantity | None:
    """The value in the measure's unit; None for a missing one and for a unit that does not fit."""
    measure = protocol.measure(item.measure)
    if item.quantity is None or measure.unit is None:
        return None
    try:
        return item.quantity.to(measure.unit, measure.molar_mass)
    except UnitError:
        return None


def _minute(item: Observation) -> float | None:
    """The real time of a sample in minutes, or the planned one where no other was reported; None where neither is."""
    for spoken in (item.actual, item.sample):
        try:
            return float(Quantity.parse(spoken).to("min").value)
        except UnitError:
            continue
    return None


def _words(label: str, visit: Visit, lines: Sequence[Line], code: str) -> str:
    values = [point.y for line in lines for point in line.points]
    decimals = decimals_for(values)
    lowest, highest = number(min(values), decimals), with_unit(number(max(values), decimals), code)
    return f"{capital(label)} at {visit.label}: {plural(len(lines), 'curve')}, values from {lowest} to {highest}."


def _caption(label: str, activity: Activity, samples: Sequence[Sample], *, hides: bool) -> str:
    parts = [f"{capital(label)} in the {activity.label}, by visit: one thin line a participant, at the real minutes."]
    parts.append("Thick lines: means of those who have the planned sample, if they are two or more.")
    if hides:
        parts.append("Tests after baseline are recorded, not shown before the lock.")
    if any(one.below for one in samples):
        parts.append("Hollow marks: below what the laboratory could measure, drawn at that limit.")
    return " ".join(parts)
