"""Everybody's time in the trial on one line each: enrolled, allocated, given, seen, what happened, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from armlet.conduct.state import Participant
from armlet.ledger.events import WithdrawalScope
from armlet.projections.participants import describe_status
from armlet.report import svg
from armlet.report.chart import Scale, inner_ticks, tick_decimals
from armlet.report.content import BlindedContent
from armlet.report.document import Figure, Panel
from armlet.report.groups import Group, people
from armlet.report.numbers import capital, day, number, plural
from armlet.report.sheets import SWIMMER, Sheet

WIDTH, LEFT, RIGHT = 760.0, 62.0, 196.0
ROW, HEAD, TOP, BOTTOM = 21.0, 20.0, 10.0, 42.0

ENROLLED, ALLOCATED, GIVEN, NOT_GIVEN = "enrolled", "allocated", "administered", "not given"
VISIT, EVENT, SERIOUS, END = "visit", "adverse event", "serious adverse event", "end"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a participant on a day."""

    what: str
    on: date
    label: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One participant's time: from enrolment to `end`, with everything in between; `how` it ended."""

    participant: str
    start: date
    end: date
    how: str
    moments: tuple[Moment, ...]

    @property
    def days(self) -> int:
        """How long it lasted."""
        return (self.end - self.start).days

    def day_of(self, moment: Moment) -> int:
        """Days since enrolment, negative before it."""
        return (moment.on - self.start).days


def make_lane(content: BlindedContent, one: Participant) -> Lane | None:
    """The time of one participant; None for somebody who was not enrolled."""
    if one.enrolled is None:
        return None
    moments = tuple(sorted(_moments(content, one), key=lambda moment: moment.on))
    end, how = _ending(content, one, moments)
    return Lane(one.id, one.enrolled, end, how, (*moments, Moment(END, end, how)))


def _moments(content: BlindedContent, one: Participant) -> Iterator[Moment]:
    if one.enrolled is not None:
        yield Moment(ENROLLED, one.enrolled)
    if one.randomised is not None:
        yield Moment(ALLOCATED, one.randomised)
    if one.administered is not None:
        yield Moment(GIVEN, one.administered.started.date(), "in full" if one.administered.complete else "in part")
    elif one.cancelled is not None:
        yield Moment(NOT_GIVEN, one.cancelled.planned, one.cancelled.because.value)
    for held in one.held.values():
        yield Moment(VISIT, held.on, content.protocol.visit(held.visit).label)
    for event in one.adverse_events:
        grade = "not graded" if event.grade is None else f"grade {event.grade}"
        yield Moment(SERIOUS if event.serious else EVENT, event.onset, f"{event.term}, {grade}")


def _ending(content: BlindedContent, one: Participant, moments: Sequence[Moment]) -> tuple[date, str]:
    """The last day and how it ended: death, withdrawal from visits, else the last visit; today for who is followed."""
    seen = [moment.on for moment in moments if moment.what not in {EVENT, SERIOUS}]
    last = max(seen)
    if one.died is not None:
        return max(one.died, last), "died"
    if WithdrawalScope.VISITS in one.withdrawn and one.withdrawn_on is not None:
        return max(one.withdrawn_on, last), "withdrew from visits"
    if one.is_followed:
        return max(content.as_of, last), describe_status(one)
    return last, describe_status(one)


def draw_swimmer(content: BlindedContent, groups: Sequence[Group]) -> Figure | None:
    """Everybody enrolled, the longest first within each group; None where nobody is."""
    lanes = [(group, _lanes(content, group)) for group in groups]
    if not any(own for _, own in lanes):
        return None
    caption = (
        "Everybody's time in the trial, in days since enrolment. A bar ends at death or withdrawal, for who is still "
        "followed on the day of this report, and otherwise at the last visit."
    )
    return Figure(caption, (Panel(_draw(content, lanes)),), _key(content), data=_sheet(lanes))


def _lanes(content: BlindedContent, group: Group) -> list[Lane]:
    made = [lane for one in people(group, content.state) if (lane := make_lane(content, one)) is not None]
    return sorted(made, key=lambda lane: -lane.days)


def _draw(content: BlindedContent, lanes: Sequence[tuple[Group, list[Lane]]]) -> Markup:
    several = len(lanes) > 1
    rows = sum(len(own) for _, own in lanes)
    bottom = TOP + rows * ROW + (len(lanes) * HEAD if several else 0)
    found = [lane for _, own in lanes for lane in own]
    first = min(min(lane.day_of(moment) for moment in lane.moments) for lane in found)
    last = max(max(lane.days, *(lane.day_of(moment) for moment in lane.moments)) for lane in found)
    x = Scale(min(first, 0), max(last, 1), LEFT, WIDTH - RIGHT)
    parts, y = _axis(x, bottom), TOP
    for group, own in lanes:
        if several:
            parts.append(svg.text(4, y + 14, f"{capital(group.name)} (n = {len(own)})", "row-name"))
            y += HEAD
        for lane in own:
            parts += _draw_lane(lane, x, y + ROW / 2, group.look)
            y += ROW
    says = f"Swimmer plot: {plural(rows, 'participant')}, the longest followed for {plural(last, 'day')}."
    says += f" Marked: {content.allocated_word}, given, visits, adverse events, end."
    return svg.drawing(WIDTH, bottom + BOTTOM, says, *parts)


def _axis(x: Scale, bottom: float) -> list[Markup]:
    ticks = inner_ticks(x.low, x.high, 10)
    decimals = tick_decimals(ticks)
    parts = []
    for tick in ticks:
        parts.append(svg.line(x.at(tick), TOP, x.at(tick), bottom, "grid"))
        parts.append(svg.text(x.at(tick), bottom + 16, number(tick, decimals), "tick", "middle"))
    parts.append(svg.line(x.start, bottom, x.end, bottom, "base"))
    return [*parts, svg.text(x.end, bottom + 34, "days since enrolment", "axis", "end")]


def _draw_lane(lane: Lane, x: Scale, y: float, look: int) -> list[Markup]:
    end = x.at(lane.days)
    bar = svg.line(x.at(0), y, end, y, f"swim look{look % svg.MARKERS}")
    marks = [
        _draw_moment(moment, x.at(lane.day_of(moment)), y, f"participant {lane.participant}: ")
        for moment in lane.moments
    ]
    how = svg.text(x.end + 12, y + 4, lane.how, "row-more")
    return [svg.text(LEFT - 10, y + 4, lane.participant, "tick", "end"), bar, *(part for part in marks if part), how]


def _draw_moment(moment: Moment, x: float, y: float, whose: str) -> Markup:
    said = ", ".join(filter(None, (moment.what, moment.label, day(moment.on))))
    return mark(moment.what, x, y, f"{whose}{said}")


def mark(what: str, x: float, y: float, title: str = "") -> Markup:
    """The mark of one kind of moment; nothing for the enrolment, where the bar begins."""
    match what:
        case "allocated":
            return svg.line(x, y - 7, x, y + 7, "cross", title)
        case "administered" | "not given":
            points = svg.corners((x, y - 6), (x + 6, y + 5), (x - 6, y + 5))
            return svg.shape(points, f"event{' full' if what == GIVEN else ''}", title)
        case "visit":
            return svg.dot(x, y, 2.2, "event", title)
        case "adverse event" | "serious adverse event":
            size = 4.0 if what == EVENT else 5.5
            points = svg.corners((x, y - size), (x + size, y), (x, y + size), (x - size, y))
            return svg.shape(points, f"event{' full' if what == SERIOUS else ''}", title)
        case "end":
            return svg.line(x, y - 4, x, y + 4, "cross", title)
        case _:
            return Markup()


def _key(content: BlindedContent) -> tuple[tuple[Markup, str], ...]:
    words = (
        (ALLOCATED, content.allocated_word), (GIVEN, "given"), (NOT_GIVEN, "not given, on the day planned"),
        (VISIT, "visit held"), (EVENT, "adverse event"), (SERIOUS, "serious adverse event"),
    )  # fmt: skip
    drawn = (
        svg.tag("svg", mark(what, 13, 7), class_="key chart", viewBox="0 0 26 14", aria_hidden="true")
        for what, _ in words
    )
    return tuple(zip(drawn, (said for _, said in words), strict=True))


def _sheet(lanes: Sequence[tuple[Group, list[Lane]]]) -> Sheet:
    rows: list[Mapping[str, object]] = [
        {
            "group": group.name, "participant": lane.participant, "what": moment.what, "day": lane.day_of(moment),
            "date": moment.on.isoformat(), "label": moment.label,
        }
        for group, own in lanes
        for lane in own
        for moment in lane.moments
    ]  # fmt: skip
    return SWIMMER.sheet("", rows)
