"""Estimates with their intervals under each other: all planned analyses, and the adjusted means behind them.

One panel a unit, for numbers in different units have no common axis. Within it the primary analyses stand first.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable
from armlet.analysis.plan import PlannedResult
from armlet.protocol.model import Protocol
from armlet.report import svg
from armlet.report.chart import Scale, round_ticks, tick_decimals
from armlet.report.document import Figure, Panel
from armlet.report.figures import short_name
from armlet.report.numbers import SPACE, capital, decimals_for, number, plural, span, unit
from armlet.report.sentences import arm_names, decimals_of, limits_words, unit_of
from armlet.report.sheets import ADJUSTED, FOREST, Sheet

ROLES = ("primary", "supportive", "sensitivity")
WIDTH, LABELS, PLOT, NUMBERS = 820.0, 4.0, (322.0, 618.0), 630.0
LINE, LEAST, HEAD, TOP = 14.0, 40.0, 26.0, 8.0
LETTERS = 50
_RATIO = re.compile(r"\b(ratio|odds)\b")
_EVEN = re.compile(r"\b(probability of a better|proportion that rose)\b")


# --- All planned analyses -------------------------------------------------------------------------------------------


def null_of(planned: PlannedResult, result: Estimate) -> float | None:
    """The value that means "nothing happened"; None of a plain level.

    It is 1 of a ratio or of odds, 0.5 of a probability of doing better or of rising, 0 of a difference or a change.
    """
    if _RATIO.search(result.unit) or _RATIO.search(result.estimand):
        return 1.0
    if _EVEN.search(result.estimand):
        return 0.5
    words = ("change", "net benefit", " minus ")
    if load_method(planned.analysis.method).compares_arms or any(word in result.estimand for word in words):
        return 0.0
    return None


def draw_forest(protocol: Protocol, results: Sequence[PlannedResult]) -> Figure | None:
    """Every estimate, a panel for each unit and meaning of no difference; None where nothing could be estimated."""
    alike: dict[tuple[str, float | None], list[tuple[PlannedResult, Estimate]]] = {}
    for role in ROLES:
        for planned in results:
            if planned.analysis.role == role and isinstance(planned.result, Estimate):
                kind = (planned.result.unit, null_of(planned, planned.result))
                alike.setdefault(kind, []).append((planned, planned.result))
    if not alike:
        return None
    panels = tuple(
        Panel(_draw_panel(protocol, rows, null), _heading(rows[0][1], null) if len(alike) > 1 else "")
        for (_, null), rows in alike.items()
    )
    return Figure(_caption(protocol, results), panels, data=forest_sheet(results), wide=True)


def _caption(protocol: Protocol, results: Sequence[PlannedResult]) -> str:
    marks = "Filled square: primary; hollow square: supportive; diamond: sensitivity."
    parts = ["All planned analyses: estimates with their intervals, the primary ones first.", marks]
    parts.append("The dotted line marks no difference, or no change.")
    names = arm_names(protocol)
    if len(names) == 2 and protocol.reference_arm is not None:
        (other,) = (name for arm, name in names.items() if arm != protocol.reference_arm)
        parts.append(f"Right of it: higher with {other}; left of it: higher with {names[protocol.reference_arm]}.")
    lost = [planned for planned in results if isinstance(planned.result, NotEstimable)]
    if lost:
        labels = "; ".join(f"{one.analysis.label} ({protocol.visit(one.visit).label})" for one in lost)
        parts.append(f"Not estimable and so not drawn: {labels}.")
    return " ".join(parts)


def _heading(result: Estimate, null: float | None) -> str:
    if unit_of(result):
        return f"In {unit_of(result)}"
    return {1.0: "Ratios", 0.5: "Probabilities of the better outcome"}.get(null or 0.0, "Without a unit")


def _draw_panel(protocol: Protocol, rows: Sequence[tuple[PlannedResult, Estimate]], null: float | None) -> Markup:
    ticks = _ticks(rows, null)
    x = Scale(ticks[0], ticks[-1], *PLOT)
    parts, y, role = list[Markup](), TOP, ""
    for planned, result in rows:
        if planned.analysis.role != role:
            role = planned.analysis.role
            parts.append(svg.text(LABELS, y + 17, f"{capital(role)} analyses", "role"))
            y += HEAD
        label = _label(protocol, planned)
        height = max(LEAST, LINE * len(label) + 14)
        parts += _draw_label(label, y + height / 2)
        parts += _draw_estimate(planned, result, x, y + height / 2)
        y += height
    says = f"Forest plot: {plural(len(rows), 'estimate')} in {unit_of(rows[0][1])}, as in the table of results."
    return svg.drawing(WIDTH, y + 48, says, *_axis(x, ticks, y, unit_of(rows[0][1]), null), *parts)


def _ticks(rows: Sequence[tuple[PlannedResult, Estimate]], null: float | None) -> tuple[float, ...]:
    reach = [end for _, one in rows for end in _ends(one)] + ([null] if null is not None else [])
    return round_ticks(min(reach), max(reach), 5)


def _ends(one: Estimate) -> tuple[float, ...]:
    return (one.value,) if one.interval is None else (one.interval.lower, one.value, one.interval.upper)


def _axis(x: Scale, ticks: Sequence[float], bottom: float, title: str, null: float | None) -> list[Markup]:
    decimals = tick_decimals(ticks)
    parts = [svg.line(x.start, bottom, x.end, bottom, "base")]
    if null is not None:
        parts.append(svg.line(x.at(null), TOP, x.at(null), bottom, "guide strong"))
    for tick in ticks:
        parts.append(svg.line(x.at(tick), bottom, x.at(tick), bottom + 4, "base"))
        parts.append(svg.text(x.at(tick), bottom + 17, number(tick, decimals), "tick", "middle"))
    return [*parts, svg.text((x.start + x.end) / 2, bottom + 38, title, "axis", "middle")]


def _label(protocol: Protocol, planned: PlannedResult) -> list[tuple[str, str]]:
    """The label of one row, broken into lines that fit and cut nowhere: its words and their look."""
    name = textwrap.wrap(capital(planned.analysis.label), LETTERS)
    method = f"{protocol.visit(planned.visit).label}; {load_method(planned.analysis.method).label}"
    more = textwrap.wrap(method, LETTERS + 10)
    return [*((words, "row-name") for words in name), *((words, "row-more") for words in more)]


def _draw_label(lines: Sequence[tuple[str, str]], y: float) -> list[Markup]:
    first = y + 4 - LINE * (len(lines) - 1) / 2
    return [svg.text(LABELS, first + LINE * place, words, look) for place, (words, look) in enumerate(lines)]


def _draw_estimate(planned: PlannedResult, result: Estimate, x: Scale, y: float) -> list[Markup]:
    """The interval and the mark of the role, and both as numbers with the people at the right."""
    decimals, people = decimals_of(result), sum(result.n_used.values())
    shown, parts = number(result.value, decimals), list[Markup]()
    if result.interval is not None:
        shown += f" ({limits_words(result.interval, decimals)})"
        parts = _draw_whisker(x.at(result.interval.lower), x.at(result.interval.upper), y, "whisker")
    says = f"{planned.analysis.label}: {shown} {unit_of(result)}, n = {people}"
    return [
        *parts,
        _draw_role(planned.analysis.role, x.at(result.value), y, says),
        svg.text(NUMBERS, y, shown, "tick"),
        svg.text(NUMBERS, y + 14, f"n{SPACE}={SPACE}{people}", "row-more"),
    ]


def _draw_whisker(low: float, high: float, y: float, class_: str) -> list[Markup]:
    return [svg.line(low, y, high, y, class_), *(svg.line(end, y - 4, end, y + 4, class_) for end in (low, high))]


def _draw_role(role: str, x: float, y: float, says: str) -> Markup:
    size = 5.5 if role == "sensitivity" else 4.5
    square = svg.corners((x - size, y - size), (x + size, y - size), (x + size, y + size), (x - size, y + size))
    diamond = svg.corners((x, y - size), (x + size, y), (x, y + size), (x - size, y))
    return svg.shape(diamond if role == "sensitivity" else square, f"event{' full' if role == 'primary' else ''}", says)


def forest_sheet(results: Sequence[PlannedResult]) -> Sheet:
    """Every planned result as one row, estimable or not."""
    return FOREST.sheet("", [_sheet_row(planned) for planned in results])


def _sheet_row(planned: PlannedResult) -> Mapping[str, object]:
    analysis, result = planned.analysis, planned.result
    row: dict[str, object] = {
        "analysis": analysis.id, "label": analysis.label, "role": analysis.role, "endpoint": analysis.endpoint,
        "visit": planned.visit, "set": analysis.set, "method": result.method,
        "estimable": isinstance(result, Estimate),
        "n_used": "; ".join(f"{arm}: {count}" for arm, count in result.n_used.items()),
        "left_out": "; ".join(f"{who}: {why}" for who, why in result.left_out),
    }  # fmt: skip
    if isinstance(result, NotEstimable):
        return row | {"why_not": result.reason}
    row |= {"estimate": result.value, "unit": result.unit, "warnings": " ".join(result.warnings)}
    if result.interval is not None:
        ends = result.interval
        row |= {
            "lower": ends.lower,
            "upper": ends.upper,
            "level": ends.nominal,
            "level_attained": ends.attained,
        }
    if result.p is not None:
        p = result.p
        row |= {"p": p.value, "sides": p.sides, "exact": p.exact, "smallest_p": p.smallest_reachable}
    return row


# --- Adjusted means -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AdjustedMean:
    """The mean of one arm as an analysis adjusts it, taken back to the unit of the endpoint, with its interval."""

    planned: PlannedResult
    arm: str
    mean: float
    lower: float
    upper: float


def adjusted_means(planned: PlannedResult, arms: Sequence[str]) -> tuple[AdjustedMean, ...]:
    """What the method gives as ``adjusted mean: ARM`` with its lower and upper limit; empty where it gives none."""
    if not isinstance(planned.result, Estimate):
        return ()
    details = dict(planned.result.details)
    found = []
    for arm in arms:
        numbers = [details.get(f"adjusted mean{part}: {arm}") for part in ("", ", lower limit", ", upper limit")]
        known = [one for one in numbers if isinstance(one, float | int)]
        if len(known) == len(numbers):
            found.append(AdjustedMean(planned, arm, *map(float, known)))
    return tuple(found)


def draw_adjusted(protocol: Protocol, results: Sequence[PlannedResult]) -> Figure | None:
    """The adjusted means of every analysis that has them, a panel an endpoint; None where none has."""
    arms = [arm.id for arm in protocol.arms]
    by_endpoint: dict[str, list[tuple[AdjustedMean, ...]]] = {}
    for planned in results:
        means = adjusted_means(planned, arms)
        if means:
            by_endpoint.setdefault(planned.analysis.endpoint, []).append(means)
    if not by_endpoint:
        return None
    names = arm_names(protocol)
    panels = tuple(
        Panel(_draw_means(protocol, rows), capital(short_name(protocol.endpoint(endpoint))))
        for endpoint, rows in by_endpoint.items()
    )
    key = tuple((svg.key_mark(look), names[arm]) for look, arm in enumerate(arms))
    caption = (
        "Adjusted means by arm with their intervals, as each analysis models them, taken back to the unit of the "
        "endpoint. Whether the arms differ is read from the difference and its interval, not from these."
    )
    return Figure(caption, panels, key, data=_adjusted_sheet(protocol, by_endpoint), wide=True)


def _draw_means(protocol: Protocol, rows: Sequence[tuple[AdjustedMean, ...]]) -> Markup:
    reach = [end for row in rows for one in row for end in (one.lower, one.upper)]
    ticks = round_ticks(min(reach), max(reach), 5)
    x, y, parts = Scale(ticks[0], ticks[-1], *PLOT), TOP, list[Markup]()
    decimals = decimals_for(reach)
    looks = {arm.id: look for look, arm in enumerate(protocol.arms)}
    for row in rows:
        label = _label(protocol, row[0].planned)
        height = max(LEAST, LINE * len(label) + 14, 17 * len(row) + 14)
        parts += _draw_label(label, y + height / 2)
        for place, one in enumerate(row):
            at = y + height / 2 + (place - (len(row) - 1) / 2) * 17
            parts += _draw_mean(one, arm_names(protocol)[one.arm], looks[one.arm], (x, at, decimals))
        y += height
    title = unit(protocol.endpoint(rows[0][0].planned.analysis.endpoint).unit)
    says = f"Adjusted means with intervals of {plural(len(rows), 'analysis', 'analyses')}, by arm."
    return svg.drawing(WIDTH, y + 48, says, *_axis(x, ticks, y, title, None), *parts)


def _draw_mean(one: AdjustedMean, name: str, look: int, where: tuple[Scale, float, int]) -> list[Markup]:
    x, y, decimals = where
    shown = f"{number(one.mean, decimals)} ({span(number(one.lower, decimals), number(one.upper, decimals))})"
    return [
        *_draw_whisker(x.at(one.lower), x.at(one.upper), y, f"reach look{look % svg.MARKERS}"),
        svg.marker(x.at(one.mean), y, look, f"{name}: {shown}", size=4.6),
        svg.text(NUMBERS, y + 4, f"{shown} {name}", "tick"),
    ]


def _adjusted_sheet(protocol: Protocol, by_endpoint: Mapping[str, Sequence[tuple[AdjustedMean, ...]]]) -> Sheet:
    names = arm_names(protocol)
    rows: list[Mapping[str, object]] = [
        {
            "analysis": one.planned.analysis.id, "visit": one.planned.visit, "group": names[one.arm],
            "n": one.planned.result.n_used.get(one.arm, 0), "mean": one.mean, "lower": one.lower, "upper": one.upper,
            "unit": protocol.endpoint(endpoint).unit,
        }
        for endpoint, found in by_endpoint.items()
        for row in found
        for one in row
    ]  # fmt: skip
    return ADJUSTED.sheet("", rows)
