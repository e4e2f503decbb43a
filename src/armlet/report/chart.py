"""Line charts of individual values: axes with round numbers, one thin line a participant, a mark a value.

Over them lies a thick line for the mean of a group, with its interval at each point and its name at the right end. The
axes reach over the values of people alone: an interval that is wider goes on beyond them, and has no cap there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from armlet.report import svg
from armlet.report.numbers import number


@dataclass(frozen=True, slots=True)
class Point:
    """A value to draw; `below` when it is below what could be measured; `limits` are the ends of a mean's interval."""

    x: float
    y: float
    below: bool = False
    says: str = ""
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The values of one participant (or the means of a group, `bold`), from left to right."""

    name: str
    look: int
    points: tuple[Point, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Axes:
    """The titles of both axes, with units; on the horizontal one, named moments to mark and the steps of its scale."""

    across: str
    up: str
    guides: tuple[tuple[float, str], ...] = ()
    steps: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """Width, height and the margins left, right, top, bottom, in pixels of the drawing."""

    width: float
    height: float
    left: float = 58
    right: float = 16
    top: float = 26
    bottom: float = 46


@dataclass(frozen=True, slots=True)
class Scale:
    """From a range of numbers to a range of pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where the value stands."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def round_step(span: float, most: int) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that cuts the span into at most so many steps."""
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))


def round_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round numbers that reach from `low` or below to `high` or above; a range that is rounding alone counts as one value."""
    largest = max(abs(low), abs(high))
    if high - low <= max(_ROUNDING * largest, _NOTHING):
        room = largest if largest > _NOTHING else 1.0
        low, high = low - room / 2, high + room / 2
    step = round_step(high - low, most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(_multiple(place, step) for place in range(first, last + 1))


_ROUNDING, _NOTHING = 1e-12, 1e-15
"""The share of the values below which a range is rounding of floats, and what counts as nought in any unit."""


def _multiple(place: int, step: float) -> float:
    """So many steps, without the noise of floats: 3 × 0.1 is 0.3."""
    return round(place * step, max(0, 2 - math.floor(math.log10(step)))) + 0.0


MINUTES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)


def inner_ticks(low: float, high: float, most: int, steps: Sequence[float] = ()) -> tuple[float, ...]:
    """Round numbers inside a range: multiples of one of the steps, or of 1, 2 or 5 times a power of ten."""
    if high <= low:
        return (low,)
    step = next((one for one in steps if (high - low) / one <= most), round_step(high - low, most))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(_multiple(place, step) for place in range(first, last + 1))


def tick_decimals(ticks: Sequence[float]) -> int:
    """How many decimals tell the ticks apart."""
    if len(ticks) < 2:
        return 0
    step = ticks[1] - ticks[0]
    return max(0, -math.floor(math.log10(step) + 1e-9))


def draw_chart(
    lines: Sequence[Line], axes: Axes, size: Size, alternative: str, limits: tuple[Sequence[float], Sequence[float]]
) -> Markup:
    """The chart. `limits` are the numbers that both axes must reach, so that panels can share them."""
    low, high = _padded(limits[0])
    across = inner_ticks(low, high, 6 if size.width < 400 else 10, axes.steps)
    up = round_ticks(_floor(limits[1]), max(limits[1]), 5)
    x = Scale(low, high, size.left, size.width - size.right)
    y = Scale(up[0], up[-1], size.height - size.bottom, size.top)
    return svg.drawing(
        size.width, size.height, alternative,
        *_grid(up, x, y), *_guides(axes, x, y), *_axis_marks(across, x, y),
        svg.text(size.left - 50 if size.left > 50 else 2, 12, axes.up, "axis"),
        svg.text(size.width - size.right, size.height - 8, axes.across, "axis", "end"),
        *(part for one in lines if not one.bold for part in _draw_line(one, x, y)),
        *_draw_means([one for one in lines if one.bold], x, y),
    )  # fmt: skip


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """The reach of the horizontal axis: all values and a little room on both sides."""
    low, high = min(values), max(values)
    room = (high - low) * 0.03 or 1.0
    return low - room, high + room


def _floor(values: Sequence[float]) -> float:
    """Where the vertical axis begins: at nought where that wastes little room."""
    low, high = min(values), max(values)
    return 0.0 if 0 <= low <= 0.5 * high else low


def _grid(ticks: Sequence[float], x: Scale, y: Scale) -> list[Markup]:
    decimals = tick_decimals(ticks)
    parts = []
    for tick in ticks:
        parts.append(svg.line(x.start, y.at(tick), x.end, y.at(tick), "grid"))
        parts.append(svg.text(x.start - 7, y.at(tick) + 4, number(tick, decimals), "tick", "end"))
    return parts


def _axis_marks(ticks: Sequence[float], x: Scale, y: Scale) -> list[Markup]:
    decimals = tick_decimals(ticks)
    parts = [svg.line(x.start, y.start, x.end, y.start, "base")]
    for tick in ticks:
        parts.append(svg.line(x.at(tick), y.start, x.at(tick), y.start + 4, "base"))
        parts.append(svg.text(x.at(tick), y.start + 17, number(tick, decimals), "tick", "middle"))
    return parts


def _guides(axes: Axes, x: Scale, y: Scale) -> list[Markup]:
    """Planned moments as dotted lines; a name that would touch the one before it is left out."""
    parts = []
    free = -math.inf
    for value, name in sorted(axes.guides):
        if not x.low <= value <= x.high:
            continue
        place, half = x.at(value), len(name) * 2.9
        parts.append(svg.line(place, y.end, place, y.start, "guide"))
        if place - half > free:
            parts.append(svg.text(min(place, x.end - half + 12), y.end - 4, name, "guide-name", "middle"))
            free = place + half + 3
    return parts


def _draw_line(one: Line, x: Scale, y: Scale) -> list[Markup]:
    places = [(x.at(point.x), y.at(point.y)) for point in one.points]
    parts = [svg.path(places, f"thread look{one.look % svg.MARKERS}", one.name)] if len(places) > 1 else []
    marks = zip(one.points, places, strict=True)
    return parts + [
        svg.marker(left, top, one.look, f"{one.name}: {point.says}", hollow=point.below) for point, (left, top) in marks
    ]


# --- Means ----------------------------------------------------------------------------------------------------------

DODGE = 7.0
"""How many pixels the intervals of two groups stand apart, which would hide each other at the same day."""


def _draw_means(lines: Sequence[Line], x: Scale, y: Scale) -> list[Markup]:
    parts: list[Markup] = []
    with_limits = any(point.limits is not None for one in lines for point in one.points)
    for place, one in enumerate(lines):
        shift = (place - (len(lines) - 1) / 2) * DODGE if with_limits else 0.0
        look = f"look{one.look % svg.MARKERS}"
        places = [(x.at(point.x) + shift, y.at(point.y)) for point in one.points]
        parts += [svg.path(places, f"mean {look}", one.name)] if len(places) > 1 else []
        for point, (left, top) in zip(one.points, places, strict=True):
            parts += _draw_limits(point, left, y, look)
            size = 5.5 if with_limits else 3.8
            parts.append(svg.marker(left, top, one.look, f"{one.name}: {point.says}".removeprefix(": "), size=size))
    return parts + _draw_names(lines, x, y)


def _draw_limits(point: Point, left: float, y: Scale, look: str) -> list[Markup]:
    """The interval of a mean as an upright line; an end outside the axis is cut there and has no cap."""
    if point.limits is None:
        return []
    low, high = (min(max(end, y.low), y.high) for end in point.limits)
    caps = [end for end in point.limits if y.low <= end <= y.high]
    return [
        svg.line(left, y.at(low), left, y.at(high), f"reach {look}"),
        *(svg.line(left - 4, y.at(end), left + 4, y.at(end), f"reach {look}") for end in caps),
    ]


def _draw_names(lines: Sequence[Line], x: Scale, y: Scale) -> list[Markup]:
    """The name of each group beside the end of its line."""
    named = [one for one in lines if one.points and one.name]
    tops = spread([y.at(one.points[-1].y) + 4 for one in named], 14, y.end + 8, y.start)
    return [
        svg.text(x.end + 8, top, one.name, f"name look{one.look % svg.MARKERS}")
        for one, top in zip(named, tops, strict=True)
    ]


def spread(wanted: Sequence[float], apart: float, first: float, last: float) -> list[float]:
    """Places as near as may be to the wanted ones, in their order, so far apart and from `first` to `last`.

    Where there is no room for all of them they stand closer, evenly.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    gap = min(apart, (last - first) / max(len(wanted) - 1, 1))
    found: list[float] = []
    for place, of in enumerate(order):
        lowest = first if not found else found[-1] + gap
        highest = last - gap * (len(order) - 1 - place)
        found.append(min(max(wanted[of], lowest), max(highest, lowest)))
    return [found[order.index(place)] for place in range(len(wanted))]
