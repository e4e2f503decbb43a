"""Exact and model-based statistics against SciPy and NumPy, with the answers compared as well."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Final

import numpy as np
from scipy import stats

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.contrasts import adjusted_coefficient
from armlet.analysis.estimates import Estimate
from armlet.analysis.ranks import signed_rank_test
from armlet.analysis.sequences import drawn_sequences
from armlet.analysis.transforms import Floats
from bench.timing import Row, Scale, compare

DRAWS: Final = 9_999


def rows(scale: Scale) -> Iterator[Row]:
    """Re-randomisation, signed rank, analysis of covariance."""
    for number in scale.sizes(5, 10):
        yield _rerandomisation(scale, number, "exact")
    if not scale.is_smoke:
        yield _rerandomisation(scale, 30, f"{DRAWS} draws")
    for number in scale.sizes(10, 20, 40):
        yield _signed_rank(scale, number)
    yield _signed_rank_with_ties(scale)
    for number in scale.sizes(10, 60):
        yield _ancova(scale, number)
    yield _many_ancovas(scale, 200 if scale.is_smoke else 5_000)


def _cases(arm_size: int) -> Cases:
    """An invented trial in one block, so that the reference set is every way to choose half of the people."""
    number = 2 * arm_size
    scheme = Scheme(("a", "b"), (1, 1), "permuted_blocks", (("block", number),))
    allocated = tuple("ab"[index % 2] for index in range(number))
    rng = np.random.default_rng(7)
    values = rng.normal(1.0, 0.5, number) + 0.3 * np.array([arm == "b" for arm in allocated])
    baselines = rng.normal(1.0, 0.5, number)
    people = tuple(
        Case(f"P{index}", arm, index + 1, float(baseline), float(value))
        for index, (arm, baseline, value) in enumerate(zip(allocated, baselines, values, strict=True))
    )
    return Cases(people, "nmol/L", ("a", "b"), "a", scheme, allocated)


def _arms(cases: Cases) -> tuple[Floats, Floats]:
    values = {arm: [row.outcome for row in cases.rows if row.arm == arm] for arm in cases.arms}
    return np.array(values["b"], dtype=float), np.array(values["a"], dtype=float)


def _mean_difference(one: Floats, other: Floats, axis: int = -1) -> Floats:
    difference: Floats = np.mean(one, axis=axis) - np.mean(other, axis=axis)
    return difference


def _rerandomisation(scale: Scale, arm_size: int, how: str) -> Row:
    cases = _cases(arm_size)
    method, arms = load_method("rerandomisation"), _arms(cases)
    settings = method.parse({"draws": DRAWS, "most_sequences": 200_000})
    resamples = DRAWS if "draws" in how else 200_000

    def peer() -> float:
        rng = np.random.default_rng(1)
        found = stats.permutation_test(
            arms, _mean_difference, n_resamples=resamples, vectorized=True, alternative="two-sided", rng=rng
        )
        return float(found.pvalue)

    result = method.estimate(cases, settings, "")
    assert isinstance(result, Estimate)
    assert result.p is not None
    note = f"p {result.p.value:.6f} and {peer():.6f}; armlet's includes the interval"
    size = f"{arm_size} v {arm_size}, {how}"
    return compare(
        scale, "re-randomisation", size, lambda: method.estimate(cases, settings, ""), "permutation_test", peer, note
    )


def _signed_rank(scale: Scale, number: int) -> Row:
    changes = np.random.default_rng(number).normal(0.3, 1.0, number)

    def peer() -> float:
        return float(stats.wilcoxon(changes, method="exact").pvalue)

    note = f"p {signed_rank_test(changes, pratt=False).p:.6g} and {peer():.6g}"
    ours = partial(signed_rank_test, changes, pratt=False)
    return compare(scale, "exact signed rank, no ties", f"n {number}", ours, "wilcoxon(exact)", peer, note)


TIED: Final = np.array([1.0, -1, 2, 2, 0, 3, -2, 4, 1, 2])


def _signed_rank_with_ties(scale: Scale) -> Row:
    def peer() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(stats.wilcoxon(TIED, method="exact").pvalue)

    truth = _by_every_sign(TIED[TIED != 0])
    note = (
        f"p {signed_rank_test(TIED, pratt=False).p:.6g} and {peer():.6g}; all signs by hand {truth:.6g}: "
        "SciPy's exact method knows no ties, so the ratio says nothing"
    )
    ours = partial(signed_rank_test, TIED, pratt=False)
    return compare(scale, "exact signed rank, ties and a zero", f"n {TIED.size}", ours, "wilcoxon(exact)", peer, note)


def _by_every_sign(changes: Floats) -> float:
    """The two-sided p with neither program: every pattern of signs, one by one."""
    ranks = stats.rankdata(np.abs(changes))
    centre = ranks.sum() / 2
    seen = abs(ranks[changes > 0].sum() - centre)
    sums = [abs(float(np.dot(signs, ranks)) - centre) for signs in product((0, 1), repeat=changes.size)]
    return float(np.mean(np.array(sums) >= seen - 1e-9))


def _ancova(scale: Scale, arm_size: int) -> Row:
    cases = _cases(arm_size)
    method = load_method("ancova")
    settings = method.parse({})

    def peer() -> float:
        return _lstsq_p(cases)

    result = method.estimate(cases, settings, "")
    assert isinstance(result, Estimate)
    assert result.p is not None
    note = f"p {result.p.value:.6g} and {peer():.6g}; armlet's has adjusted means and their limits"
    size = f"{arm_size} v {arm_size}"
    return compare(
        scale, "analysis of covariance", size, lambda: method.estimate(cases, settings, ""), "numpy lstsq", peer, note
    )


def _design(cases: Cases) -> tuple[Floats, Floats]:
    baseline = np.array([row.baseline for row in cases.rows], dtype=float)
    arm = np.array([row.arm == "b" for row in cases.rows], dtype=float)
    values = np.array([row.outcome for row in cases.rows], dtype=float)
    return np.column_stack([np.ones_like(arm), baseline, arm]), values


def _lstsq_p(cases: Cases) -> float:
    design, values = _design(cases)
    coefficients, squares, *_ = np.linalg.lstsq(design, values, rcond=None)
    df = values.size - 3
    error = np.sqrt(float(squares[0]) / df * np.linalg.inv(design.T @ design)[2, 2])
    return float(2 * stats.t.sf(abs(coefficients[2] / error), df))


def _many_ancovas(scale: Scale, lists: int) -> Row:
    """The adjusted difference under many other allocations: in closed form, and by a fit for each."""
    cases = _cases(10)
    assert cases.scheme is not None
    design, values = _design(cases)
    table = drawn_sequences(cases.scheme, values.size, lists, 1).astype(np.int8)
    statistic = adjusted_coefficient(values, design[:, 1], design[:, 2])

    def peer() -> Floats:
        fits = np.empty(lists)
        for index, arm in enumerate(table):
            frame = np.column_stack([design[:, :2], arm])
            fits[index] = np.linalg.lstsq(frame, values, rcond=None)[0][2]
        return fits

    apart = float(np.abs(statistic(table).at_zero - peer()).max())
    note = f"largest difference of the two {apart:.1g}"
    size = f"10 v 10, {lists} lists"
    return compare(
        scale, "adjusted difference, many lists", size, lambda: statistic(table), "lstsq in a loop", peer, note
    )
