"""Re-randomisation: hand-computed small trials, refusals, and limits checked against a slow enumeration."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from armlet.allocation.scheme import Factor, Scheme, enumerate_sequences
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.contrasts import adjusted_t
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.analysis.methods.rerandomisation import METHOD
from armlet.analysis.randomisation import enumerated
from armlet.analysis.sequences import drawn_sequences, every_sequence
from armlet.errors import Fault, InputError

BASELINES = (0.91, 0.69, 1.04, 0.57, 1.23, 0.82, 0.46, 0.73)
OUTCOMES = (0.70, 0.26, 0.59, 0.43, 0.94, 0.42, 0.07, 0.54)


def blocks(size: int) -> Scheme:
    return Scheme.of(("T", "C"), (1, 1), "permuted_blocks", {"block": size})


COIN = Scheme.of(("T", "C"), (1, 1), "complete")


def trial(
    allocated: str,
    outcomes: Sequence[float | None],
    scheme: Scheme | None,
    baselines: Sequence[float | None] | None = None,
) -> Cases:
    befores = baselines or [None] * len(outcomes)
    rows = tuple(
        Case(f"P{slot}", arm, slot, before, after, "" if after is not None else "visit missed")
        for slot, (arm, before, after) in enumerate(zip(allocated, befores, outcomes, strict=True), start=1)
    )
    return Cases(rows, "nmol/L", ("T", "C"), "C", scheme, tuple(allocated))


def run(cases: Cases, **settings: object) -> Result:
    return METHOD.run(cases, settings, "label")


def estimated(cases: Cases, **settings: object) -> Estimate:
    result = run(cases, **settings)
    assert isinstance(result, Estimate)
    assert result.p is not None
    return result


def refused(cases: Cases, **settings: object) -> str:
    result = run(cases, **settings)
    assert isinstance(result, NotEstimable)
    return result.reason


def test_somebody_without_an_outcome_keeps_the_slot() -> None:
    result = estimated(trial("TCCT", [None, 1.0, 2.0, 6.0], blocks(2)))
    assert result.value == pytest.approx(4.5)
    assert result.p is not None
    assert result.p.value == pytest.approx(2 / 4)
    assert result.p.smallest_reachable == pytest.approx(2 / 4)
    assert result.left_out == (("P1", "visit missed"),)
    assert result.n_used == {"T": 1, "C": 2}
    assert any(words.startswith("1 person of the list") for words in result.warnings)


@pytest.mark.parametrize(("empty", "p"), [("extreme", 1.0), ("not_extreme", 2 / 3), ("condition", 1.0)])
def test_a_cut_block_gives_lists_of_unequal_weight(empty: str, p: float) -> None:
    result = estimated(trial("TC", [5.0, 1.0], blocks(4)), one_arm_empty=empty)
    assert result.p is not None
    assert result.p.value == pytest.approx(p)


@pytest.mark.parametrize("statistic", ["ancova_coefficient", "ancova_t"])
@pytest.mark.parametrize("shift", [1e6, 1e9, 1e10])
def test_large_numbers_with_a_small_spread_are_adjusted_for_as_small_ones_are(statistic: str, shift: float) -> None:
    small = trial("TCCTTCTC", OUTCOMES, blocks(4), BASELINES)
    moved = [value + shift for value in OUTCOMES], [value + shift for value in BASELINES]
    found = estimated(trial("TCCTTCTC", moved[0], blocks(4), moved[1]), statistic=statistic, level=0.8)
    known = estimated(small, statistic=statistic, level=0.8)
    assert known.p is not None
    assert found.p is not None
    assert known.p.value == pytest.approx({"ancova_coefficient": 14 / 36, "ancova_t": 10 / 36}[statistic])
    assert found.p.value == pytest.approx(known.p.value, abs=1e-12)
    assert found.value == pytest.approx(known.value, abs=1e-15 * shift + 1e-12)


@pytest.mark.parametrize("far", [1e6, 1e9, 1e12])
def test_where_a_baseline_lies_takes_no_digit_from_t(far: float) -> None:
    rng = np.random.default_rng(3)
    values, before, chosen = rng.normal(size=11), rng.normal(size=11), np.resize([1.0, 0.0], 11)
    written = (before + far) - far  # what is left of it so far from 0
    near, there = (
        adjusted_t(values, baseline, chosen)(chosen[np.newaxis, :].astype(np.int8)).at_zero[0]
        for baseline in (written, before + far)
    )
    assert there == pytest.approx(near, abs=1e-14)


def test_a_covariate_that_differs_by_rounding_alone_is_constant() -> None:
    columns = np.array([0.1 + 0.2, *[0.3] * 7])
    values, observed = np.array(OUTCOMES), np.array([arm == "T" for arm in "TCCTTCTC"], dtype=np.float64)
    lists = np.array([observed, 1 - observed]).astype(np.int8)
    beside, alone = adjusted_t(values, columns, observed)(lists), adjusted_t(values, np.zeros((8, 0)), observed)(lists)
    assert beside.at_zero == pytest.approx(alone.at_zero, rel=1e-12)


def test_a_restricted_list_can_leave_one_arm_empty() -> None:
    result = estimated(trial("TCCT", [None, 1.0, None, 6.0], blocks(2)))
    assert result.detail("probability of an arm with nobody to compare") == pytest.approx(0.5)
    assert result.p is not None
    assert result.p.value == pytest.approx(1.0)
    assert any("they count as extreme" in words for words in result.warnings)


def test_a_list_that_the_scheme_cannot_make_is_refused() -> None:
    reason = refused(trial("TTCC", [1.0, 2.0, 3.0, 4.0], blocks(2)))
    assert "cannot have come from permuted_blocks" in reason


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        (trial("TC", [1.0, 2.0], None), "how the arms were allocated is not known"),
        (trial("", [], COIN), "nobody is in the analysis set"),
        (trial("TC", [None, None], COIN), "nobody of the 2 people"),
        (trial("T", [1.0], COIN), 'arm "C" has nobody'),
        (trial("TCT", [1.0, None, 2.0], COIN), 'arm "C" has nobody'),
        (trial("TCTC", [0.3, 0.3, 0.3, 0.3], COIN), "everybody has the same value"),
    ],
)
def test_what_cannot_be_estimated_says_why(cases: Cases, words: str) -> None:
    assert words in refused(cases)


def test_a_change_needs_baselines_and_leaves_out_those_without() -> None:
    result = estimated(trial("TCTC", [1.0, 2.0, 3.0, 5.0], COIN, [0.5, 0.5, None, 0.5]), statistic="change")
    assert result.left_out == (("P3", "no baseline value"),)
    assert result.value == pytest.approx(0.5 - 3.0)
    assert "nobody" in refused(trial("TC", [1.0, 2.0], COIN), statistic="change")


def test_equal_baselines_leave_nothing_to_adjust_for() -> None:
    cases = trial("TCTC", [1.0, 2.0, 3.0, 5.0], COIN, [0.5, 0.5, 0.5, 0.5])
    assert "same baseline" in refused(cases, statistic="ancova_t")


def test_an_arm_told_by_the_baseline_is_refused() -> None:
    cases = trial("TCTC", [1.0, 2.0, 3.0, 5.0], COIN, [0.5, 0.9, 0.5, 0.9])
    assert "cannot be separated" in refused(cases, statistic="ancova_t")


def test_a_value_out_of_the_range_of_the_logarithm_is_refused() -> None:
    assert "above -1" in refused(trial("TC", [-1.5, 2.0], COIN), transform="ln(x+1)")


def test_three_arms_are_refused() -> None:
    assert "the trial has 3" in refused(Cases((), "nmol/L", ("T", "C", "D"), "C", COIN))


def test_too_many_lists_are_sampled_and_the_observed_one_counts() -> None:
    cases = trial("TCCTTCCT" * 3, [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0] * 3, COIN)
    result = estimated(cases, draws=999, seed=4)
    assert result.p is not None
    assert not result.p.exact
    assert result.p.value == pytest.approx(1 / 1000)
    assert result.p.smallest_reachable == pytest.approx(1 / 1000)
    assert any("drawn lists (seed 4)" in words for words in result.warnings)


def test_a_sampled_p_lies_near_the_exact_one() -> None:
    cases = trial("TCCTTCCT", OUTCOMES, blocks(4))
    exact, drawn = estimated(cases), estimated(cases, most_sequences=1, draws=4999, seed=11)
    assert exact.p is not None
    assert drawn.p is not None
    error = drawn.detail("Monte Carlo error of p")
    assert isinstance(error, float)
    assert abs(drawn.p.value - exact.p.value) < 5 * error


def test_drawn_lists_obey_the_scheme_and_the_seed() -> None:
    first = drawn_sequences(blocks(2), 6, 50, seed=3).tolist()
    assert first == drawn_sequences(blocks(2), 6, 50, seed=3).tolist()
    assert all(sum(row[i : i + 2]) == 1 for row in first for i in (0, 2, 4))
    assert len(set(map(tuple, first))) == 8


def test_probabilities_that_do_not_add_up_are_a_fault() -> None:
    with pytest.raises(Fault):
        enumerated([[0, 1]], [0.5], arm=0, keep=[0, 1])


def test_settings_are_judged_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        METHOD.parse({"statistic": "median", "level": 95, "seed": True, "colour": "red"})
    assert {issue.where.rsplit("/", 1)[1] for issue in caught.value.issues} == {"statistic", "level", "seed", "colour"}


def slow_p(cases: Cases, kind: str, shift: float) -> float:
    """The p-value of one shift, list by list, with least squares from the library: no algebra shared with the code."""
    assert cases.scheme is not None
    arm = np.array([arm == "T" for arm in cases.allocated], dtype=float)
    values = np.array([row.outcome for row in cases.rows]) - shift * arm
    before = np.array([row.baseline for row in cases.rows])
    seen = slow_statistic(values, before, arm, kind)
    total = Fraction(0)
    for sequence, weight in enumerate_sequences(cases.scheme, len(arm)):
        chosen = 1.0 - np.array(sequence)
        if slow_statistic(values, before, chosen, kind) >= seen - 1e-9:
            total += weight
    return float(total)


def slow_statistic(values: np.ndarray, before: np.ndarray, arm: np.ndarray, kind: str) -> float:
    if kind == "difference":
        return float(abs(values[arm == 1].mean() - values[arm == 0].mean()))
    design = np.column_stack([np.ones_like(before), before, arm])
    coefficients, squares, _, _ = np.linalg.lstsq(design, values, rcond=None)
    if kind == "ancova_coefficient":
        return float(abs(coefficients[2]))
    variance = float(squares[0]) / (len(values) - 3) * np.linalg.inv(design.T @ design)[2, 2]
    return float(abs(coefficients[2]) / variance**0.5)


@pytest.mark.parametrize("kind", ["difference", "ancova_coefficient", "ancova_t"])
@pytest.mark.parametrize("size", [4, 8])
def test_the_limits_are_where_a_slow_test_changes_its_mind(kind: str, size: int) -> None:
    cases = trial("TCCTTCCT", OUTCOMES, blocks(size), BASELINES)
    result = estimated(cases, statistic=kind, level=0.8)
    assert result.interval is not None
    assert result.p is not None
    assert result.p.value == pytest.approx(slow_p(cases, kind, 0.0), abs=1e-12)
    for limit, outwards in ((result.interval.lower, -1), (result.interval.upper, 1)):
        assert slow_p(cases, kind, limit - 1e-7 * outwards) > 0.2
        beyond = [limit + outwards * step for step in (1e-7, 0.01, 0.1, 0.5, 3.0)]
        assert all(slow_p(cases, kind, shift) <= 0.2 + 1e-12 for shift in beyond)


SEX = (Factor("sex", ("f", "m")),)
PEOPLE = [{"sex": sex} for sex in "fmmffmmf"]


def balanced(method: str, ratio: tuple[int, int] = (1, 1)) -> Scheme:
    return Scheme.of(("T", "C"), ratio, method, {}, SEX).joined_by(*PEOPLE)


BALANCED = [balanced("permuted_blocks"), balanced("minimisation"), balanced("minimisation", (2, 1))]


@pytest.mark.parametrize("scheme", [COIN, blocks(4), blocks(6), Scheme.of(("T", "C"), (1, 1), "big_stick"), *BALANCED])
@pytest.mark.parametrize("number", [0, 1, 5, 8])
def test_lists_made_together_are_the_lists_made_one_by_one(scheme: Scheme, number: int) -> None:
    table, weight = every_sequence(scheme, number)
    together = {tuple(row): chance for row, chance in zip(table.tolist(), weight.tolist(), strict=True)}
    one_by_one = {row: float(chance) for row, chance in enumerate_sequences(scheme, number)}
    assert together == pytest.approx(one_by_one, rel=1e-14)


@pytest.mark.parametrize("scheme", BALANCED)
def test_drawn_lists_of_balanced_arms_are_as_frequent_as_they_are_likely(scheme: Scheme) -> None:
    drawn = drawn_sequences(scheme, 4, 40_000, seed=3)
    lists, counts = np.unique(drawn, axis=0, return_counts=True)
    found = {tuple(row): count / 40_000 for row, count in zip(lists.tolist(), counts.tolist(), strict=True)}
    expected = {row: float(chance) for row, chance in enumerate_sequences(scheme, 4)}

    assert found.keys() == expected.keys()
    assert all(
        abs(found[row] - chance) < 5 * (chance * (1 - chance) / 40_000) ** 0.5 for row, chance in expected.items()
    )


def test_the_test_keeps_everybodys_level_and_draws_the_arms_again() -> None:
    """Two strata of two in blocks of two: each stratum is TC or CT, four lists of 1/4 each.

    f: T 1, C 0; m: T 3, C 1. The difference is 4/2 - 1/2 = 1.5; the lists give ±1.5 (both strata as seen, or both the
    other way) and ±0.5 for the mixed ones: p is 2/4. Without strata, of the six lists with two T, (0 or 1) and so on
    would count as well.
    """
    scheme = Scheme.of(("T", "C"), (1, 1), "permuted_blocks", {"block": 2}, SEX)
    levels = [{"sex": sex} for sex in "ffmm"]
    result = estimated(trial("TCTC", (1.0, 0.0, 3.0, 1.0), scheme.joined_by(*levels)))

    assert result.p is not None
    assert (result.p.value, result.p.exact) == (0.5, True)
    assert result.detail("distinct allocations of the people observed") == 4


def test_many_minimised_people_are_sampled() -> None:
    scheme = Scheme.of(("T", "C"), (1, 1), "minimisation", {}, SEX).joined_by(*PEOPLE * 3)
    result = estimated(trial("TC" * 12, tuple(float(number) for number in range(24)), scheme), draws=999)

    assert result.p is not None
    assert not result.p.exact
    assert result.detail("lists drawn") == 999


def test_a_two_to_one_ratio_draws_twice_as_many_of_the_first_arm() -> None:
    drawn = drawn_sequences(Scheme.of(("T", "C"), (2, 1), "complete"), 3, 20_000, seed=5)
    assert float((drawn == 0).mean()) == pytest.approx(2 / 3, abs=0.01)


@pytest.mark.parametrize("statistic", ["ranks", "trimmed_means", "yuen"])
def test_limits_by_trying_shifts_are_where_the_test_changes_its_mind(statistic: str) -> None:
    """Moving the arm by a shift within the limits is kept at 0.7, and beyond them rejected."""
    cases = trial("TCCTTCCT", OUTCOMES, blocks(8))
    result = estimated(cases, statistic=statistic, level=0.7, trim=0.25)
    assert result.interval is not None
    for limit, outwards in ((result.interval.lower, -1), (result.interval.upper, 1)):
        p = {step: moved_p(cases, limit + outwards * step, statistic) for step in (-1e-3, 1e-5, 0.01, 0.2, 3.0)}
        assert p.pop(-1e-3) > 0.3
        assert all(value <= 0.3 + 1e-12 for value in p.values())


def test_a_studentised_statistic_that_never_rejects_a_far_shift_has_no_interval() -> None:
    """With two people left of each four, 16 of the 70 lists keep a t as large as any however far the shift."""
    result = estimated(trial("TCCTTCCT", OUTCOMES, blocks(8)), statistic="yuen", level=0.8, trim=0.25)
    assert result.interval is None
    assert any(words.startswith("No interval of 0.8") for words in result.warnings)


def moved_p(cases: Cases, shift: float, statistic: str) -> float:
    rows = tuple(
        replace(row, outcome=row.outcome - shift) if row.arm == "T" and row.outcome is not None else row
        for row in cases.rows
    )
    p = estimated(replace(cases, rows=rows), statistic=statistic, level=0.8, trim=0.25).p
    assert p is not None
    return p.value


def test_ranks_of_the_free_choice_give_the_rank_sum_test_its_shift_and_its_limits() -> None:
    cases = trial("TCCTTCCTCT", (*OUTCOMES, 0.11, 0.88), Scheme.of(("T", "C"), (1, 1), "random_allocation", {"n": 10}))
    ours, known = estimated(cases, statistic="ranks"), load_method("rank_sum").run(cases, {}, "label")
    assert isinstance(known, Estimate)
    assert ours.p is not None
    assert known.p is not None
    assert ours.p.value == pytest.approx(known.p.value, abs=1e-12)
    assert ours.value == known.value
    assert ours.interval is not None
    assert known.interval is not None
    assert (ours.interval.lower, ours.interval.upper) == pytest.approx((known.interval.lower, known.interval.upper))


def test_one_sided_ps_say_so_and_reach_half_as_far() -> None:
    """Four people in one block, T 5 and 6 against C 1 and 2: the only list of 6 with so much, and the least."""
    cases = trial("TCCT", [5.0, 1.0, 2.0, 6.0], blocks(4))
    greater, less = estimated(cases, sides="greater"), estimated(cases, sides="less")
    assert greater.p is not None
    assert less.p is not None
    assert (greater.p.value, greater.p.sides) == (pytest.approx(1 / 6), "one-sided (greater)")
    assert greater.p.smallest_reachable == pytest.approx(1 / 6)
    assert less.p.value == 1
    assert any("the interval is two-sided" in words for words in greater.warnings)


def test_people_without_a_covariate_are_left_out_and_words_become_columns() -> None:
    cases = trial("TCCTTCCT", OUTCOMES, blocks(4), BASELINES)
    known = [{"sex": sex, "age": float(30 + place)} for place, sex in enumerate("fmmfmfmf")]
    rows = tuple(replace(row, covariates=own) for row, own in zip(cases.rows, [{}, *known[1:]], strict=True))
    result = estimated(replace(cases, rows=rows), statistic="ancova_t", covariates=["sex", "age"], level=0.5)
    assert result.left_out == (("P1", 'no value of the covariate "sex" before allocation'),)
    assert "at the same baseline and sex and age" in result.estimand
    mixed = tuple(replace(row, covariates={"sex": "f" if row.slot == 1 else 1.0}) for row in cases.rows)
    assert "a number for some people" in refused(replace(cases, rows=mixed), statistic="ancova_t", covariates=["sex"])


@pytest.mark.parametrize("constant", ["f", 30.0])
def test_a_covariate_that_all_share_leaves_the_test_as_it_is_and_a_model_nothing_to_adjust_for(
    constant: str | float,
) -> None:
    cases = trial("TCCTTCCT", OUTCOMES, blocks(4), BASELINES)
    sharing = replace(cases, rows=tuple(replace(row, covariates={"shared": constant}) for row in cases.rows))
    alone = estimated(cases, statistic="ancova_t", level=0.5)
    beside = estimated(sharing, statistic="ancova_t", covariates=["shared"], level=0.5)
    assert alone.p is not None
    assert beside.p is not None
    assert (beside.value, beside.p.value) == (pytest.approx(alone.value), pytest.approx(alone.p.value))
    model = load_method("ancova").run(sharing, {}, "label")
    assert isinstance(model, NotEstimable)
    assert model.reason == ('everybody has the same value of the covariate "shared", so there is nothing to adjust for')


def test_more_than_two_arms_are_compared_by_name_given_the_others() -> None:
    scheme = Scheme.of(("T", "C", "D"), (1, 1, 1), "permuted_blocks", {"block": 3})
    rows = tuple(Case(f"P{slot}", arm, slot, None, float(slot)) for slot, arm in enumerate("TCDDTC", start=1))
    cases = Cases(rows, "nmol/L", ("T", "C", "D"), "C", scheme, tuple("TCDDTC"))
    assert "the trial has 3" in refused(cases)
    assert "not the reference" in refused(cases, arm="C")
    result = estimated(cases, arm="T", level=0.5)
    assert result.detail("distinct allocations of the people observed") == 4
    drawn = estimated(cases, arm="T", level=0.5, most_sequences=1, draws=999)
    assert drawn.p is not None
    assert result.p is not None
    assert abs(drawn.p.value - result.p.value) < 0.08


@pytest.mark.parametrize("method", ["efron", "big_stick", "wei_urn", "chen"])
def test_schemes_without_urns_are_sampled_near_their_exact_p(method: str) -> None:
    cases = trial("TCCTTCCT", OUTCOMES, Scheme.of(("T", "C"), (1, 1), method))
    exact, drawn = estimated(cases), estimated(cases, most_sequences=1, draws=4999, seed=3)
    assert exact.p is not None
    assert drawn.p is not None
    assert abs(drawn.p.value - exact.p.value) < 5 * (exact.p.value * (1 - exact.p.value) / 5000) ** 0.5


def test_nobody_left_after_trimming_is_refused() -> None:
    assert "half or more" in refused(trial("TCTC", [1.0, 2.0, 3.0, 5.0], COIN), statistic="trimmed_means", trim=0.5)
    assert "no spread" in refused(trial("TC", [1.0, 2.0], COIN), statistic="yuen")
