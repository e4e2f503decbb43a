"""Values of a size, a number or an order that nobody thought of: what the estimators make of them, and in which words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.analysis.methods.sign_flip import drawn_sums
from armlet.analysis.transforms import BEYOND, Transform, back_transformed

Rows = Sequence[tuple[str, float | None, float | None]]


def cases(rows: Rows, arms: tuple[str, ...] = ("T", "C"), scheme: Scheme | None = None) -> Cases:
    people = tuple(Case(f"P{slot}", arm, slot, before, after) for slot, (arm, before, after) in enumerate(rows, 1))
    allocated = tuple(arm for arm, _, _ in rows) if scheme else ()
    return Cases(people, "nmol/L", arms, arms[-1], scheme, allocated)


def run(method: str, people: Cases, **settings: object) -> Result:
    return load_method(method).run(people, settings, "label")


def estimated(method: str, people: Cases, **settings: object) -> Estimate:
    result = run(method, people, **settings)
    assert isinstance(result, Estimate), result
    return result


def test_limits_without_measure_are_refused_or_said_in_words() -> None:
    """Two people an arm and a spread for each leave next to no degrees of freedom; values of any size wide limits."""
    assert back_transformed(Transform.LN_X_PLUS_1, 709.0) == pytest.approx(8.2184e307, rel=1e-4)
    assert back_transformed(Transform.LN_X_PLUS_1, 710.0) == BEYOND == "beyond every number"
    rows: Rows = [("C", 5.0, 2.0), ("C", 2.0, 4.0), ("T", 6.0, 4.0), ("T", 0.0, 6.0)]
    refusal = run("ancova", cases(rows), transform="ln(x+1)", spread="by arm", level=0.8)
    assert isinstance(refusal, NotEstimable)
    assert refusal.reason.startswith("so few people leave less than 0.5 degrees of freedom")
    wide = estimated(
        "ancova", cases([("C", 0, 1), ("C", 1, 1e30), ("T", 0.5, 1e30), ("T", 2, 3)]), transform="ln(x+1)", level=0.99
    )
    assert wide.detail("degrees of freedom") == 1
    assert wide.detail("adjusted mean, upper limit: T") == BEYOND


def test_baselines_far_from_zero_lose_no_digits() -> None:
    near: Rows = [
        ("T", 0.25, 1.5),
        ("T", 0.5, 1.0),
        ("T", 2.0, 3.0),
        ("C", 0.0, 0.5),
        ("C", 1.0, 0.75),
        ("C", 1.5, 2.0),
    ]
    far = [(arm, before + 2.0**30, after) for arm, before, after in near if before is not None]
    for spread in ("common", "by arm", "any"):
        one, other = (estimated("ancova", cases(rows), spread=spread) for rows in (near, far))
        assert (other.value, other.detail("standard error")) == pytest.approx(
            (one.value, one.detail("standard error")), rel=1e-9
        )


def test_thousands_of_people_who_all_changed_alike_have_a_p_above_nothing() -> None:
    rows: Rows = [("only", 0.0, 1.0)] * 1100
    result = estimated("sign_test", cases(rows, ("only",)))
    assert result.p is not None
    assert result.p.value == result.p.smallest_reachable == np.finfo(np.float64).tiny
    apart: Rows = [("T", None, 1.0), ("C", None, 0.0)] * 600
    exact = estimated("fisher", cases(apart)).p
    assert exact is not None
    assert exact.value == np.finfo(np.float64).tiny


def test_values_that_differ_beyond_reason_are_not_imputed_from() -> None:
    big, small = 1e30, 1e12
    rows = (
        ("A", 1e15, (-small, small)), ("A", -small, (big, None)), ("B", big, (small, big)), ("B", None, (3e14, 1e15)),
        ("B", big, (small, None)), ("B", small, (3e14, big)), ("A", big, (-small, 1e15)), ("A", small, (small, 3e14)),
        ("A", big, (-small, big)),
    )  # fmt: skip
    people = tuple(
        Case(f"P{place}", arm, None, before, course[-1], course=course)
        for place, (arm, before, course) in enumerate(rows)
    )
    asked = Cases(people, "1", ("A", "B"), "B", visits=("one", "two"), visit="two")
    result = run("tipping_point", asked, imputations=5, burn_in=5, delta_arms="reference")
    assert isinstance(result, NotEstimable)
    assert result.reason.startswith("the values of the visits differ too much in size")


def test_baselines_that_differ_beyond_reason_are_a_refusal_of_the_regression_with_a_limit() -> None:
    rows: Rows = [
        ("A", 1e12, 1e12), ("A", 1e12, -1e12), ("A", 1e12, 1e12), ("B", 1e15, 1e12), ("B", 1e30, -1e12),
        ("A", -1e12, 1e12),
    ]  # fmt: skip
    result = run("tobit", cases(rows, ("A", "B")), level=0.8)
    assert isinstance(result, NotEstimable)
    assert "differ so little that no regression can be computed" in result.reason


def test_drawn_signs_hang_neither_on_the_order_of_the_people_nor_on_the_portions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(3).normal(0.4, 1.0, 23)
    sums, signs = drawn_sums(values, 999, 1)
    assert sums[0] == pytest.approx(values.sum())
    assert (signs[0], sums.size) == (23, 1000)
    assert np.array_equal(drawn_sums(values[::-1], 999, 1)[0], sums)
    monkeypatch.setattr("armlet.analysis.methods.sign_flip.CELLS", 100)
    assert drawn_sums(values, 999, 1)[0] == pytest.approx(sums, abs=1e-12)


def test_the_estimate_by_ranks_is_in_its_interval_where_all_differences_count_as_the_same() -> None:
    values = (0.2, 0.1, 0.1, 0.1, 0.3, 0.3, 0.1 + 0.2, 0.1 + 0.2)
    arms = ("B", "B", "A", "A", "A", "B", "A", "B")
    scheme = Scheme.of(("A", "B"), (1, 1), "permuted_blocks", {"block": 4})
    rows: Rows = [(arm, None, value) for arm, value in zip(arms, values, strict=True)]
    result = estimated("rerandomisation", cases(rows, ("A", "B"), scheme), statistic="ranks", level=0.8)
    assert result.interval is not None
    assert result.interval.lower <= result.value <= result.interval.upper


@pytest.mark.parametrize("far", [0.0, 1e6, 1e9])
@pytest.mark.parametrize(
    ("method", "p"), [("rank_sum", 2 / 70), ("rerandomisation", 16 / 256), ("worst_rank", 16 / 256)]
)
def test_ranks_of_values_far_from_zero_are_those_of_the_values_near_it(far: float, method: str, p: float) -> None:
    """Four in each arm, 2^-7 apart, which is exact beside a thousand million; all of the one below all of the other.

    As extreme are the 14 lists that part low from high anywhere; the two that leave an arm empty count with them.
    """
    scheme = Scheme.of(("A", "B"), (1, 1), "complete", {})
    rows: Rows = [("AB"[place % 2], None, far + (place // 2 + 4 * (place % 2)) * 2.0**-7) for place in range(8)]
    settings: dict[str, object] = {"statistic": "ranks"} if method == "rerandomisation" else {}
    result = estimated(method, cases(rows, ("A", "B"), scheme), **settings)
    assert result.p is not None
    assert result.p.value == pytest.approx(p)


MANY: Rows = [
    ("A", None, 3.199), ("B", None, 1.741), ("A", None, 1.409), ("B", None, None), ("B", None, 1.305),
    ("A", None, 0.457), ("A", None, None), ("B", None, 1.875), ("A", None, None), ("B", None, 2.428),
    ("B", None, 0.545), ("A", None, 0.703), ("B", None, 0.87), ("B", None, 0.347), ("A", None, 1.912),
    ("A", None, 0.013), ("B", None, 1.278), ("B", None, 2.647), ("A", None, 0.141), ("A", None, 2.332),
    ("B", None, 0.767), ("A", None, 0.087),
]  # fmt: skip


@pytest.mark.parametrize("order", range(6))
def test_limits_from_thousands_of_lists_count_the_observed_list_and_its_mirror_image(order: int) -> None:
    """31,104 lists: at 0.5372 5 the weight of those as extreme is 0.50004, at 0.5373 0.49996, the mirror image counted.

    Both are sums over all lists, taken apart from the search for limits; what rounding makes of the mirror image's
    stretch hangs on the order of the people.
    """
    scheme = Scheme.of(("A", "B"), (1, 1), "permuted_blocks", {"block": 4})
    asked = cases(MANY, ("A", "B"), scheme)
    places = np.random.default_rng(order).permutation(len(MANY))
    turned = Cases(
        tuple(asked.rows[place] for place in places), "1", ("A", "B"), "B", scheme, tuple(arm for arm, _, _ in MANY)
    )
    result = estimated("rerandomisation", turned, level=0.5)
    assert result.detail("distinct allocations of the people observed") == 31104
    assert result.interval is not None
    assert result.interval.lower == pytest.approx(-0.53725, abs=1e-9)


TIED: Rows = [("B", 0.3, 0.1), ("A", 0.3, 0.2), ("B", 0.3, 0.4), ("A", 0.2, 0.1), ("A", 0.3, 0.5), ("B", 0.0, 0.7)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (2, 3, 5, 0, 4, 1), (2, 3, 1, 4, 5, 0)])
def test_lists_that_tie_at_a_limit_count_there_however_rounding_pulls_them_apart(order: tuple[int, ...]) -> None:
    scheme = Scheme.of(("A", "B"), (1, 1), "complete", {})
    asked = cases(TIED, ("A", "B"), scheme)
    turned = Cases(tuple(asked.rows[place] for place in order), "1", ("A", "B"), "B", scheme, asked.allocated)
    result = estimated("rerandomisation", turned, statistic="ancova_coefficient", level=0.8)
    assert result.interval is not None
    assert (result.interval.lower, result.interval.upper) == pytest.approx((-0.94, 0.985), abs=1e-9)
