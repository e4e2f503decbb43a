"""Type I error and coverage of every estimator: what is kept is what was promised, and what is wrong is found to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from armlet.analysis.cases import Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, Interval, PValue, Result
from bench import coverage_models as models
from bench.coverage import (
    DATA,
    FIRST,
    PAGE,
    Cell,
    compute_cell,
    covers_too_seldom,
    declared,
    is_about,
    is_kept,
    load_cells,
    missing_methods,
    rejects_too_often,
    render_page,
    results,
    sums,
)
from bench.coverage_settings import (
    NO_GAIN,
    NOTES,
    SETTINGS,
    WORSE,
    Promise,
    Tried,
    difference_in_proportions,
    gain_copying,
    gain_copying_increments,
    gain_jumping,
    gain_shifted,
    leaves_arm,
    probability_better,
    probability_better_or_failed,
    probability_of_rising,
    win_ratio_with_failures,
)

MOST_BIAS = 4.5
"""Monte Carlo errors that a mean estimate may lie beside the truth, over some seventy cells."""


def each_setting() -> list[object]:
    return [
        pytest.param(method, tried, id=f"{method}-{place}-{tried.model.__name__}")
        for method, rows in SETTINGS.items()
        for place, tried in enumerate(rows)
    ]


# --- What is kept ---------------------------------------------------------------------------------------------------


def test_every_estimator_has_settings_for_the_coverage_table() -> None:
    assert missing_methods() == (), (
        "add a row for each of these, where it sorts, to SETTINGS in bench/coverage_settings.py "
        "and run `python -m bench.coverage NAME`"
    )


def test_the_settings_stand_in_the_order_of_their_names_and_are_those_of_estimators() -> None:
    assert list(SETTINGS) == sorted(SETTINGS)
    for method, rows in SETTINGS.items():
        for tried in rows:
            load_method(method).parse(tried.settings)


def test_every_row_that_is_declared_was_computed() -> None:
    _, cells = load_cells()
    absent = [
        f"{method}, {tried.model.__name__}, {people}"
        for method, tried, people, trials in declared()
        if not any(is_about(cell, method, tried, people, trials) for cell in cells)
    ]

    assert absent == [], f"run `python -m bench.coverage` with the names of these methods; {DATA.name} has none of them"
    assert len(cells) == len(list(declared()))


def test_the_page_says_what_was_computed() -> None:
    assert PAGE.read_text("utf-8") == render_page(*load_cells())


def test_every_figure_is_what_was_promised_within_four_monte_carlo_errors() -> None:
    assert [cell.key for cell in load_cells()[1] if not is_kept(cell)] == []


def test_every_figure_that_errs_more_often_than_the_level_is_explained_in_a_note() -> None:
    astray = {cell.method for cell in load_cells()[1] if rejects_too_often(cell) or covers_too_seldom(cell)}

    assert sorted(astray - set(NOTES)) == []


def test_notes_are_of_estimators_and_one_sentence_a_line() -> None:
    assert set(NOTES) <= set(SETTINGS)
    assert [line for lines in NOTES.values() for line in lines if not line.endswith(".") or ". " in line] == []


def test_no_estimate_that_promises_the_level_is_biased_unless_it_is_a_ratio() -> None:
    cells = [
        cell
        for method, tried, people, trials in declared()
        for cell in load_cells()[1]
        if not tried.is_ratio and is_about(cell, method, tried, people, trials)
    ]
    biased = [
        (cell.key, cell.bias, cell.error)
        for cell in cells
        if cell.bias is not None and cell.error and abs(cell.bias) > MOST_BIAS * cell.error
        if cell.promise in {Promise.EXACT, Promise.AT_MOST}
    ]

    assert biased == []


@pytest.mark.parametrize(("method", "tried"), each_setting())
def test_an_estimator_still_answers_the_first_trials_as_when_the_table_was_made(method: str, tried: Tried) -> None:
    people = 20 if tried.trials[1] else 10
    cells = [cell for cell in load_cells()[1] if is_about(cell, method, tried, people, cell.trials)]
    found = load_method(method)
    parsed = found.parse(tried.settings)

    first = list(results(tried, lambda cases: found.estimate(cases, parsed, ""), people, FIRST, tried.effect))

    assert [cell.first for cell in cells] == [pytest.approx(sums(first), rel=1e-6, abs=1e-9)], (
        f"the table is of an older {method}: run `python -m bench.coverage {method}`"
    )


# --- Live, small ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ancova", "clopper_pearson", "difference", "signed_rank"])
def test_a_small_run_keeps_the_promise(method: str) -> None:
    tried = SETTINGS[method][0]

    assert is_kept(compute_cell(method, tried, 10, 500))


def test_the_same_seed_gives_the_same_cell_and_other_sizes_other_people() -> None:
    tried = SETTINGS["difference"][0]

    first, again = (compute_cell("difference", tried, 10, 20) for _ in range(2))

    assert first == again
    assert compute_cell("difference", tried, 20, 20).bias != first.bias


# --- What is wrong is found -----------------------------------------------------------------------------------------


def normal_for_t(cases: Cases) -> Result:
    """Analysis of covariance that takes the normal distribution for that of t: far too sure of ten people."""
    found = load_method("ancova").run(cases, {}, "")
    assert isinstance(found, Estimate)
    error, t = found.detail("standard error"), found.detail("t")
    assert isinstance(error, float)
    assert isinstance(t, float)
    reach = float(ndtri(0.975)) * error
    p = PValue(max(2 * float(ndtr(-abs(t))), 1e-300), exact=False)
    return replace(found, p=p, interval=Interval(found.value - reach, found.value + reach, 0.95))


def wald(cases: Cases) -> Result:
    """A proportion with the limits of the normal approximation, which have no width at 0 of 10."""
    found = load_method("clopper_pearson").run(cases, {}, "")
    assert isinstance(found, Estimate)
    reach = float(ndtri(0.975)) * math.sqrt(found.value * (1 - found.value) / len(cases.rows))
    return replace(found, interval=Interval(found.value - reach, found.value + reach, 0.95))


def test_the_normal_distribution_for_that_of_t_is_found_out_at_ten_people() -> None:
    tried = SETTINGS["ancova"][0]

    wrong = compute_cell("ancova", tried, 10, 1_500, normal_for_t)

    # 7 degrees of freedom: |t| exceeds 1.96 with the chance 0.0908.
    rejects, covers = wrong.type_one_error(), wrong.coverage()
    assert rejects is not None
    assert covers is not None
    assert rejects.value == pytest.approx(0.0908, abs=0.03)
    assert covers.value == pytest.approx(1 - 0.0908, abs=0.03)
    assert not is_kept(wrong)


def test_limits_from_the_normal_approximation_are_found_out_for_a_rare_event() -> None:
    tried = Tried(models.proportion, Promise.AT_MOST, 0.1, nothing=None)

    wrong = compute_cell("clopper_pearson", tried, 10, 1_000, wald)

    # They hold 0.1 only for 1 to 4 events of 10: the chance of that is 0.6497.
    covers = wrong.coverage()
    assert covers is not None
    assert covers.value == pytest.approx(0.6497, abs=0.06)
    assert not is_kept(wrong)


@pytest.mark.parametrize(
    ("rejects", "covers", "promise", "kept"),
    [
        (200, 3_800, Promise.EXACT, True),
        (260, 3_800, Promise.EXACT, False),
        (140, 3_800, Promise.EXACT, False),
        (200, 3_740, Promise.EXACT, False),
        (200, 3_860, Promise.EXACT, False),
        (20, 3_990, Promise.AT_MOST, True),
        (260, 3_990, Promise.AT_MOST, False),
        (20, 3_740, Promise.AT_MOST, False),
        (400, 3_000, Promise.ABOUT, True),
        (200, 3_000, Promise.TEST_AT_MOST, True),
        (260, 3_990, Promise.TEST_AT_MOST, False),
    ],
)
def test_a_promise_is_broken_beyond_four_monte_carlo_errors(
    rejects: int, covers: int, promise: Promise, kept: bool
) -> None:
    cell = Cell("x", {}, "x", 0.0, 10, 4_000, promise.value, 4_000, rejects, 4_000, covers, 0.0, 0.1, (0.0, 0.0))

    assert is_kept(cell) is kept


# --- The data -------------------------------------------------------------------------------------------------------


def drawn(model: models.Model, effect: float) -> list[Cases]:
    return [model(np.random.default_rng(seed), 400, effect) for seed in range(10)]


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


@pytest.mark.parametrize(
    ("model", "effect", "means"),
    [
        (models.normal, 2.0, (5.0, 3.0)),
        (models.heavy_tails, 2.0, (2.0, 0.0)),
        (models.ties, 1.0, (5.0, 4.0)),
        (models.unequal_spread, 2.0, (2.0, 0.0)),
        (models.repeated, 2.0, (2.0, 0.0)),
        (models.two_proportions, math.log(3), (9 / 16, 0.3)),
        (models.counts, math.log(2), (3.75, 1.875)),
        (models.below_limit, 0.0, (1.0833, 1.0833)),
        (models.prognostic, 2.0, (5.25, 3.25)),
        (models.failing, 2.0, (5.0, 3.0)),
        (models.repeated_unequal, 2.0, (2.0, 0.0)),
    ],
)
def test_the_means_of_the_two_arms_are_as_the_data_say(
    model: models.Model, effect: float, means: tuple[float, float]
) -> None:
    rows = [row for cases in drawn(model, effect) for row in cases.rows]

    for arm, expected in zip(("T", "C"), means, strict=True):
        assert mean([row.outcome for row in rows if row.arm == arm and row.outcome is not None]) == pytest.approx(
            expected, abs=0.16
        )


def test_people_who_leave_do_not_come_back_and_leave_more_often_with_low_values() -> None:
    rows = [row for cases in drawn(models.dropping_out, 0.0) for row in cases.rows]
    left = [row.course[1] is None for row in rows]

    assert all(row.course[2] is None for row, is_left in zip(rows, left, strict=True) if is_left)
    assert mean([float(is_left) for is_left in left]) == pytest.approx(0.13, abs=0.03)
    low = [is_left for row, is_left in zip(rows, left, strict=True) if row.course[0] is not None and row.course[0] < 0]
    high = [is_left for row, is_left in zip(rows, left, strict=True) if row.course[0] is not None and row.course[0] > 0]
    assert sum(low) / len(low) > 1.5 * sum(high) / len(high)


def test_one_in_five_fails_and_has_no_outcome_whatever_the_arm() -> None:
    rows = [row for cases in drawn(models.failing, 2.0) for row in cases.rows]

    assert all((row.outcome is None) is bool(row.failed) for row in rows)
    for arm in ("T", "C"):
        assert mean([float(bool(row.failed)) for row in rows if row.arm == arm]) == pytest.approx(0.2, abs=0.03)


def test_the_truths_that_are_not_the_effect_itself_are_those_of_large_trials() -> None:
    pairs = [
        (row, other)
        for cases in drawn(models.failing, 0.8)
        for row in cases.rows
        for other in cases.rows
        if (row.arm, other.arm) == ("T", "C")
    ]
    worths = [[-math.inf if one.outcome is None else one.outcome for one in pair] for pair in pairs]
    won, lost = (mean([float(mine > theirs) for mine, theirs in each]) for each in (worths, [w[::-1] for w in worths]))

    assert win_ratio_with_failures(0.8) == pytest.approx(won / lost, rel=0.06)
    assert probability_better_or_failed(0.8) == pytest.approx(won + (1 - won - lost) / 2, abs=0.01)
    # 0.3 has the odds 3/7; three times these are 9/7, which is the proportion 9/16
    assert difference_in_proportions(math.log(3)) == pytest.approx(9 / 16 - 0.3)
    assert probability_better(0.0) == 0.5
    assert probability_of_rising(0.0) == 0.5


def of_policy(rule: str, number: int, effect: float) -> tuple[float, float]:
    """The mean of so many people of T at the last visit if those who leave go on by the rule, and its error.

    Each visit is drawn from the one before it, as the data say; whoever has left goes on as a person of C with that value
    would, or with the mean and the gain that the rule keeps.
    """
    chance = np.random.default_rng(11)
    noise = math.sqrt(1 - 0.6**2)
    deviation, value, gain = chance.normal(size=number), np.zeros(number), np.zeros(number)
    here = np.ones(number, dtype=bool)
    for visit in (1, 2, 3):
        stays = here & (chance.random(number) >= 1 / (1 + np.exp(2.2 + value))) if visit > 1 else here
        own = visit / 3 * effect
        after = {
            "jump to reference": np.zeros(number),
            "copy reference": 0.6 * gain,
            "copy increments in reference": gain,
            "delta": np.full(number, own),
        }[rule]
        gain = np.where(stays, own, after)
        deviation = 0.6 * deviation + noise * chance.normal(size=number)
        value, here = gain + deviation, stays
    last = value - 0.5 * ~here if rule == "delta" else value
    return float(last.mean()), float(last.std() / math.sqrt(number))


@pytest.mark.parametrize(
    ("rule", "truth", "expected"),
    [
        ("jump to reference", gain_jumping, 0.6549),
        ("copy reference", gain_copying, 0.6887),
        ("copy increments in reference", gain_copying_increments, 0.7228),
        ("delta", gain_shifted, 0.7093),
    ],
)
def test_the_truth_after_leaving_is_that_of_a_million_people_who_go_on_by_the_rule(
    rule: str, truth: Callable[[float], float], expected: float
) -> None:
    mean_of_people, error = of_policy(rule, 1_000_000, 0.8)

    assert error < 0.0011
    assert truth(0.8) == pytest.approx(mean_of_people, abs=4 * error)
    assert truth(0.8) == pytest.approx(expected, abs=5e-5)


def test_without_an_effect_every_rule_says_the_same_and_a_delta_needs_one_to_be_undone() -> None:
    assert [gain(0.0) for gain in (gain_jumping, gain_copying, gain_copying_increments)] == [0.0, 0.0, 0.0]
    assert gain_shifted(0.0) < -0.1
    assert gain_shifted(NO_GAIN) == pytest.approx(0, abs=1e-12)
    # Who leaves is 1 in 5 or so, and 0.5 worse.
    assert pytest.approx(-WORSE * sum(leaves_arm(NO_GAIN))) == NO_GAIN


def test_values_below_the_limit_say_so_and_counts_have_their_time_at_risk() -> None:
    rows = [row for cases in drawn(models.below_limit, 0.0) for row in cases.rows]
    assert {row.outcome for row in rows if row.below_limit} == {0.0}
    assert mean([float(row.below_limit) for row in rows]) == pytest.approx(0.1587, abs=0.03)

    counted = [row for cases in drawn(models.counts, 0.0) for row in cases.rows]
    assert all(row.exposure is not None and 0.5 <= row.exposure <= 2 for row in counted)
