"""Figures of single people's values: an endpoint over the time since its anchor.

Everybody is a thin line; over them lies the mean of each group, after the lock with its interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from markupsafe import Markup

from armlet.derivation.derived import Derived
from armlet.protocol.hidden import Hidden
from armlet.protocol.model import Anchor, Endpoint, Protocol, Visit
from armlet.report import svg
from armlet.report.chart import Axes, Line, Point, Size, draw_chart
from armlet.report.content import BlindedContent
from armlet.report.document import Figure, Panel, Table
from armlet.report.groups import Group
from armlet.report.numbers import SPACE, capital, decimals_for, number, plural, span, unit, with_unit
from armlet.report.sheets import TRAJECTORIES, Sheet
from armlet.report.summaries import Summary

TRAJECTORY = Size(720, 340, right=108, top=40)
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
