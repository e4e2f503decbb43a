"""Whatever people and values a trial has, its pages are made, well formed, and every number of a drawing is finite."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armlet.allocation.unblinded import Slot
from armlet.analysis.estimates import Estimate, Interval, NotEstimable, Result
from armlet.protocol.hidden import Hidden
from armlet.report.blinded import render_blinded
from armlet.report.chart import spread
from armlet.report.document import Page, data_files, render_page
from armlet.report.forest import draw_forest
from armlet.report.groups import Group
from armlet.report.unblinded import UnblindedContent, make_page
from armlet.report.waterfall import draw_waterfall, order_bars

INVENTED = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "unit" / "report" / "invented_trial.py")))
PEOPLE = ("P1", "P2", "P3", "P4")
STATE = INVENTED.lived()
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

TYPED = st.one_of(
    st.none(),
    st.sampled_from(["0", "-0.5", "1E-9", "123456789", "2.00", "2.00"]),
    st.decimals(-1000, 1000, places=3).map(lambda value: format(value, "f")),
)
VALUES = st.fixed_dictionaries({name: st.tuples(TYPED, TYPED, TYPED) for name in PEOPLE})
ARMS = st.lists(st.integers(0, 2), min_size=4, max_size=4)


def content_with(values: dict[str, tuple[str | None, ...]], arms: list[int], number: int) -> UnblindedContent:
    """The invented trial with these values, and with as many arms; nobody may be in some of them."""
    base = INVENTED.protocol()
    third = base.arms[0].model_copy(update={"id": "third", "reference": False, "label": "a third arm"})
    chosen = (*base.arms, third)[:number]
    protocol = base.model_copy(update={"arms": chosen})
    before = INVENTED.blinded(protocol, STATE, INVENTED.dataset(values, values))
    made: UnblindedContent = INVENTED.unblinded(INVENTED.blinded(base, STATE, INVENTED.dataset(values, values)))
    slots = tuple(
        Slot(place, name, chosen[arm % number].id)
        for place, (name, arm) in enumerate(zip(PEOPLE, arms, strict=True), start=1)
    )
    return replace(made, blinded=before, unblinded=replace(made.unblinded, slots=slots), results=())


def drawings_of(page: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(one) for one in re.findall(r"<svg.*?</svg>", page, re.S)]


def assert_sound(page: Page) -> None:
    """Every drawing is well formed, its numbers are finite and inside it, and no file has a gap in its columns."""
    html = render_page(page)
    for drawing in drawings_of(html):
        _, _, width, height = map(float, drawing.attrib["viewBox"].split())
        for part in drawing.iter():
            for name, value in part.attrib.items():
                if name in {"x", "x1", "x2", "cx", "y", "y1", "y2", "cy", "width", "height"}:
                    assert math.isfinite(float(value))
                    most = width if name in {"x", "x1", "x2", "cx", "width"} else height
                    assert -1 <= float(value) <= most + 1, (part.tag, name, value)
    assert not re.search(r"\b(nan|NaN|inf|Infinity)\b", re.sub(r"<style>.*?</style>", "", html, flags=re.S))
    for file in data_files(page):
        assert file is None or file.text.endswith("\n")


@QUICK
@given(values=VALUES, arms=ARMS, number=st.integers(1, 3))
def test_any_values_and_any_number_of_arms_make_a_sound_page_after_the_lock(
    values: dict[str, tuple[str | None, ...]], arms: list[int], number: int
) -> None:
    assert_sound(make_page(content_with(values, arms, number)))


@QUICK
@given(values=VALUES)
def test_any_values_make_a_sound_page_before_the_lock(values: dict[str, tuple[str | None, ...]]) -> None:
    page = render_blinded(INVENTED.blinded(state=STATE, data=INVENTED.dataset(values, values)))
    assert len(drawings_of(page)) >= 2


@QUICK
@given(values=VALUES, arms=ARMS)
def test_a_waterfall_loses_nobody_and_never_rises_from_left_to_right(
    values: dict[str, tuple[str | None, ...]], arms: list[int]
) -> None:
    content = content_with(values, arms, 2)
    endpoint = content.blinded.protocol.endpoints[0]
    bars, missing = order_bars(content.blinded, endpoint, "month_9", content.groups())
    assert sorted([one.participant for one in bars] + [name for name, _, _ in missing]) == list(PEOPLE)
    changes = [one.change.change for one in bars]
    assert changes == sorted(changes, reverse=True)
    figure = draw_waterfall(content.blinded, endpoint, "month_9", content.groups(), Hidden())
    assert (figure is None) == (not bars)


FINITE = st.floats(-1e9, 1e9)


@st.composite
def results(draw: st.DrawFn) -> Result:
    """An estimate with or without limits, or none."""
    if draw(st.booleans()) and draw(st.booleans()):
        return NotEstimable("x", "rerandomisation", "nobody came", {"cells": 0})
    low, value, high = sorted((draw(FINITE), draw(FINITE), draw(FINITE)))
    interval = draw(st.sampled_from([None, Interval(low, high, 0.95)]))
    unit = draw(st.sampled_from(["L", "ln(x+1), x in L", "1"]))
    estimand = draw(st.sampled_from(["difference in means", "odds ratio", "mean change"]))
    return Estimate("x", estimand, "rerandomisation", value, unit, interval, None, {"cells": 3})


@QUICK
@given(found=st.lists(results(), max_size=6))
def test_a_forest_of_any_estimates_stays_inside_its_frame(found: list[Result]) -> None:
    protocol = INVENTED.protocol()
    figure = draw_forest(protocol, tuple(INVENTED.planned(one) for one in found))
    assert (figure is None) == all(isinstance(one, NotEstimable) for one in found)
    for panel in figure.panels if figure is not None else ():
        drawing = ElementTree.fromstring(panel.drawing)
        _, _, width, _ = map(float, drawing.attrib["viewBox"].split())
        for line in drawing.iter("line"):
            assert all(0 <= float(line.attrib[end]) <= width for end in ("x1", "x2"))


@given(wanted=st.lists(st.floats(-500, 500), max_size=12), apart=st.floats(1, 40), room=st.floats(10, 400))
def test_names_beside_lines_never_leave_the_chart_nor_their_order(
    wanted: list[float], apart: float, room: float
) -> None:
    found = spread(wanted, apart, 0.0, room)
    assert len(found) == len(wanted)
    assert all(-1e-6 <= one <= room + 1e-6 for one in found)
    for (one, place), (other, later) in zip(
        sorted(zip(wanted, found, strict=True)), sorted(zip(wanted, found, strict=True))[1:], strict=False
    ):
        assert one <= other
        assert later - place >= min(apart, room / max(len(wanted) - 1, 1)) - 1e-6


def test_nobody_in_any_group_has_no_figure_and_no_fault() -> None:
    content = INVENTED.blinded(state=STATE)
    endpoint = content.protocol.endpoints[0]
    assert draw_waterfall(content, endpoint, "month_9", (Group("nobody", ()),), Hidden()) is None
