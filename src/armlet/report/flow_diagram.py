"""The flow of participants as CONSORT 2025 draws it: boxes and arrows computed from the counts, and the same as a table.

Whether anybody was randomised is the design's to say: in another trial the word does not occur.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from armlet.projections.flow import Flow, count_flow
from armlet.protocol.criteria import CriterionKind
from armlet.report import svg
from armlet.report.content import BlindedContent
from armlet.report.document import Column, Figure, Panel, Row, Table
from armlet.report.groups import Group
from armlet.report.numbers import SPACE, capital

WIDTH = 760.0
TRUNK = 300.0
LINE = 15.0
PADDING = 11.0
GAP = 30.0
LETTER = 6.15
"""Mean width of a letter of the diagram's text in pixels, on the wide side, so that words stay in their boxes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One box: its heading with the count, and one line for each part of it."""

    title: str
    count: int | None
    parts: tuple[tuple[str, int], ...] = ()
    words: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """``Enrolled (n = 12)``."""
        return self.title if self.count is None else f"{self.title} (n{SPACE}={SPACE}{self.count})"


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of one column below the branching, from the preparation to the analysis."""

    name: str
    steps: tuple[Step, ...]


# --- What is counted ------------------------------------------------------------------------------------------------


def draw_flow(content: BlindedContent, groups: Sequence[Group], analysed: dict[str, Step]) -> Figure:
    """The flow of everybody and, from the allocation on, of each group. `analysed` is the last box by group name."""
    whole = count_flow(content.protocol, content.state)
    trunk = _trunk(content, whole)
    courses = [_course(content, group, analysed[group.name], len(groups)) for group in groups]
    steps = [step for pair in trunk for step in pair if step is not None]
    table = _as_table(steps, courses)
    drawing = _draw(trunk, courses, _in_words(steps, courses))
    caption = "Flow of participants. One who failed several criteria is counted once for each of them."
    return Figure(caption, (Panel(drawing),), behind=table)


Trunk = list[tuple[Step, Step | None]]
"""The boxes in the middle, each with the box to its right of those who left there."""


def _trunk(content: BlindedContent, flow: Flow) -> Trunk:
    randomised = content.allocated_word == "randomised"
    excluded = _excluded(content, flow)
    trunk: Trunk = [(Step("Assessed for eligibility", flow.identified), excluded if excluded.count else None)]
    waiting = Step(f"Not {content.allocated_word}", flow.not_randomised) if flow.not_randomised else None
    trunk.append((Step("Enrolled", flow.enrolled), waiting))
    if randomised:
        trunk.append((Step("Randomised", flow.randomised), None))
    return trunk


def _excluded(content: BlindedContent, flow: Flow) -> Step:
    failed = sum(bool(one.failed_for) and one.enrolled is None for one in content.state.participants.values())
    gone = flow.identified - flow.enrolled
    rest = gone - flow.not_consented - failed - flow.eligible_not_enrolled
    parts = [
        ("no consent", flow.not_consented),
        ("not eligible", failed),
        *((f"– {_criterion(content, reason)}", count) for reason, count in flow.not_eligible.items()),
        ("eligible, not enrolled", flow.eligible_not_enrolled),
        ("still being assessed", rest),
    ]
    return Step("Not enrolled", gone, tuple((words, count) for words, count in parts if count > 0))


def _criterion(content: BlindedContent, says: str) -> str:
    """An inclusion criterion keeps out who does not meet it, an exclusion criterion who does."""
    wanted = {one.says for one in content.protocol.criteria_of(CriterionKind.INCLUSION)}
    return f"not met: {says}" if says in wanted else says


def _course(content: BlindedContent, group: Group, analysed: Step, groups: int) -> Course:
    flow = count_flow(content.protocol, content.state, set(group.members))
    followed = sum(content.state.participants[name].is_followed for name in group.members)
    title = f"{capital(content.allocated_word)} to {group.name}" if groups > 1 else "Intervention"
    given = [
        ("given in full", flow.administered - flow.partly_administered),
        ("given in part", flow.partly_administered),
        *((f"not given: {reason}", count) for reason, count in flow.not_administered.items()),
    ]
    ends = [
        ("completed", flow.completed),
        ("followed until the trial stopped", flow.ended_early),
        ("withdrew from at least one part", flow.withdrawn),
        ("lost to follow-up", flow.lost),
        ("still in follow-up", followed),
    ]
    steps = (
        Step(title, flow.randomised, tuple(part for part in given if part[1])),
        Step("Follow-up", flow.enrolled, tuple(part for part in ends if part[1])),
        analysed,
    )
    return Course(group.name, steps)


def _in_words(trunk: Sequence[Step], courses: Sequence[Course]) -> str:
    said = [_step_in_words(step) for step in trunk]
    for course in courses:
        said.append(f"{capital(course.name)}: " + "; ".join(_step_in_words(step) for step in course.steps))
    return "Flow diagram. " + ". ".join(said) + "."


def _step_in_words(step: Step) -> str:
    parts = [f"{words} {count}" for words, count in step.parts] + list(step.words)
    return step.heading + (f": {', '.join(parts)}" if parts else "")


def _as_table(trunk: Sequence[Step], courses: Sequence[Course]) -> Table:
    """The numbers of the diagram; those before the allocation stand in the first column of numbers."""
    rows = [row for step in trunk for row in _rows_of(step)]
    for course in courses:
        rows.append(Row((capital(course.name),)))
        rows += [row for step in course.steps for row in _rows_of(step)]
    return Table("Flow of participants", (Column("Step", numeric=False), Column("Participants")), tuple(rows))


def _rows_of(step: Step) -> list[Row]:
    first = Row((step.title, "" if step.count is None else str(step.count)))
    parts = [Row((words, str(count)), minor=True) for words, count in step.parts]
    return [first, *parts, *(Row((words, ""), minor=True) for words in step.words)]


# --- How it is drawn ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """A step put somewhere: left edge, top edge, width, and its lines already broken to fit."""

    step: Step
    left: float
    top: float
    width: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        """As high as its lines."""
        return len(self.lines) * LINE + 2 * PADDING - 3

    @property
    def middle(self) -> float:
        """The horizontal middle."""
        return self.left + self.width / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height


def _place(step: Step, left: float, top: float, width: float) -> Box:
    letters = int((width - 2 * PADDING) / LETTER)
    said = [f"{words}: {count}" for words, count in step.parts] + list(step.words)
    wrapped = [textwrap.wrap(words, letters, subsequent_indent="   ", break_long_words=True) for words in said]
    heading = textwrap.wrap(step.heading, int(letters * 0.92))
    return Box(step, left, top, width, (*heading, *(line for lines in wrapped for line in lines)))


def _draw(trunk: Trunk, courses: Sequence[Course], alternative: str) -> Markup:
    width = max(WIDTH, 250.0 * len(courses))
    axis = width / 2 if len(courses) > 1 else 190.0
    parts: list[Markup] = []
    end, last = 4.0, None
    for step, aside in trunk:
        box = _place(step, axis - TRUNK / 2, end, TRUNK)
        if last is not None:
            parts += _arrow_down(axis, last, box.top)
        parts += _draw_box(box)
        last, end = box.bottom, box.bottom + GAP
        if aside is not None:
            beside = _place(aside, axis + 40, box.bottom + GAP / 2, width - axis - 44)
            elbow = beside.top + min(beside.height / 2, 30.0)
            parts += [*_draw_box(beside), *_arrow_right(axis, beside.left, elbow)]
            end = beside.bottom + GAP / 2
    columns, bottom = _draw_courses(courses, width, axis, last or 0.0, end)
    return svg.drawing(width, bottom + 4, alternative, *parts, *columns, class_="flow")


def _draw_courses(
    courses: Sequence[Course], width: float, axis: float, last: float, top: float
) -> tuple[list[Markup], float]:
    """The columns side by side, every row as high as its highest box, and where they end."""
    share = width / len(courses)
    each = min(share - 24, 360.0) if len(courses) > 1 else TRUNK
    middles = [axis] if len(courses) == 1 else [share * (place + 0.5) for place in range(len(courses))]
    parts: list[Markup] = []
    if len(courses) > 1:
        bar = top - GAP / 2 + 4
        top += 8
        parts += [svg.line(axis, last, axis, bar, "wire"), svg.line(middles[0], bar, middles[-1], bar, "wire")]
    starts = [last if len(courses) == 1 else top - GAP / 2 - 4] * len(courses)
    for place in range(len(courses[0].steps)):
        boxes = [
            _place(course.steps[place], middle - each / 2, top, each)
            for course, middle in zip(courses, middles, strict=True)
        ]
        for box, start in zip(boxes, starts, strict=True):
            parts += [*_arrow_down(box.middle, start, box.top), *_draw_box(box)]
        starts = [box.bottom for box in boxes]
        top = max(starts) + GAP
    return parts, top - GAP


def _draw_box(box: Box) -> list[Markup]:
    heading = len(textwrap.wrap(box.step.heading, int(int((box.width - 2 * PADDING) / LETTER) * 0.92)))
    frame = svg.tag("rect", x=box.left, y=box.top, width=box.width, height=box.height, rx=3.0, class_="box")
    lines = [
        svg.text(
            box.left + PADDING + (14 if words.startswith("   ") else 0),
            box.top + PADDING + LINE * place + 9,
            words.strip(),
            "box-title" if place < heading else "box-line",
        )
        for place, words in enumerate(box.lines)
    ]
    return [frame, *lines]


def _arrow_down(x: float, start: float, end: float) -> list[Markup]:
    tip = svg.corners((x - 4, end - 7), (x + 4, end - 7), (x, end))
    return [svg.line(x, start, x, end - 6, "wire"), svg.tag("polygon", points=tip, class_="head")]


def _arrow_right(start: float, end: float, y: float) -> list[Markup]:
    tip = svg.corners((end - 7, y - 4), (end - 7, y + 4), (end, y))
    return [svg.line(start, y, end - 6, y, "wire"), svg.tag("polygon", points=tip, class_="head")]
