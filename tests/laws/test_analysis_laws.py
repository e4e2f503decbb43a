"""Laws of every estimator: what labels, order, shifts and exchanged arms may and may not move.

Baselines come in quarters: people who differ by a hundredth only make an adjusted difference hang on the last digits.
"""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, Result

TWO_ARMS: list[tuple[str, dict[str, object]]] = [
    ("ancova", {}),
    ("ancova", {"spread": "any"}),
    ("ancova", {"transform": "ln(x+1)"}),
    ("difference", {}),
    ("difference", {"of": "change", "spread": "welch"}),
    ("multiple_imputation", {"imputations": 20}),
    ("multiple_imputation", {"imputations": 20, "assumption": "jump to reference", "transform": "ln(x+1)"}),
    ("rank_sum", {}),
    ("rank_sum", {"of": "change"}),
    ("rerandomisation", {}),
    ("rerandomisation", {"statistic": "change", "level": 0.8}),
    ("rerandomisation", {"statistic": "ancova_t", "level": 0.8, "transform": "ln(x+1)"}),
    ("rerandomisation", {"statistic": "ancova_coefficient", "level": 0.8}),
    ("tipping_point", {"imputations": 20, "delta_arms": "both"}),
    ("tobit", {}),
    ("tobit", {"limit": "0.5"}),
    ("win_ratio", {"measure": "net_benefit"}),
    ("rerandomisation", {"statistic": "ranks", "level": 0.7}),
    ("rerandomisation", {"statistic": "trimmed_means", "level": 0.7, "trim": 0.34}),
]
ONE_ARM: list[tuple[str, dict[str, object]]] = [
    ("signed_rank", {}),
    ("signed_rank", {"zeros": "pratt", "level": 0.8}),
    ("sign_flip", {"level": 0.8}),
]
EVERY = settings(max_examples=15, deadline=None)

values = st.integers(0, 300).map(lambda hundredths: hundredths / 100)
baselines = st.integers(0, 12).map(lambda quarters: quarters / 4)
people = st.lists(st.tuples(baselines, values, st.booleans()), min_size=6, max_size=8)


def two_arms(drawn: list[tuple[float, float, bool]], first: str = "T", second: str = "C") -> Cases:
    """People in blocks of two; one in six or so has no outcome."""
    allocated = [arm for _, _, turned in drawn[::2] for arm in ((second, first) if turned else (first, second))]
    rows = tuple(
        Case(f"P{slot}", arm, slot, before, None if after > 2.5 else after, "visit missed")
        for slot, (arm, (before, after, _)) in enumerate(zip(allocated, drawn, strict=False), start=1)
    )
    scheme = Scheme.of((first, second), (1, 1), "permuted_blocks", {"block": 2})
    return Cases(rows, "nmol/L", (first, second), second, scheme, tuple(allocated))


def one_arm(drawn: list[tuple[float, float, bool]]) -> Cases:
    return replace(two_arms(drawn, "T", "C"), arms=("T", "C"), scheme=None, allocated=())


def run(method: str, cases: Cases, chosen: dict[str, object]) -> Result:
    return load_method(method).run(cases, chosen, "label")


def numbers(result: Result) -> list[float]:
    """Value, limits and p, for comparison; nothing where it is not estimable."""
    if not isinstance(result, Estimate):
        return []
    limits = [result.interval.lower, result.interval.upper] if result.interval else []
    return [result.value, *limits, *([result.p.value] if result.p else [])]


def same(first: Result, second: Result) -> None:
    assert type(first) is type(second)
    assert numbers(first) == pytest.approx(numbers(second), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("method", "chosen"), TWO_ARMS)
@EVERY
@given(drawn=people, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_moves_nothing(
    method: str, chosen: dict[str, object], drawn: list[tuple[float, float, bool]], order: Random
) -> None:
    cases = two_arms(drawn)
    rows = list(cases.rows)
    order.shuffle(rows)
    same(run(method, cases, chosen), run(method, replace(cases, rows=tuple(rows)), chosen))


@pytest.mark.parametrize(("method", "chosen"), TWO_ARMS)
@EVERY
@given(drawn=people)
def test_the_names_of_the_arms_move_nothing(
    method: str, chosen: dict[str, object], drawn: list[tuple[float, float, bool]]
) -> None:
    same(run(method, two_arms(drawn), chosen), run(method, two_arms(drawn, "alpha", "zeta"), chosen))
    same(run(method, two_arms(drawn), chosen), run(method, two_arms(drawn, "zeta", "alpha"), chosen))


@pytest.mark.parametrize(("method", "chosen"), TWO_ARMS)
@EVERY
@given(drawn=people)
def test_the_order_of_the_arms_in_the_protocol_moves_nothing(
    method: str, chosen: dict[str, object], drawn: list[tuple[float, float, bool]]
) -> None:
    cases = two_arms(drawn)
    assert cases.scheme is not None
    turned = replace(cases, arms=("C", "T"), scheme=replace(cases.scheme, arms=("C", "T")))
    same(run(method, cases, chosen), run(method, turned, chosen))


@pytest.mark.parametrize(("method", "chosen"), [pair for pair in TWO_ARMS if "assumption" not in pair[1]])
@EVERY
@given(drawn=people)
def test_the_other_arm_as_reference_turns_the_sign(
    method: str, chosen: dict[str, object], drawn: list[tuple[float, float, bool]]
) -> None:
    cases = two_arms(drawn)
    first, second = run(method, cases, chosen), run(method, replace(cases, reference="T"), chosen)
    assert type(first) is type(second)
    if isinstance(first, Estimate) and isinstance(second, Estimate):
        assert second.value == pytest.approx(-first.value, rel=1e-9, abs=1e-9)
        assert (first.interval is None) == (second.interval is None)
        if first.interval and second.interval:
            assert second.interval.lower == pytest.approx(-first.interval.upper, rel=1e-9, abs=1e-9)
            assert second.interval.upper == pytest.approx(-first.interval.lower, rel=1e-9, abs=1e-9)
        assert first.p is not None
        assert second.p is not None
        assert second.p.value == pytest.approx(first.p.value, abs=1e-9)


@pytest.mark.parametrize(("method", "chosen"), [pair for pair in TWO_ARMS if not {"transform", "limit"} & set(pair[1])])
@EVERY
@given(drawn=people, constant=st.integers(-5, 5))
def test_a_constant_added_to_every_outcome_moves_no_difference(
    method: str, chosen: dict[str, object], drawn: list[tuple[float, float, bool]], constant: int
) -> None:
    cases = two_arms(drawn)
    rows = tuple(replace(row, outcome=None if row.outcome is None else row.outcome + constant) for row in cases.rows)
    same(run(method, cases, chosen), run(method, replace(cases, rows=rows), chosen))


@pytest.mark.parametrize(("method", "chosen"), TWO_ARMS + ONE_ARM)
@EVERY
@given(drawn=people)
def test_p_is_within_reach_and_the_interval_has_a_width_and_holds_the_estimate(
    method: str, chosen: dict[str, object], drawn: list[tuple[float, float, bool]]
) -> None:
    one_sample = (method, chosen) in ONE_ARM
    result = run(method, one_arm(drawn), {**chosen, "arm": "T"}) if one_sample else run(method, two_arms(drawn), chosen)
    if not isinstance(result, Estimate):
        assert result.reason
        return
    assert result.p is not None
    assert (result.p.smallest_reachable or 0) - 1e-12 <= result.p.value <= 1
    if result.interval:
        assert result.interval.lower < result.interval.upper
        assert result.interval.lower - 1e-9 <= result.value <= result.interval.upper + 1e-9


@pytest.mark.parametrize(("method", "chosen"), ONE_ARM)
@EVERY
@given(drawn=people)
def test_changes_with_the_other_sign_turn_the_estimate(
    method: str, chosen: dict[str, object], drawn: list[tuple[float, float, bool]]
) -> None:
    cases = one_arm(drawn)
    turned = tuple(
        row if row.outcome is None else replace(row, baseline=row.outcome, outcome=row.baseline) for row in cases.rows
    )
    first = run(method, cases, {**chosen, "arm": "T"})
    second = run(method, replace(cases, rows=turned), {**chosen, "arm": "T"})
    assert type(first) is type(second)
    if isinstance(first, Estimate) and isinstance(second, Estimate):
        assert second.value == pytest.approx(-first.value, rel=1e-9, abs=1e-9)
        assert first.p is not None
        assert second.p is not None
        assert second.p.value == pytest.approx(first.p.value, abs=1e-12)
        if first.interval and second.interval:
            assert second.interval.lower == pytest.approx(-first.interval.upper, rel=1e-9, abs=1e-9)


@EVERY
@given(drawn=people, shift=st.sampled_from([-0.5, 0.25, 1.0]), statistic=st.sampled_from(["difference", "ancova_t"]))
def test_a_true_shift_of_one_arm_moves_estimate_and_limits_with_it(
    drawn: list[tuple[float, float, bool]], shift: float, statistic: str
) -> None:
    cases = two_arms(drawn)
    moved = tuple(
        replace(row, outcome=row.outcome + shift) if row.outcome is not None and row.arm == "T" else row
        for row in cases.rows
    )
    chosen: dict[str, object] = {"statistic": statistic, "level": 0.7}
    first, second = run("rerandomisation", cases, chosen), run("rerandomisation", replace(cases, rows=moved), chosen)
    if isinstance(first, Estimate) and isinstance(second, Estimate):
        assert second.value == pytest.approx(first.value + shift, abs=1e-9)
        assert (first.interval is None) == (second.interval is None)
        if first.interval and second.interval:
            assert second.interval.lower == pytest.approx(first.interval.lower + shift, abs=1e-9)
            assert second.interval.upper == pytest.approx(first.interval.upper + shift, abs=1e-9)


@pytest.mark.parametrize("statistic", ["difference", "change", "ancova_t"])
@EVERY
@given(drawn=people)
def test_no_shift_is_in_the_interval_exactly_when_the_test_does_not_reject(
    statistic: str, drawn: list[tuple[float, float, bool]]
) -> None:
    result = run("rerandomisation", two_arms(drawn), {"statistic": statistic, "level": 0.7})
    if not isinstance(result, Estimate) or result.interval is None or result.p is None:
        return
    if min(abs(result.interval.lower), abs(result.interval.upper)) > 1e-9:
        assert (result.interval.lower < 0 < result.interval.upper) == (result.p.value > 0.3 + 1e-12)
