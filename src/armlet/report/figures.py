"""Figures of single people's values: an endpoint over the time since its anchor, and the curves of a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from markupsafe import Markup

from armlet.conduct.observation import Observation
from armlet.conduct.state import TrialState
from armlet.derivation.derived import Derived
from armlet.protocol.hidden import Hidden
from armlet.protocol.model import Activity, Anchor, Endpoint, Protocol, Visit
from armlet.report import svg
from armlet.report.chart import MINUTES, Axes, Line, Point, Size, draw_chart
from armlet.report.content import BlindedContent
from armlet.report.document import Figure, Panel, Table
from armlet.report.groups import Group
from armlet.report.numbers import SPACE, capital, decimals_for, number, plural, unit, with_unit
from armlet.units import Quantity, UnitError

TRAJECTORY = Size(720, 340, top=40)
CURVE = Size(300, 220, left=44, right=12, top=24, bottom=42)
FEWEST_FOR_MEDIAN = 3


def group_key(groups: Sequence[Group]) -> tuple[tuple[Markup, str], ...]:
    """The marks of the groups with their names; nothing where there is one group only."""
    if len(groups) < 2:
        return ()
    return tuple((svg.key_mark(group.look), f"{group.name} (n{SPACE}={SPACE}{len(group.members)})") for group in groups)


def titled_with_unit(title: str, code: str) -> str:
    """``body weight (kg)``: a title with its unit, where it has one."""
    words = unit(code)
    return f"{title} ({words})" if words and words not in title.split() else title


def short_name(endpoint: Endpoint) -> str:
    """The endpoint's label up to its first comma: the name of its value, without what is done with it."""
    return endpoint.label.split(",")[0]


# --- An endpoint over time ------------------------------------------------------------------------------------------


def endpoint_visits(endpoint: Endpoint) -> tuple[str, ...]:
    """The visits at which the endpoint has values, baseline first."""
    return tuple(dict.fromkeys((endpoint.baseline, *endpoint.visits)))


def draw_trajectories(
    content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden, behind: Table
) -> Figure | None:
    """One line a participant over the days since the anchor of the follow-up; None where nobody has two values to join.

    Values that are hidden, and people whose anchor has not come, are neither drawn nor in the reach of the axes.
    """
    lines = _trajectories(content, endpoint, groups, hidden)
    if not any(len(line.points) > 1 for line in lines):
        return None
    medians = _medians(content, endpoint, groups, hidden) if len(groups) > 1 else []
    points = [point for line in lines for point in line.points]
    axes = Axes(
        f"days since {_anchor_words(content, _anchor(content.protocol, endpoint))}",
        capital(titled_with_unit(short_name(endpoint), endpoint.unit)),
        tuple(_guides(content.protocol, endpoint, hidden)),
    )
    across = [*(point.x for point in points), *(place for place, _ in axes.guides), 0.0]
    says = _trajectory_words(endpoint, lines)
    drawing = draw_chart([*medians, *lines], axes, TRAJECTORY, says, (across, [point.y for point in points]))
    caption = _trajectory_caption(content, endpoint, hidden, lines, medians)
    return Figure(caption, (Panel(drawing),), group_key(groups), behind)


def _trajectories(content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden) -> list[Line]:
    found = [
        Line(f"participant {name}", group.look, tuple(_points(content, endpoint, hidden, name)))
        for group in groups
        for name in group.members
    ]
    return [line for line in found if line.points]


def _points(content: BlindedContent, endpoint: Endpoint, hidden: Hidden, name: str) -> Iterator[Point]:
    for visit in endpoint_visits(endpoint):
        point = _point(content, endpoint, hidden, name, visit)
        if point is not None:
            yield point


def _point(content: BlindedContent, endpoint: Endpoint, hidden: Hidden, name: str, visit: str) -> Point | None:
    """The value at one visit, where there is one, it may be shown, and the days since the anchor can be counted."""
    start = content.state.participants[name].anchor(_anchor(content.protocol, endpoint))
    if start is None or hidden.hides_endpoint(endpoint.id, visit):
        return None
    value = content.dataset.value(endpoint.id, name, visit)
    if not isinstance(value, Derived):
        return None
    shown = with_unit(number(value.value, decimals_for([value.value])), value.unit)
    says = f"{content.protocol.visit(visit).label}, {shown}"
    return Point(float((value.on - start).days), float(value.value), value.below_limit, says)


def _medians(content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden) -> list[Line]:
    """The median of each group by visit, where at least three have a value, at the median of their days."""
    lines = []
    for group in groups:
        points = []
        for visit in endpoint_visits(endpoint):
            every = (_point(content, endpoint, hidden, name, visit) for name in group.members)
            here = [point for point in every if point is not None]
            if len(here) >= FEWEST_FOR_MEDIAN:
                points.append(Point(median(point.x for point in here), median(point.y for point in here)))
        lines.append(Line(f"median: {group.name}", group.look, tuple(points), bold=True))
    return [line for line in lines if len(line.points) > 1]


def _anchor(protocol: Protocol, endpoint: Endpoint) -> Anchor:
    return protocol.visit(endpoint.visits[-1] if endpoint.visits else endpoint.baseline).anchor


def _anchor_words(content: BlindedContent, anchor: Anchor) -> str:
    if anchor is Anchor.RANDOMISATION and content.allocated_word != "randomised":
        return "allocation"
    return "administration, or the day planned for it" if anchor is Anchor.ADMINISTRATION else anchor.value


def _guides(protocol: Protocol, endpoint: Endpoint, hidden: Hidden) -> Iterator[tuple[float, str]]:
    """The planned days of the visits that are counted from the same anchor."""
    for name in endpoint_visits(endpoint):
        visit = protocol.visit(name)
        if visit.anchor is _anchor(protocol, endpoint) and not hidden.hides_endpoint(endpoint.id, name):
            yield planned_day(visit), visit.label


def planned_day(visit: Visit) -> float:
    """The planned day after the anchor, for drawing only: the middle of how long its months may be."""
    return (visit.offset.shortest_days() + visit.offset.longest_days()) / 2


def _trajectory_words(endpoint: Endpoint, lines: Sequence[Line]) -> str:
    values = [point.y for line in lines for point in line.points]
    decimals = decimals_for(values)
    lowest, highest = number(min(values), decimals), with_unit(number(max(values), decimals), endpoint.unit)
    return (
        f"Line chart of {short_name(endpoint)}: {plural(len(lines), 'participant')}, {plural(len(values), 'value')} "
        f"from {lowest} to {highest}. The values stand in the table below."
    )


def _trajectory_caption(
    content: BlindedContent, endpoint: Endpoint, hidden: Hidden, lines: Sequence[Line], medians: Sequence[Line]
) -> str:
    parts = [f"{capital(short_name(endpoint))}: one thin line a participant, at the days on which they really came."]
    if any(hidden.hides_endpoint(endpoint.id, visit) for visit in endpoint.visits):
        parts.append("Values after baseline are recorded, not shown before the lock.")
    if medians:
        parts.append(
            "Thick lines: median of those of each arm who have a value at the visit, if they are three or more."
        )
    if any(point.below for line in lines for point in line.points):
        parts.append("Hollow marks: below what the laboratory could measure.")
    late = sum(one.anchor(_anchor(content.protocol, endpoint)) is None for one in content.state.enrolled())
    if late:
        parts.append(f"Not drawn: {plural(late, 'participant')} for whom the counting of days has not begun.")
    return " ".join(parts)


# --- The curves of a test -------------------------------------------------------------------------------------------


def draw_curves(
    content: BlindedContent, activity: Activity, measure: str, groups: Sequence[Group], hidden: Hidden
) -> Figure | None:
    """Small charts by visit: one line a participant through the samples of a test, at their real minutes."""
    unit_code = content.protocol.measure(measure).unit or "1"
    by_visit = [
        (visit, lines)
        for visit in content.protocol.visits
        if not hidden.hides_measure(measure, visit.id)
        and (lines := _curves(content, (visit.id, activity.id, measure), groups))
    ]
    if not by_visit:
        return None
    points = [point for _, lines in by_visit for line in lines for point in line.points]
    limits = ([point.x for point in points], [point.y for point in points])
    label = content.protocol.measure(measure).label
    axes = Axes("minutes", unit(unit_code), steps=MINUTES)
    panels = tuple(
        Panel(
            draw_chart(lines, axes, CURVE, _curve_words(label, visit, lines, unit_code), limits), capital(visit.label)
        )
        for visit, lines in by_visit
    )
    return Figure(_curve_caption(label, activity, by_visit, hidden, measure), panels, group_key(groups))


def _curves(content: BlindedContent, place: tuple[str, str, str], groups: Sequence[Group]) -> list[Line]:
    lines = [
        Line(
            f"participant {name}", group.look, tuple(sorted(_samples(content, place, name), key=lambda point: point.x))
        )
        for group in groups
        for name in group.members
    ]
    return [line for line in lines if line.points]


def _samples(content: BlindedContent, place: tuple[str, str, str], name: str) -> Iterator[Point]:
    for item in _results_at(content.state, place, name):
        value, minute = _in_measure_unit(content.protocol, item), _minute(item)
        if value is not None and minute is not None:
            below = "below " if item.below else ""
            shown = with_unit(number(value.value, decimals_for([value.value])), value.unit)
            said = f"{number(minute, 0)} min, {below}{shown}"
            yield Point(minute, float(value.value), item.below, said)


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


def _curve_words(label: str, visit: Visit, lines: Sequence[Line], code: str) -> str:
    values = [point.y for line in lines for point in line.points]
    decimals = decimals_for(values)
    lowest, highest = number(min(values), decimals), with_unit(number(max(values), decimals), code)
    return f"{capital(label)} at {visit.label}: {plural(len(lines), 'curve')}, values from {lowest} to {highest}."


def _curve_caption(
    label: str, activity: Activity, by_visit: Sequence[tuple[Visit, list[Line]]], hidden: Hidden, measure: str
) -> str:
    parts = [f"{capital(label)} in the {activity.label}, by visit: one line a participant, at the real minutes."]
    if hidden.measures.get(measure):
        parts.append("Tests after baseline are recorded, not shown before the lock.")
    if any(point.below for _, lines in by_visit for line in lines for point in line.points):
        parts.append("Hollow marks: below what the laboratory could measure, drawn at that limit.")
    return " ".join(parts)
