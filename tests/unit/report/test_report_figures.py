"""The geometry and the data of the figures, on values that are written out."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from armlet.analysis.estimates import Estimate, Interval, NotEstimable
from armlet.protocol.hidden import Hidden
from armlet.report.chart import Axes, Line, Point, Size, draw_chart, spread
from armlet.report.document import Column, Page, Row, Section, Summary, Table, data_files
from armlet.report.forest import AdjustedMean, adjusted_means, draw_adjusted, draw_forest, forest_sheet, null_of
from armlet.report.groups import Group, everybody
from armlet.report.sheets import FOREST, KINDS, Sheet, sheet_csv, slug, unique_name
from armlet.report.summaries import Summary as Spread
from armlet.report.swimmer import draw_swimmer, make_lane
from armlet.report.unblinded import make_page
from armlet.report.waterfall import draw_waterfall, order_bars

NOTHING = Hidden()


def attributes(drawing: str, element: str, class_: str) -> list[dict[str, str]]:
    """The attributes of every element of that class, in the order of the drawing."""
    found = re.findall(rf"<{element} ([^>]*?)/?>", drawing)
    parsed = [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in found]
    return [one for one in parsed if class_ in one.get("class", "").split()]


def groups_of(invented: SimpleNamespace) -> tuple[Group, ...]:
    return invented.unblinded().groups()


# --- Summaries ------------------------------------------------------------------------------------------------------


def test_a_summary_has_the_mean_the_spread_and_the_interval_of_a_textbook() -> None:
    """1, 2, 3: mean 2, SD 1; t(0.975; 2) = 4.302653 (printed tables: 4.303), so the limits are 2 ± 4.3027/√3."""
    found = Spread.of([Decimal(1), Decimal(2), Decimal(3)])
    assert found is not None
    assert (found.n, found.mean, found.sd, found.median) == (3, Decimal(2), Decimal(1), Decimal(2))
    assert found.t_limits() == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-5)


def test_one_value_has_no_spread_and_none_has_no_summary() -> None:
    alone = Spread.of([Decimal("4.5")])
    assert alone is not None
    assert alone.sd is None
    assert alone.t_limits() is None
    assert Spread.of([]) is None


# --- Chart ----------------------------------------------------------------------------------------------------------


def test_names_keep_their_distance_their_order_and_the_chart() -> None:
    assert spread([50, 100], 14, 0, 200) == [50, 100]
    assert spread([100, 100], 14, 0, 200) == [100, 114]
    assert spread([198, 199], 14, 0, 200) == [186, 200]
    assert spread([10, 5], 14, 0, 200) == [19, 5]
    assert spread([], 14, 0, 200) == []
    assert spread([3, 3, 3], 14, 0, 20) == [0, 10, 20]


def test_the_interval_of_a_mean_is_cut_without_a_cap_where_it_leaves_the_axis() -> None:
    """The axis goes from 0 to 10 over 100 to 0 pixels: the interval −3 to 5 is drawn from 100 to 50, with one cap."""
    size = Size(200, 100, left=0, right=0, top=0, bottom=0)
    mean = Line("mean", 0, (Point(1.0, 1.0, limits=(-3.0, 5.0)),), bold=True)
    people = Line("P1", 0, (Point(0.0, 0.0), Point(2.0, 10.0)))
    drawing = draw_chart([people, mean], Axes("days", "L"), size, "a chart", ([0.0, 2.0], [0.0, 10.0]))
    lines = attributes(drawing, "line", "reach")
    assert [(one["y1"], one["y2"]) for one in lines] == [("100", "50"), ("50", "50")]


def test_means_with_intervals_stand_apart_and_means_without_stay_at_their_place() -> None:
    size = Size(200, 100, left=0, right=0, top=0, bottom=0)
    limits = ((0.0, 5.0), None)
    middles = []
    for limit in limits:
        lines = [Line(name, look, (Point(1.0, 2.0, limits=limit),), bold=True) for look, name in enumerate("ab")]
        drawing = draw_chart(lines, Axes("", ""), size, "a chart", ([0.0, 2.0], [0.0, 10.0]))
        circle = attributes(drawing, "circle", "look0")[0]
        corner = attributes(drawing, "polygon", "look1")[0]["points"].split()
        square = sum(float(one.split(",")[0]) for one in corner) / 4
        middles.append((float(circle["cx"]), pytest.approx(square, abs=0.1)))
    assert middles == [(96.5, 103.5), (100.0, 100.0)]


# --- Waterfall ------------------------------------------------------------------------------------------------------


def test_bars_stand_from_the_greatest_rise_to_the_deepest_fall_and_the_missing_are_named(
    invented: SimpleNamespace,
) -> None:
    content, groups = invented.blinded(), groups_of(invented)
    endpoint = content.protocol.endpoints[0]
    bars, missing = order_bars(content, endpoint, "month_9", groups)
    assert [(one.participant, one.change.change, one.group.look) for one in bars] == [
        ("P1", Decimal("0.32"), 0), ("P4", Decimal("0.04"), 0), ("P2", Decimal("-0.08"), 1),
    ]  # fmt: skip
    assert [(name, group.name) for name, group, _ in missing] == [("P3", "imitation")]


def test_a_bar_reaches_from_the_null_line_to_its_change(invented: SimpleNamespace) -> None:
    """Ticks −0.1 to 0.4 by 0.1 over 300 to 34 pixels: 53.2 pixels a tenth, the null line at 246.8."""
    content, groups = invented.blinded(), groups_of(invented)
    figure = draw_waterfall(content, content.protocol.endpoints[0], "month_9", groups, NOTHING)
    assert figure is not None
    bars = attributes(figure.panels[0].drawing, "rect", "bar")
    assert [(one["y"], one["height"]) for one in bars] == [("76.6", "170.2"), ("225.5", "21.3"), ("246.8", "42.6")]
    assert "No bar for 1\u00a0participant: P3 (no value: visit month 9 not held)." in figure.caption
    assert figure.data is not None
    assert [row["place"] for row in figure.data.rows] == [1, 2, 3, None]
    assert figure.data.rows[3]["why_missing"] == "no value: visit month 9 not held"


def test_there_is_no_waterfall_of_what_is_hidden_or_of_nobody(invented: SimpleNamespace) -> None:
    content, groups = invented.blinded(), groups_of(invented)
    endpoint = content.protocol.endpoints[0]
    hidden = Hidden({endpoint.id: frozenset({"month_9"})})
    assert draw_waterfall(content, endpoint, "month_9", groups, hidden) is None
    assert draw_waterfall(content, endpoint, endpoint.baseline, groups, NOTHING) is None
    nobody = {name: (first, None, None) for name, (first, *_) in invented.FEV1.items()}
    empty = invented.blinded(data=invented.dataset(nobody))
    assert draw_waterfall(empty, endpoint, "month_9", groups, NOTHING) is None


def test_before_the_lock_a_bar_has_one_look_and_the_figure_no_key(invented: SimpleNamespace) -> None:
    content = invented.blinded()
    figure = draw_waterfall(content, content.protocol.endpoints[0], "month_9", (everybody(content.state),), NOTHING)
    assert figure is not None
    assert figure.key == ()
    assert len(attributes(figure.panels[0].drawing, "rect", "look0")) == 3


# --- Swimmer --------------------------------------------------------------------------------------------------------


def test_a_lane_begins_with_the_enrolment_and_holds_what_happened(invented: SimpleNamespace) -> None:
    """P1: enrolled on day 1 of the story, allocated day 8, given day 41, visits days 1, 131, 316, a serious event day 60."""
    content = invented.blinded()
    lane = make_lane(content, content.state.participants["P1"])
    assert lane is not None
    assert (lane.start, lane.end, lane.how) == (date(2021, 3, 2), date(2022, 1, 11), "follow-up completed")
    assert [(moment.what, lane.day_of(moment)) for moment in lane.moments] == [
        ("enrolled", 0), ("visit", 0), ("allocated", 7), ("administered", 40), ("serious adverse event", 59),
        ("visit", 130), ("visit", 315), ("end", 315),
    ]  # fmt: skip


def test_who_was_given_nothing_or_missed_the_end_is_told_so(invented: SimpleNamespace) -> None:
    content = invented.blinded()
    lanes = {name: make_lane(content, content.state.participants[name]) for name in ("P3", "P4", "P5")}
    assert lanes["P5"] is None
    assert lanes["P3"] is not None
    assert lanes["P4"] is not None
    assert (lanes["P3"].days, lanes["P3"].how) == (130, "followed until the trial stopped")
    assert ("not given", "logistics") in [(one.what, one.label) for one in lanes["P4"].moments]


def test_the_longest_swim_first_within_each_arm(invented: SimpleNamespace) -> None:
    content = invented.blinded()
    figure = draw_swimmer(content, groups_of(invented))
    assert figure is not None
    drawn = re.findall(r'class="tick" text-anchor="end">(P\d)<', figure.panels[0].drawing)
    assert drawn == ["P1", "P4", "P2", "P3"]
    together = draw_swimmer(content, (everybody(content.state),))
    assert together is not None
    assert "cells" not in together.panels[0].drawing


def test_nobody_enrolled_has_no_swimmer_plot(invented: SimpleNamespace) -> None:
    assert draw_swimmer(invented.blinded(), (Group("nobody", ()),)) is None


# --- Forest ---------------------------------------------------------------------------------------------------------


def test_a_forest_draws_a_panel_a_unit_with_primary_results_first_and_says_what_is_not_estimable(
    invented: SimpleNamespace,
) -> None:
    main = invented.planned(invented.estimate())
    other = replace(main, analysis=main.analysis.model_copy(update={"role": "sensitivity"}))
    scaled = replace(main, result=replace(invented.estimate(), unit="ln(x+1), x in L"))
    lost = replace(main, result=NotEstimable("main", "rerandomisation", "nobody", {"cells": 0, "imitation": 0}))
    figure = draw_forest(invented.protocol(), (other, main, scaled, lost))
    assert figure is not None
    assert [panel.title for panel in figure.panels] == ["In L", "In ln(x+1), x in L"]
    assert re.findall(r'class="role"[^>]*>([^<]*)<', figure.panels[0].drawing) == [
        "Primary analyses", "Sensitivity analyses",
    ]  # fmt: skip
    assert "Not estimable and so not drawn: difference between the arms at month 9 (month 9)." in figure.caption


def test_the_whiskers_of_a_forest_stand_where_the_limits_are(invented: SimpleNamespace) -> None:
    """Ticks −0.2 to 0.8 over 322 to 618 pixels: 296 pixels a unit; −0.05 at 366.4, 0.61 at 561.8, 0 at 381.2."""
    figure = draw_forest(invented.protocol(), (invented.planned(invented.estimate()),))
    assert figure is not None
    drawing = figure.panels[0].drawing
    whisker = attributes(drawing, "line", "whisker")[0]
    assert (whisker["x1"], whisker["x2"]) == ("366.4", "561.8")
    assert attributes(drawing, "line", "strong")[0]["x1"] == "381.2"
    assert "0.260 (\u22120.050\u00a0to\u00a00.610)" in drawing


def test_the_null_of_a_ratio_is_one_of_a_difference_nought_and_a_level_has_none(invented: SimpleNamespace) -> None:
    planned = invented.planned(invented.estimate())
    assert null_of(planned, invented.estimate()) == 0.0
    assert null_of(planned, replace(invented.estimate(), estimand="odds ratio, cells to imitation")) == 1.0
    better = replace(invented.estimate(), estimand="probability of a better outcome in cells than in imitation")
    assert null_of(planned, better) == 0.5
    level = replace(planned, analysis=planned.analysis.model_copy(update={"method": "clopper_pearson"}))
    share = Estimate("share", "proportion of people", "clopper_pearson", 0.5, "1", Interval(0.1, 0.9, 0.95), None, {})
    assert null_of(level, share) is None


def test_every_result_is_a_row_of_the_forest_file_estimable_or_not(invented: SimpleNamespace) -> None:
    main = invented.planned(invented.estimate())
    lost = replace(main, result=NotEstimable("main", "rerandomisation", "nobody came", {"cells": 0, "imitation": 0}))
    rows = list(csv.DictReader(io.StringIO(sheet_csv(forest_sheet((main, lost)), "SIMULATED"))))
    assert [row["data"] for row in rows] == ["SIMULATED", "SIMULATED"]
    assert (rows[0]["estimate"], rows[0]["lower"], rows[0]["p"], rows[0]["exact"]) == ("0.26", "-0.05", "0.25", "yes")
    assert rows[0]["n_used"] == "cells: 2; imitation: 1"
    assert (rows[1]["estimable"], rows[1]["estimate"], rows[1]["why_not"]) == ("no", "", "nobody came")


def test_adjusted_means_are_read_from_what_a_method_also_gives(invented: SimpleNamespace) -> None:
    details = tuple(
        (f"adjusted mean{part}: {arm}", value)
        for arm, values in (("cells", (2.1, 1.9, 2.3)), ("imitation", (1.8, 1.7, 1.9)))
        for part, value in zip(("", ", lower limit", ", upper limit"), values, strict=True)
    )
    planned = invented.planned(replace(invented.estimate(), details=details))
    assert adjusted_means(planned, ("cells", "imitation")) == (
        AdjustedMean(planned, "cells", 2.1, 1.9, 2.3), AdjustedMean(planned, "imitation", 1.8, 1.7, 1.9),
    )  # fmt: skip
    figure = draw_adjusted(invented.protocol(), (planned,))
    assert figure is not None
    assert "2.10 (1.90\u00a0to\u00a02.30) cells" in figure.panels[0].drawing
    assert draw_adjusted(invented.protocol(), (invented.planned(invented.estimate()),)) is None


@pytest.mark.parametrize("limits", [(0.19, 1.09), (-0.05, 0.61), (0.07, 0.93), (-57.0, -15.0)])
def test_no_tick_of_a_forest_stands_beyond_its_axis(invented: SimpleNamespace, limits: tuple[float, float]) -> None:
    """From 0.19 to 1.09 the ticks are 0.0 to 1.2, and none of them is 1.5."""
    lower, upper = limits
    result = replace(invented.estimate(), value=(lower + upper) / 2, interval=Interval(lower, upper, 0.95))
    figure = draw_forest(invented.protocol(), (invented.planned(result),))
    assert figure is not None
    lines = attributes(figure.panels[0].drawing, "line", "base")
    assert max(float(line["x2"]) for line in lines) == 618
    assert min(float(line["x1"]) for line in lines) == 322


# --- Files ----------------------------------------------------------------------------------------------------------


def test_a_table_as_a_file_keeps_subheadings_minus_signs_and_line_breaks_readable_for_a_program() -> None:
    columns = (Column("What", numeric=False), Column("Mean"), Column("Mean"))
    table = Table("Some table", columns, (Row(("Part one",)), Row(("a\nb", "\u22120.5", "2\u00a0of\u00a03"))))
    assert sheet_csv(table.sheet(), "") == "part,What,Mean,Mean-2\nPart one,a; b,-0.5,2 of 3\n"


def test_numbers_of_a_file_have_no_exponent_and_gaps_are_empty() -> None:
    sheet = Sheet("x", ("a", "b", "c", "d"), ({"a": Decimal("1E-9"), "b": 0.1, "c": None, "d": True},))
    assert sheet_csv(sheet, "DUMMY") == "data,a,b,c,d\nDUMMY,0.000000001,0.1,,yes\n"


def test_file_names_are_plain_and_told_apart() -> None:
    assert slug("C-peptide AUC, 0–120 min (nmol/L)") == "c-peptide-auc-0120-min-nmol-l"
    assert slug("…") == "data"
    assert unique_name(["a", "a", "a-2", "a"]) == ["a", "a-2", "a-2-2", "a-3"]
    tables = tuple(Table("The same", (Column("x"),), (Row(("1",)),)) for _ in range(2))
    page = Page("t", "", "k", False, (), Summary("s", ()), (Section("a", "A", tables),), "f")
    assert [one.path for one in data_files(page) if one is not None] == ["tables/the-same.csv", "tables/the-same-2.csv"]


def test_every_figure_of_the_page_after_the_lock_has_a_file_and_every_column_is_explained(
    invented: SimpleNamespace,
) -> None:
    files = [one for one in data_files(make_page(invented.unblinded())) if one is not None]
    figures = {one.name: one.text for one in files if one.folder == "figures"}
    for name in (
        "swimmer.csv", "forest.csv", "waterfall-fev1-after-exercise-month-9.csv",
        "trajectories-fev1-after-exercise.csv", "curves-exercise-test-fev1.csv",
    ):  # fmt: skip
        assert name in figures, name
        kind = next(one for one in KINDS if name.startswith(one.id))
        assert figures[name].splitlines()[0] == f"data,{','.join(kind.columns)}"
    assert len(figures["trajectories-fev1-after-exercise.csv"].splitlines()) == 1 + 11 + 5
    assert FOREST in KINDS


def test_the_mean_of_a_trajectory_is_that_of_those_who_came(invented: SimpleNamespace) -> None:
    files = {one.name: one.text for one in data_files(make_page(invented.unblinded())) if one is not None}
    rows = list(csv.DictReader(io.StringIO(files["trajectories-fev1-after-exercise.csv"])))
    means = {(row["group"], row["visit"]): row for row in rows if row["what"] == "mean"}
    assert ("imitation", "month_9") not in means
    assert float(means["cells", "month_9"]["value"]) == pytest.approx(2.13)
    assert means["cells", "month_9"]["n"] == "2"
    assert float(means["cells", "month_9"]["lower"]) == pytest.approx(2.13 - 12.7062 * 0.19, abs=1e-4)
