"""Multiple imputation and tipping point: what they come to, what moves no draw, and what these people cannot answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.analysis.imputation import Assumption, Courses, Spread, choose_model, impute
from armlet.analysis.rubin import Pooled, pool
from armlet.errors import InputError

VISITS = ("m1", "m2", "m3")


def drawn(people: int = 20, missing: float = 0.2, seed: int = 8, *, inside: bool = False) -> Cases:
    """Courses that fall; who has a gap has none of the later values, unless gaps inside are asked for."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        base = chance.normal(5, 1)
        level = 0.7 * base + chance.normal(0, 0.5)
        arm = "cells" if number % 2 else "sham"
        values = [level + 0.4 * at * (arm == "cells") + chance.normal(0, 0.4) for at in range(3)]
        gone = np.array([chance.random() < missing for _ in values])
        gone = gone if inside else np.logical_or.accumulate(gone)
        course = tuple(None if out else value for out, value in zip(gone, values, strict=True))
        rows.append(Case(f"P{number:02d}", arm, None, base, course[-1], "", course))
    return Cases(tuple(rows), "nmol/L", ("cells", "sham"), "sham", visits=VISITS, visit="m3")


def run(cases: Cases, method: str = "multiple_imputation", **settings: object) -> Result:
    return load_method(method).run(cases, settings, "label")


def found(cases: Cases, method: str = "multiple_imputation", **settings: object) -> Estimate:
    result = run(cases, method, **settings)
    assert isinstance(result, Estimate), result
    return result


def reason(cases: Cases, method: str = "multiple_imputation", **settings: object) -> str:
    result = run(cases, method, **settings)
    assert isinstance(result, NotEstimable), result
    return result.reason


def numbers(one: Estimate) -> list[float]:
    assert one.interval is not None
    assert one.p is not None
    return [one.value, one.interval.lower, one.interval.upper, one.p.value]


def number(one: Estimate, name: str) -> float:
    value = one.detail(name)
    assert not isinstance(value, str)
    return value


# --- Rubin's rules --------------------------------------------------------------------------------------------------


def test_rubins_rules_worked_by_hand() -> None:
    pooled = pool(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]), complete_df=7)
    assert (pooled.value, pooled.within, pooled.between) == (2.0, 1.0, 1.0)
    assert pooled.variance == pytest.approx(7 / 3, abs=1e-12)
    assert pooled.missing == pytest.approx(4 / 7, abs=1e-12)
    # two draws' worth over the squared share is 6.125; eight tenths of seven, of which three sevenths are seen, is 2.4
    assert pooled.df == pytest.approx(6.125 * 2.4 / 8.525, abs=1e-12)
    assert pooled.monte_carlo_error == pytest.approx(3**-0.5, abs=1e-12)


def test_where_nothing_varies_the_degrees_of_freedom_are_those_of_the_data() -> None:
    assert Pooled(1.0, 2.0, 0.0, 50, complete_df=7, monte_carlo_error=0.0).df == 7


# --- Multiple imputation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumption", [one.value for one in Assumption])
def test_without_a_gap_at_the_visit_it_is_the_analysis_of_covariance(assumption: str) -> None:
    cases = drawn(missing=0)
    rows = (replace(cases.rows[0], course=(None, *cases.rows[0].course[1:])), *cases.rows[1:])
    expected = numbers(found(cases, "ancova"))
    for one in (cases, replace(cases, rows=rows)):
        result = found(one, assumption=assumption)
        assert numbers(result) == pytest.approx(expected, rel=1e-12)
        assert result.detail("imputations") == 0
        assert result.warnings[0].startswith("Nothing was missing")


def test_so_many_are_drawn_that_the_draws_matter_by_a_hundredth_of_the_standard_error() -> None:
    result = found(drawn())
    assert 500 < number(result, "imputations") <= 20_000
    assert number(result, "Monte Carlo error, share of the standard error") <= 0.0101
    assert sum(result.n_used.values()) == 20


def test_few_imputations_say_how_far_the_draws_matter() -> None:
    warned = [words for words in found(drawn(), imputations=20).warnings if "Monte Carlo error" in words]
    assert len(warned) == 1
    assert "with another seed the estimate moves by about" in warned[0]


def test_the_seed_alone_decides_the_draws() -> None:
    cases = drawn(inside=True)
    first = numbers(found(cases, imputations=30, burn_in=5))
    assert numbers(found(cases, imputations=30, burn_in=5)) == first
    assert numbers(found(cases, imputations=30, burn_in=5, seed=2)) != first


def test_a_gap_inside_is_drawn_from_what_stands_on_both_sides() -> None:
    cases = drawn(people=30, missing=0)
    row = cases.rows[4]
    hidden = row.course[1]
    assert hidden is not None
    values = np.array([[one.baseline, *one.course] for one in cases.rows], dtype=np.float64)
    seen = np.ones_like(values, dtype=bool)
    seen[4, 2] = False
    values[4, 2] = 0
    arm = np.array([int(one.arm == "cells") for one in cases.rows])
    courses = Courses(values, seen, arm, reference=0)
    model = choose_model(courses, Spread.SHARED, ("baseline", *VISITS))
    assert not isinstance(model, str)
    completed = next(impute(courses, model, Assumption.MISSING_AT_RANDOM, 4_000, np.random.default_rng(1), burn_in=20))
    assert not isinstance(completed, str)
    assert np.array_equal(completed[:, seen], np.broadcast_to(values[seen], (4_000, int(seen.sum()))))
    # what least squares expects from baseline, the visits before and after, and the arm
    others = [place for place in range(30) if place != 4]
    design = np.column_stack([np.ones(30), arm, values[:, [0, 1, 3]]])
    line = np.linalg.lstsq(design[others], values[others, 2], rcond=None)[0]
    away = completed[:, 4, 2]
    assert float(away.mean()) == pytest.approx(float(design[4] @ line), abs=0.2 * float(away.std()))
    assert abs(hidden - float(away.mean())) < 3 * float(away.std())


def test_the_next_block_of_the_same_chains_is_drawn_anew() -> None:
    """With one gap a chain forgets at once, so that two blocks are as good as unrelated."""
    cases = drawn(people=30, missing=0)
    values = np.array([[one.baseline, *one.course] for one in cases.rows], dtype=np.float64)
    seen = np.ones_like(values, dtype=bool)
    seen[4, 2] = False
    arm = np.array([int(one.arm == "cells") for one in cases.rows])
    courses = Courses(np.where(seen, values, 0.0), seen, arm, reference=0)
    model = choose_model(courses, Spread.SHARED, ("baseline", *VISITS))
    assert not isinstance(model, str)
    blocks = impute(courses, model, Assumption.MISSING_AT_RANDOM, 500, np.random.default_rng(1), burn_in=10)
    first, second, third = (block[:, 4, 2] for block in islice(blocks, 3) if not isinstance(block, str))
    for one, other in ((first, second), (second, third)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(500)
        assert other.std() == pytest.approx(one.std(), rel=0.2)


def test_the_monte_carlo_error_holds_where_blocks_of_the_same_chains_are_alike() -> None:
    """A third of the values before the last is missing: what 12 people leave unknown a chain forgets but slowly."""
    cases = drawn(people=12, missing=0)
    values = np.array([[one.baseline, *one.course] for one in cases.rows], dtype=np.float64)
    seen = np.ones_like(values, dtype=bool)
    seen[::3, 1] = seen[1::3, 2] = False
    arm = np.array([int(one.arm == "cells") for one in cases.rows])
    courses = Courses(np.where(seen, values, 0.0), seen, arm, reference=0)
    model = choose_model(courses, Spread.SHARED, ("baseline", *VISITS))
    assert not isinstance(model, str)
    means, errors, careless = [], [], []
    for seed in range(50):
        blocks = impute(courses, model, Assumption.MISSING_AT_RANDOM, 40, np.random.default_rng(seed), burn_in=25)
        drawings = np.concatenate([block[:, 0, 1] for block in islice(blocks, 6) if not isinstance(block, str)])
        pooled = pool(drawings, np.ones(240), 9, chains=40)
        means.append(pooled.value)
        errors.append(pooled.monte_carlo_error)
        careless.append(pool(drawings, np.ones(240), 9).monte_carlo_error)
    spread = float(np.std(means, ddof=1))
    assert float(np.mean(errors)) == pytest.approx(spread, rel=0.4)  # four errors of a spread of 50
    assert float(np.mean(careless)) < 0.8 * spread


def test_a_missing_baseline_is_imputed_and_nobody_with_a_value_is_left_out() -> None:
    cases = drawn()
    nothing = replace(cases.rows[0], baseline=None, course=(None,) * 3, outcome=None, why_missing="withdrew")
    rows = (nothing, replace(drawn(missing=0).rows[1], baseline=None), *cases.rows[2:])
    result = found(replace(cases, rows=rows), imputations=50, burn_in=10)
    assert result.left_out == (("P00", "withdrew"),)
    assert result.n_used == {"cells": 10, "sham": 9}


def test_later_visits_count_only_where_somebody_has_one_and_lacks_an_earlier() -> None:
    cases = drawn()
    early = replace(cases, visit="m1", rows=tuple(replace(row, outcome=row.course[0]) for row in cases.rows))
    assert found(early, imputations=20).detail("earlier visits in each regression, at most") == 0
    back = tuple(
        replace(row, course=(None, *row.course[1:]), outcome=None) if row.participant == "P03" else row
        for row in early.rows
    )
    assert back[3].course[2] is not None
    assert (
        found(replace(early, rows=back), imputations=20, burn_in=5).detail("earlier visits in each regression, at most")
        == 2
    )


def test_an_assumption_about_the_reference_draws_the_estimate_towards_no_difference() -> None:
    cases = drawn(people=40, missing=0.25)
    at_random = found(cases, imputations=400).value
    jumped = found(cases, imputations=400, assumption="jump to reference")
    increments = found(cases, imputations=400, assumption="copy increments in reference").value
    assert jumped.value < increments < at_random
    assert any("reference arm does" in words for words in jumped.warnings)


def test_an_arm_of_its_own_covariance_needs_people_of_its_own() -> None:
    assert "too few to impute from" in reason(drawn(people=8), covariance="by arm")
    assert found(drawn(people=40), covariance="by arm", imputations=100).value == pytest.approx(
        found(drawn(people=40), imputations=100).value, abs=0.15
    )


def test_few_people_have_fewer_earlier_visits_in_the_regressions_and_are_told() -> None:
    result = found(drawn(people=8, missing=0.1), imputations=50)
    assert number(result, "earlier visits in each regression, at most") < 2
    assert any("too few people for the covariance of all 3 visits" in words for words in result.warnings)


def test_a_delta_moves_the_estimate_as_if_the_imputed_outcomes_were_moved() -> None:
    cases = drawn()
    plain, moved = found(cases, imputations=50), found(cases, imputations=50, delta=-1.0)
    other = found(cases, imputations=50, delta=-1.0, delta_arms="reference")
    both = found(cases, imputations=50, delta=-1.0, delta_arms="both")
    assert moved.value < plain.value < other.value
    assert moved.value + other.value == pytest.approx(plain.value + both.value, abs=1e-12)
    assert moved.detail("delta") == -1.0


def test_what_these_people_cannot_answer_is_said() -> None:
    cases = drawn()
    assert reason(replace(cases, rows=())) == "nobody is in the analysis set"
    assert "1 person" in reason(replace(cases, rows=cases.rows[:3]))
    few = drawn(people=6, missing=0)
    one_gone = replace(few.rows[0], course=(*few.rows[0].course[:2], None), outcome=None)
    assert "too few to impute from" in reason(replace(few, rows=(one_gone, *few.rows[1:])))
    gone = tuple(replace(row, course=(None,) * 3, outcome=None) if row.arm == "cells" else row for row in cases.rows)
    assert reason(replace(cases, rows=gone)) == 'arm "cells" has nobody with a value at this visit'
    flat = tuple(replace(row, course=tuple(None if v is None else 3.0 for v in row.course)) for row in cases.rows)
    assert "no spread to impute with" in reason(replace(cases, rows=flat))
    copied = tuple(replace(row, course=(row.baseline, row.course[1], row.course[2])) for row in cases.rows)
    assert "exactly on a line" in reason(replace(cases, rows=copied), imputations=10, burn_in=2)
    assert "needs the values of every visit" in reason(replace(cases, visit="m9"))
    negative = (replace(cases.rows[0], baseline=-2.0), *cases.rows[1:])
    assert "ln(x+1) needs values above -1" in reason(replace(cases, rows=negative), transform="ln(x+1)")


def test_settings_that_do_not_fit_are_all_named() -> None:
    with pytest.raises(InputError) as raised:
        run(drawn(), assumption="at random", imputations=1, delta="much", draws=3)
    assert [issue.where.rpartition("/")[2] for issue in raised.value.issues] == [
        "draws",
        "assumption",
        "imputations",
        "delta",
    ]


# --- Tipping point --------------------------------------------------------------------------------------------------


def p_at(cases: Cases, delta: float) -> float:
    result = found(cases, imputations=50, delta=delta)
    assert result.p is not None
    return result.p.value


def test_at_the_tipping_point_p_is_the_level_and_beyond_it_the_other_side() -> None:
    cases = drawn(people=30)
    result = found(cases, "tipping_point", imputations=50)
    assert result.p is not None
    assert result.p.value < 0.05
    down = number(result, "tipping point, downwards")
    assert down < 0
    assert p_at(cases, down) == pytest.approx(0.05, abs=1e-9)
    assert p_at(cases, down * 0.999) < 0.05 < p_at(cases, down * 1.001)
    assert numbers(result) == pytest.approx(numbers(found(cases, imputations=50)), rel=1e-12)


def test_the_grid_is_what_each_delta_gives() -> None:
    cases = drawn(people=30)
    result = found(cases, "tipping_point", imputations=50, step="0.25", steps=2)
    for delta in ("-0.5", "-0.25", "0", "0.25", "0.5"):
        assert number(result, f"p at delta {delta}") == pytest.approx(p_at(cases, float(delta)), rel=1e-9)


def test_where_no_shift_changes_the_conclusion_it_says_so() -> None:
    cases = drawn(people=60, missing=0.02, seed=3)
    rows = tuple(
        replace(row, course=tuple(None if v is None else v + 9 * (row.arm == "cells") for v in row.course))
        for row in cases.rows
    )
    result = found(replace(cases, rows=rows), "tipping_point", imputations=50)
    assert "none" in str(result.detail("tipping point, upwards"))


def test_without_an_imputed_outcome_there_is_nothing_to_tip() -> None:
    assert "nothing to tip" in reason(drawn(missing=0), "tipping_point")
