"""Our numbers for ten invented people against R's (ANCOVA) and against exact enumeration (re-randomisation)."""

import csv
import json
from pathlib import Path

import pytest

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate

FOLDER = Path(__file__).parents[2] / "oracles" / "ancova10"
ORACLE = json.loads((FOLDER / "ancova10.json").read_text())
COIN = Scheme.of(("MSC", "PBO"), (1, 1), "complete")


def ten_people(scheme: Scheme | None = None) -> Cases:
    with (FOLDER / "ancova10.csv").open(newline="") as file:
        people = list(csv.DictReader(file))
    rows = tuple(
        Case(person["id"], person["arm"], slot, float(person["base"]), float(person["m24"]))
        for slot, person in enumerate(people, start=1)
    )
    return Cases(rows, "nmol/L", ("MSC", "PBO"), "PBO", scheme, tuple(person["arm"] for person in people))


def estimated(method: str, cases: Cases, **settings: object) -> Estimate:
    result = load_method(method).run(cases, settings, "month 24")
    assert isinstance(result, Estimate)
    return result


def blocks(size: int) -> Scheme:
    return Scheme.of(("MSC", "PBO"), (1, 1), "permuted_blocks", {"block": size})


def test_the_adjusted_difference_its_limits_and_its_p_are_those_of_r() -> None:
    result = estimated("ancova", ten_people(), transform="ln(x+1)")
    assert result.value == pytest.approx(ORACLE["difference"], abs=1e-11)
    assert result.detail("standard error") == pytest.approx(ORACLE["standard_error"], abs=1e-12)
    assert result.detail("t") == pytest.approx(ORACLE["t"], abs=1e-9)
    assert result.detail("degrees of freedom") == ORACLE["df"]
    assert result.detail("residual standard deviation") == pytest.approx(ORACLE["sigma"], abs=1e-12)
    assert result.detail("baseline coefficient") == pytest.approx(ORACLE["baseline_coefficient"], abs=1e-11)
    assert result.interval is not None
    assert result.interval.lower == pytest.approx(ORACLE["lower"], abs=1e-11)
    assert result.interval.upper == pytest.approx(ORACLE["upper"], abs=1e-11)
    assert result.p is not None
    assert result.p.value == pytest.approx(ORACLE["p"], rel=1e-9)


@pytest.mark.parametrize("arm", ["PBO", "MSC"])
def test_the_adjusted_means_and_their_way_back_are_those_of_emmeans(arm: str) -> None:
    result = estimated("ancova", ten_people(), transform="ln(x+1)")
    back = ORACLE["back_transformed"][arm]
    standard_error = ORACLE["adjusted_mean_standard_error"]
    assert result.detail(f"adjusted mean, scale of the analysis: {arm}") == pytest.approx(
        ORACLE["adjusted_means"][arm], abs=1e-11
    )
    assert result.detail(f"adjusted mean, standard error: {arm}") == pytest.approx(standard_error, abs=1e-12)
    assert result.detail(f"adjusted mean: {arm}") == pytest.approx(back["mean"], abs=1e-11)
    assert result.detail(f"adjusted mean, lower limit: {arm}") == pytest.approx(back["lower"], abs=1e-11)
    assert result.detail(f"adjusted mean, upper limit: {arm}") == pytest.approx(back["upper"], abs=1e-11)


@pytest.mark.parametrize(
    ("scheme", "p"),
    [
        pytest.param(blocks(10), 2 / 252, id="random allocation 5/5"),
        pytest.param(Scheme.of(("MSC", "PBO"), (1, 1), "big_stick", {"limit": 2}), 0.001953125, id="big stick 2"),
        pytest.param(blocks(2), 0.0625, id="blocks of 2"),
        pytest.param(blocks(4), 2 / 108, id="blocks of 4, last one cut"),
    ],
)
def test_the_scheme_that_made_the_list_decides_the_p_value(scheme: Scheme, p: float) -> None:
    result = estimated("rerandomisation", ten_people(scheme), statistic="ancova_t", transform="ln(x+1)")
    assert result.p is not None
    assert result.p.exact
    assert result.p.value == pytest.approx(p, abs=1e-12)
    assert result.value == pytest.approx(ORACLE["difference"], abs=1e-11)


def test_the_written_down_p_values_are_the_fractions_used_here() -> None:
    written = ORACLE["rerandomisation"]["p"]
    assert written["random allocation 5/5"] == pytest.approx(2 / 252, abs=1e-12)
    assert written["blocks of 4, last one cut"] == pytest.approx(2 / 108, abs=1e-12)


@pytest.mark.parametrize(("empty", "p"), [("not_extreme", 2 / 1024), ("extreme", 4 / 1024), ("condition", 2 / 1022)])
def test_a_coin_needs_a_rule_for_the_two_lists_with_an_empty_arm(empty: str, p: float) -> None:
    cases = ten_people(COIN)
    result = estimated("rerandomisation", cases, statistic="ancova_t", transform="ln(x+1)", one_arm_empty=empty)
    assert result.p is not None
    assert result.p.value == pytest.approx(p, abs=1e-12)
    assert any("0.001953" in words for words in result.warnings)


@pytest.mark.parametrize(
    ("statistic", "transform", "p"), [("ancova_coefficient", "ln(x+1)", 4 / 252), ("change", "none", 2 / 252)]
)
def test_other_statistics_over_all_252_lists(statistic: str, transform: str, p: float) -> None:
    result = estimated("rerandomisation", ten_people(blocks(10)), statistic=statistic, transform=transform)
    assert result.p is not None
    assert result.p.value == pytest.approx(p, abs=1e-12)


def test_blocks_of_two_cannot_reach_the_level_and_say_so() -> None:
    result = estimated("rerandomisation", ten_people(blocks(2)), statistic="ancova_t", transform="ln(x+1)")
    assert result.p is not None
    assert result.p.smallest_reachable == pytest.approx(0.0625, abs=1e-12)
    assert result.interval is None
    assert any("0.0625" in words and "cannot reach" in words for words in result.warnings)
    assert any(words.startswith("No interval of 0.95") for words in result.warnings)
