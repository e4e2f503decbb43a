"""Figures of single people's values: an endpoint over the time since its anchor, and the curves of a test.

Everybody is a thin line; over them lies the mean of each group, after the lock with its interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

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
from armlet.report.numbers import SPACE, capital, decimals_for, number, plural, span, unit, with_unit
from armlet.report.sheets import CURVES, TRAJECTORIES, Sheet
from armlet.report.summaries import Summary
from armlet.units import Quantity, UnitError

TRAJECTORY = Size(720, 340, right=108, top=40)
CURVE = Size(300, 220, left=44, right=12, top=24, bottom=42)
FEWEST_FOR_MEAN = 2
NAME_LETTERS = 15
"""How much of a group's name fits beside its line."""


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
    content: BlindedContent,
    endpoint: Endpoint,
    groups: Sequence[Group],
    hidden: Hidden,
    behind: Table,
    *,
    intervals: bool = False,
) -> Figure | None:
    """One line a participant over the days since the anchor of the follow-up; None where nobody has two values to join.

    Values that are hidden, and people whose anchor has not come, are neither drawn nor in the reach of the axes.
    `intervals`: the mean of a group has its 95 % interval by Student's t.
    """
    lines = _trajectories(content, endpoint, groups, hidden)
    if not any(len(line.points) > 1 for line in lines):
        return None
    means = _means(content, endpoint, groups, hidden, intervals=intervals)
    points = [point for line in lines for point in line.points]
    axes = Axes(
        f"days since {_anchor_words(content, _anchor(content.protocol, endpoint))}",
        capital(titled_with_unit(short_name(endpoint), endpoint.unit)),
        tuple(_guides(content.protocol, endpoint, hidden)),
    )
    across = [*(point.x for point in points), *(place for place, _ in axes.guides), 0.0]
    says = _trajectory_words(endpoint, lines)
    drawing = draw_chart([*means, *lines], axes, TRAJECTORY, says, (across, [point.y for point in points]))
    caption = _trajectory_caption(content, endpoint, hidden, lines, intervals=intervals and bool(means))
    data = _trajectory_sheet(content, endpoint, groups, hidden, intervals=intervals)
    return Figure(caption, (Panel(drawing),), group_key(groups), behind, data)


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


def _means(
    content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden, *, intervals: bool
) -> list[Line]:
    """The mean of each group by visit, where at least two have a value, at the mean of their days."""
    lines = []
    for group in groups:
        points = []
        for visit in endpoint_visits(endpoint):
            seen = _values_at(content, endpoint, hidden, (group, visit))
            summary = Summary.of([value for _, value in seen])
            if summary is not None and summary.n >= FEWEST_FOR_MEAN:
                label = content.protocol.visit(visit).label
                points.append(_mean_point(endpoint, label, seen, summary, intervals=intervals))
        lines.append(Line(_short(f"mean, {group.name}"), group.look, tuple(points), bold=True))
    return [line for line in lines if len(line.points) > 1]


def _values_at(
    content: BlindedContent, endpoint: Endpoint, hidden: Hidden, of: tuple[Group, str]
) -> list[tuple[float, Decimal]]:
    """Day and value of everybody of a group who is drawn at a visit."""
    group, visit = of
    found = []
    for name in group.members:
        point, value = _point(content, endpoint, hidden, name, visit), content.dataset.value(endpoint.id, name, visit)
        if point is not None and isinstance(value, Derived):
            found.append((point.x, value.value))
    return found


def _mean_point(
    endpoint: Endpoint, visit: str, seen: Sequence[tuple[float, Decimal]], summary: Summary, *, intervals: bool
) -> Point:
    decimals = decimals_for([value for _, value in seen])
    limits = summary.t_limits() if intervals else None
    between = f" ({span(*(number(end, decimals) for end in limits))})" if limits is not None else ""
    says = f"{visit}, {with_unit(number(summary.mean, decimals), endpoint.unit)}{between}, n = {summary.n}"
    return Point(sum(day for day, _ in seen) / len(seen), float(summary.mean), False, says, limits)


def _short(name: str) -> str:
    """The name as far as there is room for it; the key has it whole."""
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1].rstrip()}…"


def _trajectory_sheet(
    content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden, *, intervals: bool
) -> Sheet:
    """Every drawn number."""
    rows: list[Mapping[str, object]] = []
    for group in groups:
        for visit in endpoint_visits(endpoint):
            here = {"group": group.name, "visit": visit, "unit": endpoint.unit}
            for name in group.members:
                point = _point(content, endpoint, hidden, name, visit)
                value = content.dataset.value(endpoint.id, name, visit)
                if point is not None and isinstance(value, Derived):
                    own = {"participant": name, "what": "value", "day": int(point.x), "value": value.value}
                    rows.append({**here, **own, "below_limit": point.below})
            seen = _values_at(content, endpoint, hidden, (group, visit))
            summary = Summary.of([value for _, value in seen])
            if summary is not None and summary.n >= FEWEST_FOR_MEAN:
                limits = summary.t_limits() if intervals else None
                lower, upper = limits if limits is not None else (None, None)
                mean = {"what": "mean", "value": float(summary.mean), "n": summary.n, "lower": lower, "upper": upper}
                rows.append({**here, **mean, "day": sum(day for day, _ in seen) / len(seen)})
    return TRAJECTORIES.sheet(endpoint.id, rows)


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
    content: BlindedContent, endpoint: Endpoint, hidden: Hidden, lines: Sequence[Line], *, intervals: bool
) -> str:
    parts = [f"{capital(short_name(endpoint))}: one thin line a participant, at the days on which they really came."]
    if any(hidden.hides_endpoint(endpoint.id, visit) for visit in endpoint.visits):
        parts.append("Values after baseline are recorded, not shown before the lock.")
    parts.append("Thick line: observed mean of those who have a value at the visit, if they are two or more")
    parts[-1] += ", with its 95 % t interval, cut without a cap where it leaves the axis." if intervals else "."
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
    shown = [visit.id for visit, _ in by_visit]
    means = {visit: _mean_curves(content, (visit, activity.id, measure), groups) for visit in shown}
    points = [point for _, lines in by_visit for line in lines for point in line.points]
    limits = ([point.x for point in points], [point.y for point in points])
    label = content.protocol.measure(measure).label
    axes = Axes("minutes", unit(unit_code), steps=MINUTES)
    panels = tuple(
        Panel(
            draw_chart([*means[visit.id], *lines], axes, CURVE, _curve_words(label, visit, lines, unit_code), limits),
            capital(visit.label),
        )
        for visit, lines in by_visit
    )
    caption = _curve_caption(label, activity, by_visit, hidden, measure)
    data = _curve_sheet(content, activity, measure, groups, shown)
    return Figure(caption, panels, group_key(groups), data=data)


def _curves(content: BlindedContent, place: tuple[str, str, str], groups: Sequence[Group]) -> list[Line]:
    lines = [
        Line(
            f"participant {name}", group.look, tuple(sorted(_samples(content, place, name), key=lambda point: point.x))
        )
        for group in groups
        for name in group.members
    ]
    return [line for line in lines if line.points]


@dataclass(frozen=True, slots=True)
class _Sample:
    """A sample that can be drawn: whose, which planned one, at which minute, and its value in the measure's unit."""

    participant: str
    planned: str
    minute: float
    value: Decimal
    below: bool


def _drawn(content: BlindedContent, place: tuple[str, str, str], group: Group) -> list[_Sample]:
    found = []
    for name in group.members:
        for item in _results_at(content.state, place, name):
            value, minute = _in_measure_unit(content.protocol, item), _minute(item)
            if value is not None and minute is not None:
                found.append(_Sample(name, item.sample, minute, value.value, item.below))
    return found


def _mean_samples(samples: Sequence[_Sample]) -> list[tuple[str, float, Summary]]:
    """Planned sample, mean minute and summary of the values, where at least two people have the sample; by minute."""
    found = []
    for planned in dict.fromkeys(one.planned for one in samples):
        own = [one for one in samples if one.planned == planned]
        summary = Summary.of([one.value for one in own])
        if summary is not None and summary.n >= FEWEST_FOR_MEAN:
            found.append((planned, sum(one.minute for one in own) / len(own), summary))
    return sorted(found, key=lambda one: one[1])


def _mean_curves(content: BlindedContent, place: tuple[str, str, str], groups: Sequence[Group]) -> list[Line]:
    """The mean curve of each group, without a name beside it: the panels are small, and the key has the names."""
    lines = []
    for group in groups:
        points = []
        for planned, minute, summary in _mean_samples(_drawn(content, place, group)):
            shown = number(summary.mean, decimals_for([summary.lowest, summary.highest]))
            says = f"mean, {group.name}: {planned}, {shown}, n = {summary.n}"
            points.append(Point(minute, float(summary.mean), says=says))
        lines.append(Line("", group.look, tuple(points), bold=True))
    return [line for line in lines if len(line.points) > 1]


def _curve_sheet(
    content: BlindedContent, activity: Activity, measure: str, groups: Sequence[Group], visits: Sequence[str]
) -> Sheet:
    """Every drawn number."""
    code, rows = content.protocol.measure(measure).unit or "1", list[Mapping[str, object]]()
    for visit in visits:
        for group in groups:
            here = {"group": group.name, "visit": visit, "unit": code}
            samples = _drawn(content, (visit, activity.id, measure), group)
            for one in sorted(samples, key=lambda one: (group.members.index(one.participant), one.minute)):
                own = {"participant": one.participant, "sample": one.planned, "minute": one.minute, "value": one.value}
                rows.append({**here, **own, "what": "value", "below_limit": one.below})
            for planned, minute, summary in _mean_samples(samples):
                mean = {"sample": planned, "minute": minute, "value": float(summary.mean), "n": summary.n}
                rows.append({**here, **mean, "what": "mean"})
    return CURVES.sheet(f"{activity.id} {measure}", rows)


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
    parts = [f"{capital(label)} in the {activity.label}, by visit: one thin line a participant, at the real minutes."]
    parts.append("Thick lines: means of those who have the planned sample, if they are two or more.")
    if hidden.measures.get(measure):
        parts.append("Tests after baseline are recorded, not shown before the lock.")
    if any(point.below for _, lines in by_visit for line in lines for point in line.points):
        parts.append("Hollow marks: below what the laboratory could measure, drawn at that limit.")
    return " ".join(parts)
