"""Everybody's change from baseline at one visit, as bars in order: each person is seen, and nobody who is missing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from armlet.derivation.baseline import Change
from armlet.protocol.hidden import Hidden
from armlet.protocol.model import Endpoint
from armlet.report import svg
from armlet.report.chart import Scale, round_ticks, tick_decimals
from armlet.report.content import BlindedContent
from armlet.report.document import Figure, Panel
from armlet.report.figures import short_name, titled_with_unit
from armlet.report.groups import Group
from armlet.report.numbers import SPACE, capital, decimals_for, number, plural, with_unit
from armlet.report.sheets import WATERFALL, Sheet

WIDTH, HEIGHT = 720.0, 330.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 16.0, 34.0, 30.0
WIDEST_BAR = 46.0
MOST_NUMBERS = 20
"""Up to so many bars carry their number; more would hide each other, and the file has them all."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One participant's change. `below`: the value at the visit is below what could be measured."""

    participant: str
    group: Group
    change: Change
    below: bool


def order_bars(
    content: BlindedContent, endpoint: Endpoint, visit: str, groups: Sequence[Group]
) -> tuple[list[Bar], list[tuple[str, Group, str]]]:
    """The bars from the greatest rise to the deepest fall, and those without one, with the reason.

    Equal changes stand in the order of the groups and their people.
    """
    bars, missing = list[Bar](), list[tuple[str, Group, str]]()
    for group in groups:
        for name in group.members:
            if name not in content.dataset.participants:
                missing.append((name, group, "not in the dataset"))
                continue
            change = content.dataset.change(endpoint.id, name, visit)
            if isinstance(change, Change):
                value = content.dataset.value(endpoint.id, name, visit)
                bars.append(Bar(name, group, change, getattr(value, "below_limit", False)))
            else:
                missing.append((name, group, change.because))
    return sorted(bars, key=lambda one: -one.change.change), missing


def draw_waterfall(
    content: BlindedContent, endpoint: Endpoint, visit: str, groups: Sequence[Group], hidden: Hidden
) -> Figure | None:
    """The bars of one endpoint at one visit; None where it is hidden or nobody has a change."""
    if hidden.hides_endpoint(endpoint.id, visit) or visit == endpoint.baseline or visit not in endpoint.visits:
        return None
    bars, missing = order_bars(content, endpoint, visit, groups)
    if not bars:
        return None
    key = tuple((svg.key_bar(group.look), f"{group.name} (n{SPACE}={SPACE}{len(group.members)})") for group in groups)
    caption = _caption(content, endpoint, visit, missing)
    drawing = _draw(content, endpoint, visit, bars)
    return Figure(
        caption, (Panel(drawing),), key if len(groups) > 1 else (), data=_sheet(endpoint, visit, bars, missing)
    )


def _draw(content: BlindedContent, endpoint: Endpoint, visit: str, bars: Sequence[Bar]) -> Markup:
    changes = [one.change.change for one in bars]
    ticks = round_ticks(float(min(*changes, Decimal(0))), float(max(*changes, Decimal(0))), 5)
    y = Scale(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP)
    room = (WIDTH - LEFT - RIGHT) / len(bars)
    decimals, parts = tick_decimals(ticks), list[Markup]()
    for tick in ticks:
        parts.append(svg.line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), "base" if tick == 0 else "grid"))
        parts.append(svg.text(LEFT - 7, y.at(tick) + 4, number(tick, decimals), "tick", "end"))
    for place, one in enumerate(bars):
        parts += _draw_bar(one, y, (LEFT + (place + 0.5) * room, room), changes)
    label, baseline = (content.protocol.visit(one).label for one in (visit, endpoint.baseline))
    title = f"{capital(titled_with_unit(f'change of {short_name(endpoint)}', endpoint.unit))}, {baseline} to {label}"
    says = f"Waterfall of the change of {short_name(endpoint)} from baseline to {label}: {plural(len(bars), 'bar')}, "
    says += f"from {_shown(changes[0], endpoint, changes)} to {_shown(changes[-1], endpoint, changes)}."
    return svg.drawing(WIDTH, HEIGHT, says, svg.text(8, 12, title, "axis"), *parts)


def _shown(value: Decimal, endpoint: Endpoint, others: Sequence[Decimal]) -> str:
    return with_unit(number(value, decimals_for(others)), endpoint.unit)


def _draw_bar(one: Bar, y: Scale, where: tuple[float, float], changes: Sequence[Decimal]) -> list[Markup]:
    """The bar, the participant on the other side of the null line, and the number at its end where there is room."""
    middle, room = where
    wide, change = min(room * 0.78, WIDEST_BAR), one.change.change
    null, end = y.at(0.0), y.at(float(change))
    shown = number(change, decimals_for(changes))
    below = ", the value below the limit" if one.below else ""
    says = f"participant {one.participant}, {one.group.name}: {with_unit(shown, one.change.unit)}{below}"
    parts = [svg.bar(middle - wide / 2, min(null, end), wide, abs(null - end), one.group.look, says)]
    if len(changes) <= MOST_NUMBERS:
        parts.append(svg.text(middle, end - 6 if change >= 0 else end + 14, shown, "tick", "middle"))
        parts.append(svg.text(middle, null + 14 if change >= 0 else null - 6, one.participant, "tick", "middle"))
    return parts


def _caption(content: BlindedContent, endpoint: Endpoint, visit: str, missing: Sequence[tuple[str, Group, str]]) -> str:
    label, baseline = (content.protocol.visit(one).label for one in (visit, endpoint.baseline))
    parts = [
        f"{capital(short_name(endpoint))}: everybody's change from {baseline} to {label}, in order; one bar a participant."
    ]
    if missing:
        by_reason: dict[str, list[str]] = {}
        for name, _, why in missing:
            by_reason.setdefault(why, []).append(name)
        said = "; ".join(f"{', '.join(names)} ({why})" for why, names in by_reason.items())
        parts.append(f"No bar for {plural(len(missing), 'participant')}: {said}.")
    return " ".join(parts)


def _sheet(endpoint: Endpoint, visit: str, bars: Sequence[Bar], missing: Sequence[tuple[str, Group, str]]) -> Sheet:
    rows: list[Mapping[str, object]] = [
        {
            "group": one.group.name, "participant": one.participant, "place": place, "visit": visit,
            "baseline": one.change.baseline, "value": one.change.value, "change": one.change.change,
            "below_limit": one.below, "unit": endpoint.unit,
        }
        for place, one in enumerate(bars, start=1)
    ]  # fmt: skip
    rows += [
        {"group": group.name, "participant": name, "visit": visit, "unit": endpoint.unit, "why_missing": why}
        for name, group, why in missing
    ]
    return WATERFALL.sheet(f"{endpoint.id} {visit}", rows)
