"""Re-randomisation at its largest: a million lists of sixty people, and all lists of ten against ten, beside R's coin
and SciPy, and beside the time that drawing the random numbers and reading the tables takes by itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from time import perf_counter, sleep
from typing import Final

import numpy as np
from scipy import stats

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate
from armlet.analysis.transforms import Floats
from bench.timing import Row, Scale, Work, alone, repeated, seconds

R_SCRIPT: Final = """
suppressMessages(library(coin)); v <- as.numeric(commandArgs(TRUE)); draws <- v[1]; v <- v[-1]; n <- length(v) / 3
y <- v[1:n]; b <- v[n + 1:n]; a <- factor(v[2 * n + 1:n], levels = c(1, 0)); set.seed(1)
if (draws > 0) y <- residuals(lm(y ~ b))
law <- if (draws > 0) approximate(nresample = draws) else "exact"
test <- function() pvalue(oneway_test(y ~ a, distribution = law))
if (draws == 0) for (i in 1:100) test()
times <- if (draws > 0) 1 else 300
elapsed <- system.time(for (i in 1:times) p <- test())[["elapsed"]] / times
cat(elapsed, p[1])
"""


def rows(scale: Scale) -> Iterator[Row]:
    """Sampling, enumeration, and the limit of the first."""
    draws = 20_000 if scale.is_smoke else 1_000_000
    schemes = {
        "one urn": Scheme.of("ab", (1, 1), "random_allocation", {"n": 60}),
        "coin": Scheme.of("ab", (1, 1), "complete"),
        "blocks of 4": Scheme.of("ab", (1, 1), "permuted_blocks", {"block": 4}),
    }
    has_coin = _has_coin()
    for name, scheme in schemes.items():
        cases = _cases(scheme, 60)
        work, p = _test(cases, statistic="ancova_t", draws=draws - 1, interval=False)
        size = f"n 60, {draws:,} lists, {name}"
        if has_coin and name == "one urn":
            yield _beside_r(scale, "ANCOVA re-randomised, p", size, work, p, cases, draws)
        yield _beside_scipy(scale, size, work, p, cases, draws)
        both, _ = _test(cases, statistic="ancova_t", draws=draws - 1)
        yield Row("the same with its interval", size, alone(scale, both))
    yield _limit(scale, draws)
    cases = _cases(Scheme.of("ab", (1, 1), "random_allocation", {"n": 20}), 20)
    work, p = _test(cases, interval=False)
    if has_coin:
        yield _beside_r(scale, "exact difference in means, p", "C(20, 10)", work, p, cases, 0)
    yield Row("the same with its interval", "C(20, 10)", alone(scale, _test(cases)[0]))


def _cases(scheme: Scheme, number: int) -> Cases:
    """Invented people, the arms in turn: whatever the scheme, it could have made that list."""
    rng = np.random.default_rng(7)
    arms = tuple("ab"[index % 2] for index in range(number))
    baseline = rng.normal(1.0, 0.4, number)
    values = 0.3 + 0.5 * baseline + rng.normal(0.0, 0.3, number) + 0.15 * np.array([arm == "b" for arm in arms])
    people = tuple(
        Case(f"P{slot}", arm, slot, float(before), float(after))
        for slot, (arm, before, after) in enumerate(zip(arms, baseline, values, strict=True), start=1)
    )
    return Cases(people, "nmol/L", ("a", "b"), "a", scheme, arms)


def _test(cases: Cases, **settings: object) -> tuple[Work, float]:
    """The whole estimate, from cases to result, and its p."""
    method = load_method("rerandomisation")
    parsed = method.parse(settings)
    result = method.estimate(cases, parsed, "")
    assert isinstance(result, Estimate)
    assert result.p is not None
    return lambda: method.estimate(cases, parsed, ""), result.p.value


def _columns(cases: Cases) -> tuple[Floats, Floats, Floats]:
    values = np.array([row.outcome for row in cases.rows], dtype=float)
    baselines = np.array([row.baseline for row in cases.rows], dtype=float)
    return values, baselines, np.array([row.arm == "b" for row in cases.rows], dtype=float)


def _beside_scipy(scale: Scale, size: str, work: Work, p: float, cases: Cases, draws: int) -> Row:
    """SciPy pairs arms with people anew; the statistic is written for many lists at once."""
    values, baselines, arm = _columns(cases)
    frame, _ = np.linalg.qr(np.column_stack([np.ones_like(baselines), baselines]))
    residuals = values - frame @ (frame.T @ values)

    def statistic(assigned: Floats, axis: int = -1) -> Floats:
        table = np.moveaxis(assigned, axis, -1)
        left = table.sum(axis=-1) - ((table @ frame) ** 2).sum(axis=-1)
        found: Floats = (table @ residuals) / np.sqrt(left)
        return found

    def peer() -> float:
        found = stats.permutation_test(
            (arm,), statistic, permutation_type="pairings", n_resamples=draws, vectorized=True, batch=20_000, rng=1
        )
        return float(found.pvalue)

    ours, theirs, found = [], [], 0.0
    many = repeated(work, scale)
    for _ in range(min(scale.repeats, 3)):
        started = perf_counter()
        found = peer()
        theirs.append(perf_counter() - started)
        sleep(0.2)  # the peer's matrix products leave threads that spin for a while and hold a processor
        work()
        ours.append(seconds(work, many))
    note = "SciPy permutes freely, whatever the scheme"
    return _beside("permutation_test", size, (ours, theirs), (p, found), note)


def _beside(peer: str, size: str, times: tuple[list[float], list[float]], p: tuple[float, float], note: str) -> Row:
    """A row of two p-values, from times taken in turns, each warm."""
    ours, theirs = times
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    shortest = min(theirs) / min(ours)
    note = f"p {p[0]:.5f} and {p[1]:.5f}; peer / armlet {1 / ratio:.1f}, of the shortest times {shortest:.1f}; {note}"
    return Row("ANCOVA re-randomised, p", size, median(ours), peer, median(theirs), ratio, note)


def _has_coin() -> bool:
    program = shutil.which("Rscript")
    if program is None:
        return False
    asked = subprocess.run([program, "-e", "library(coin)"], capture_output=True, check=False)
    return asked.returncode == 0


def _beside_r(scale: Scale, what: str, size: str, work: Work, p: float, cases: Cases, draws: int) -> Row:
    """R times itself, without its start; the two take turns, each warm and short work done many times."""
    program = shutil.which("Rscript") or "Rscript"
    typed = [repr(float(value)) for column in _columns(cases) for value in column]
    ours, theirs, found = [], [], ""
    many = repeated(work, scale)
    for _ in range(scale.repeats):
        work()
        ours.append(seconds(work, many))
        printed = subprocess.run(
            [program, "-e", R_SCRIPT, str(draws), *typed], capture_output=True, text=True, check=True
        ).stdout.split()
        theirs.append(float(printed[0]))
        found = printed[1]
    row = _beside("R coin", size, (ours, theirs), (p, float(found)), "R by its own clock")
    return replace(row, what=what)


def _limit(scale: Scale, draws: int) -> Row:
    """Two random numbers a list, and four rows of two numbers fetched from tables that the cache holds."""
    chance, table = np.random.Generator(np.random.SFC64(1)), np.zeros((2**15, 2))
    size = 2**13
    uniform, fetched = np.empty(size), np.empty((size, 2))
    places = np.random.default_rng(1).integers(0, 6435, size)

    def draw() -> None:
        for _ in range(2 * draws // size):
            chance.random(out=uniform)

    def fetch() -> None:
        for _ in range(4 * draws // size):
            table.take(places, axis=0, out=fetched, mode="clip")

    drawing, fetching = alone(scale, draw), alone(scale, fetch)
    note = (
        f"random numbers {drawing * 1e3:.1f} ms, tables {fetching * 1e3:.1f} ms, on one processor; "
        "armlet draws streams beside each other on all of them"
    )
    return Row("limit of one urn: numbers and tables alone", f"{draws:,} lists", drawing + fetching, note=note)
