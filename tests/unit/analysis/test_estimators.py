"""The other estimators: when they refuse and in which words, and what they do with awkward values."""

from collections.abc import Sequence

import numpy as np
import pytest

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method, method_names
from armlet.analysis.estimates import Estimate, Interval, NotEstimable, PValue, Result, interval_with_width
from armlet.analysis.ranks import doubled_mid_ranks
from armlet.analysis.transforms import Transform, back_transformed
from armlet.errors import Fault, InputError


def cases(rows: Sequence[tuple[str, float | None, float | None]], arms: tuple[str, ...] = ("T", "C")) -> Cases:
    people = tuple(Case(f"P{i}", arm, None, before, after) for i, (arm, before, after) in enumerate(rows))
    return Cases(people, "nmol/L", arms, arms[-1])


def only(changes: list[float]) -> Cases:
    return cases([("only", 1.0, 1.0 + change) for change in changes], ("only",))


def run(method: str, people: Cases, **settings: object) -> Result:
    return load_method(method).run(people, settings, "label")


def refused(method: str, people: Cases, **settings: object) -> str:
    result = run(method, people, **settings)
    assert isinstance(result, NotEstimable)
    return result.reason


def estimated(method: str, people: Cases, **settings: object) -> Estimate:
    result = run(method, people, **settings)
    assert isinstance(result, Estimate)
    return result


def test_every_estimator_is_found_by_name() -> None:
    assert set(method_names()) >= {
        "ancova",
        "clopper_pearson",
        "difference",
        "rank_sum",
        "rerandomisation",
        "sign_flip",
        "signed_rank",
    }
    assert all(load_method(name).name == name for name in method_names())


def test_an_unknown_estimator_is_an_input_error_that_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="signed_rank"):
        load_method("crystal_ball")


@pytest.mark.parametrize("method", ["ancova", "difference", "rank_sum", "rerandomisation"])
def test_two_arm_estimators_refuse_an_empty_set_and_an_empty_arm(method: str) -> None:
    assert refused(method, cases([])) == "nobody is in the analysis set"
    assert 'arm "C" has nobody' in refused(method, cases([("T", 1.0, 2.0), ("T", 1.1, 2.0)]))


@pytest.mark.parametrize("method", ["sign_flip", "signed_rank"])
def test_one_arm_estimators_refuse_nobody_one_person_and_no_change(method: str) -> None:
    assert refused(method, only([])) == "nobody is in the analysis set"
    assert "one person" in refused(method, only([0.5]))
    assert refused(method, only([0.0, 0.0])) in {"nobody changed at all", "every value is zero"}
    missing = cases([("only", None, 1.0), ("only", None, 2.0)], ("only",))
    assert "nobody of the 2 people" in refused(method, missing)


@pytest.mark.parametrize("method", ["sign_flip", "signed_rank", "clopper_pearson"])
def test_one_arm_estimators_ask_which_arm_when_there_are_two(method: str) -> None:
    people = cases([("T", 0.5, 1.0), ("T", 0.2, 1.0), ("C", 0.5, 0.0)])
    assert 'setting "arm"' in refused(method, people)
    assert estimated(method, people, arm="T").n_used == {"T": 2}
    assert 'no arm "X"' in refused(method, people, arm="X")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("T", 1.0, 1.0), ("T", 2.0, 1.5), ("C", 1.5, 1.0)], "at least 2 needed"),
        ([("T", 1.0, 1.0), ("T", 1.0, 1.5), ("C", 1.0, 1.0), ("C", 1.0, 0.4)], "same baseline"),
        ([("T", 1.0, 1.0), ("T", 1.0, 1.5), ("C", 2.0, 1.0), ("C", 2.0, 0.4)], "cannot be separated"),
        ([("T", 1.0, 2.0), ("T", 2.0, 3.0), ("C", 1.0, 1.0), ("C", 3.0, 3.0)], "exactly on the fitted lines"),
        ([("T", 1.0, 0.4), ("T", 2.0, 0.4), ("C", 1.0, 0.4), ("C", 3.0, 0.4)], "exactly on the fitted lines"),
        ([("T", 1.0, 0.4), ("T", None, 0.5), ("C", 1.0, 0.6), ("C", 3.0, 0.2)], 'arm "T" has 1 person'),
    ],
)
def test_analysis_of_covariance_refuses_in_words(rows: list[tuple[str, float | None, float]], words: str) -> None:
    assert words in refused("ancova", cases(rows))


def test_analysis_of_covariance_by_hand() -> None:
    """Baselines (0, 2) in both arms, slopes 1 and 2: common slope 1.5, means 1.5 and 4.5, residuals all of size 0.5."""
    result = estimated("ancova", cases([("C", 0.0, 1.0), ("C", 2.0, 3.0), ("T", 0.0, 2.5), ("T", 2.0, 6.5)]))
    assert result.value == pytest.approx(2.5, abs=1e-12)
    assert result.detail("adjusted mean: C") == pytest.approx(2.0, abs=1e-12)
    assert result.detail("degrees of freedom") == 1
    assert result.detail("residual standard deviation") == pytest.approx(1.0, abs=1e-12)
    assert result.detail("standard error") == pytest.approx(1.0, abs=1e-12)
    assert result.unit == "nmol/L"


def test_analysis_of_covariance_on_square_roots_takes_means_back_as_squares() -> None:
    rows = [("C", 0.0, 1.0), ("C", 4.0, 9.0), ("T", 0.0, 6.25), ("T", 4.0, 42.25)]
    result = estimated("ancova", cases(rows), transform="sqrt")
    assert result.value == pytest.approx(2.5, abs=1e-12)
    assert result.unit == "sqrt, x in nmol/L"
    assert result.detail("adjusted mean: T") == pytest.approx(4.5**2, abs=1e-11)


def test_means_of_ln_x_plus_1_come_back_with_the_one_taken_off() -> None:
    values = np.array([0.12, 0.35, 0.48, 0.80, 1.31])
    assert back_transformed(Transform.LN_X_PLUS_1, float(np.log1p(values).mean())) == pytest.approx(0.562211, abs=5e-7)
    assert back_transformed(Transform.SQRT, float(np.sqrt(values).mean())) == pytest.approx(0.538703, abs=5e-7)


def test_changes_that_rounding_pulls_apart_are_still_ties() -> None:
    changes = np.array([0.3 - 0.1, 0.2, 0.5 - 0.3, -0.4])
    assert doubled_mid_ranks(np.abs(changes)).tolist() == [4, 4, 4, 8]


def test_everybody_with_the_same_change_has_a_p_but_no_interval_without_width() -> None:
    result = estimated("signed_rank", only([0.5] * 10))
    assert result.p is not None
    assert result.p.value == pytest.approx(2 / 1024)
    assert (result.value, result.interval) == (0.5, None)
    (words,) = result.warnings
    assert words == (
        "No interval is given: everybody who changed has the same change, so its two limits would be the same number, "
        "which says nothing of chance."
    )


def test_everybody_with_the_same_change_has_no_sign_flip_interval_either() -> None:
    result = estimated("sign_flip", only([0.5] * 10))
    assert (result.value, result.interval) == (0.5, None)
    assert any(words.startswith("No interval is given: everybody has the same value") for words in result.warnings)


def test_one_person_in_each_arm_has_no_interval_that_holds_nothing() -> None:
    result = estimated("rank_sum", cases([("C", None, 1.0), ("T", None, 3.0)]))
    assert (result.value, result.interval) == (2.0, None)
    assert (
        "No interval is given: with 2 people no two limits would hold what is estimated with any probability."
        in result.warnings
    )
    assert not any("is given." in words for words in result.warnings if "widest" in words)


def test_one_person_who_changed_among_those_who_did_not_has_no_interval() -> None:
    result = estimated("signed_rank", only([0.0, 0.0, 1.0]))
    assert (result.value, result.interval) == (0.25, None)
    assert (
        "No interval is given: with 1 person whose change is other than zero no two limits would hold what is estimated "
        "with any probability."
    ) in result.warnings


@pytest.mark.parametrize(
    ("method", "chosen"),
    [
        ("rank_sum", {}),
        ("win_ratio", {"measure": "net_benefit"}),
        ("rerandomisation", {}),
        ("rerandomisation", {"statistic": "ranks"}),
        ("rerandomisation", {"statistic": "trimmed_means", "level": 0.8}),
    ],
)
def test_arms_in_which_everybody_is_alike_have_a_p_but_no_interval_without_width(
    method: str, chosen: dict[str, object]
) -> None:
    allocated = tuple("CT" * 4)
    rows = tuple(
        Case(f"P{slot}", arm, slot, None, 3.0 if arm == "T" else 1.0) for slot, arm in enumerate(allocated, start=1)
    )
    people = Cases(rows, "nmol/L", ("C", "T"), "C", Scheme.of(("C", "T"), (1, 1), "complete"), allocated)
    result = estimated(method, people, **chosen)
    assert result.p is not None
    assert result.interval is None
    assert any(words.startswith("No interval is given: ") for words in result.warnings)


def test_limits_that_are_one_number_or_hold_nothing_are_no_interval() -> None:
    assert interval_with_width(1.0, 1.0, 0.95) is None
    assert interval_with_width(1.0, 1.0 + 1e-9, 0.95, rounding=1e-6) is None
    assert interval_with_width(1.0, 2.0, 0.95, 0.0) is None
    assert interval_with_width(1.0, 2.0, 0.95, 0.5) == Interval(1.0, 2.0, 0.95, 0.5)


def test_sign_flips_of_four_people_cannot_reach_the_level() -> None:
    result = estimated("sign_flip", only([0.1, 0.2, 0.3, 0.4]))
    assert result.p is not None
    assert result.p.value == pytest.approx(2 / 16)
    assert result.interval is None
    assert any("cannot reach" in words for words in result.warnings)


def test_sign_flip_limits_by_hand() -> None:
    """Two people, d = 1 and 3, at level 0.4: the pattern (+, -) ties with (+, +) when a change is 1 or 3 off."""
    result = estimated("sign_flip", only([1.0, 3.0]), level=0.4)
    assert result.interval is not None
    assert (result.interval.lower, result.interval.upper) == pytest.approx((1.0, 3.0))


def test_thirty_people_are_sign_flipped_in_every_pattern() -> None:
    """Of 2^30 patterns only the one seen and its mirror image are as far out; the values lie evenly about 1.55."""
    result = estimated("sign_flip", only([0.1 * i for i in range(1, 31)]))
    assert result.p is not None
    assert result.p.exact
    assert result.p.value == 2 / 2**30
    assert result.interval is not None
    assert result.interval.lower + result.interval.upper == pytest.approx(2 * 1.55)


def test_many_people_are_sign_flipped_by_sampling() -> None:
    result = estimated("sign_flip", only([0.1 * i for i in range(1, 32)]), draws=999)
    assert result.p is not None
    assert not result.p.exact
    assert result.p.value == pytest.approx(1 / 1000)


def test_a_proportion_needs_outcomes_of_nought_or_one() -> None:
    assert "neither 0" in refused("clopper_pearson", cases([("only", None, 0.5)], ("only",)))
    assert refused("clopper_pearson", cases([], ("only",))) == "nobody is in the analysis set"
    result = estimated("clopper_pearson", cases([("only", None, 0.0)], ("only",)))
    assert result.value == 0
    assert result.interval is not None
    assert result.interval.upper == pytest.approx(0.975)


def test_equal_values_within_arms_leave_no_spread_for_a_t_test() -> None:
    people = cases([("T", None, 1.0), ("T", None, 1.0), ("C", None, 0.5), ("C", None, 0.5)])
    assert "no spread" in refused("difference", people)
    assert "no spread" in refused("difference", people, spread="welch")


@pytest.mark.parametrize("name", ["ancova", "clopper_pearson", "difference", "rank_sum", "sign_flip", "signed_rank"])
def test_settings_with_a_typing_error_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="levle"):
        load_method(name).parse({"levle": 0.9})
    with pytest.raises(InputError, match="got 0"):
        load_method(name).parse({"level": 0})


def test_a_printed_case_does_not_show_the_arm() -> None:
    case = Case("P1", "active", 1, 0.5, 0.4)
    people = Cases((case,), "nmol/L", ("active", "sham"), "sham", None, ("active",))
    assert "'active'" not in repr(case)
    assert "allocated" not in repr(people)


@pytest.mark.parametrize(
    "rows",
    [
        (Case("P1", "T", 1, None, 1.0), Case("P1", "C", 2, None, 1.0)),
        (Case("P1", "T", 1, None, 1.0), Case("P2", "T", 1, None, 1.0)),
        (Case("P1", "T", 2, None, 1.0),),
        (Case("P1", "T", 0, None, 1.0),),
        (Case("P1", "X", None, None, 1.0),),
    ],
)
def test_people_who_do_not_fit_the_list_are_a_fault_that_names_no_arm(rows: tuple[Case, ...]) -> None:
    with pytest.raises(Fault) as caught:
        Cases(rows, "nmol/L", ("T", "C"), "C", None, ("T", "C"))
    assert '"T"' not in str(caught.value)


def test_no_result_holds_a_number_that_is_none() -> None:
    with pytest.raises(Fault):
        Case("P1", "T", None, float("nan"), 1.0)
    with pytest.raises(Fault):
        Interval(0.0, float("inf"), 0.95)
    with pytest.raises(Fault):
        Interval(1.0, 0.0, 0.95)
    with pytest.raises(Fault):
        PValue(0.0, exact=False)
    with pytest.raises(Fault):
        Estimate("l", "e", "m", float("nan"), "u", None, None, {})


def test_results_become_json_objects() -> None:
    estimate = Estimate("month 24", "mean", "m", 1.5, "nmol/L", Interval(1, 2, 0.95), PValue(0.5, exact=True), {"T": 3})
    assert estimate.as_json()["interval"] == {"lower": 1, "upper": 2, "nominal": 0.95, "attained": None}
    assert estimate.as_json()["p"] == {"value": 0.5, "sides": "two-sided", "exact": True, "smallest_reachable": None}
    absent = NotEstimable("month 24", "m", "nobody", {"T": 0}, (("P1", "visit missed"),))
    assert absent.as_json() == {
        "estimable": False,
        "label": "month 24",
        "method": "m",
        "reason": "nobody",
        "n_used": {"T": 0},
        "left_out": [{"participant": "P1", "reason": "visit missed"}],
    }
