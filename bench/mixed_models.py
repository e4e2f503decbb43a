"""Mixed models for repeated measures and many analyses of covariance, beside R where Rscript is installed.

R's package mmrm is not in Debian 12: its times that are quoted in notes are from another run on another machine. R's own
clock times its fits, without its start; a smoke run starts no R. Where the public FEV data (R package mmrm, Apache-2.0)
do not lie beside the repository, the row says so.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate
from armlet.analysis.transforms import Floats
from bench.timing import Row, Scale, Work, alone, compare

FEV: Final = Path(__file__).parents[2] / "shared" / "oracles" / "fev_data.csv"
WHAT: Final = "mixed model, Kenward-Roger"
ELSEWHERE: Final = "R mmrm took {time} in another run on another machine"


def rows(scale: Scale) -> Iterator[Row]:
    """The FEV data, a thousand people at ten visits, ten thousand small trials."""
    if FEV.is_file():
        yield from _fev(scale)
    else:
        yield Row(WHAT, "FEV data", 0.0, note=f"not measured: {FEV.name} is not beside the repository")
    yield _many_people(scale, *((60, 4) if scale.is_smoke else (1_000, 10)))
    yield from _random_intercept(scale)
    yield _many_trials(scale, 100 if scale.is_smoke else 10_000)


def _fev(scale: Scale) -> Iterator[Row]:
    with FEV.open(newline="") as file:
        lines = list(csv.DictReader(file))
    visits, people = ("VIS1", "VIS2", "VIS3", "VIS4"), list[Case]()
    for who in dict.fromkeys(line["USUBJID"] for line in lines):
        own = {line["AVISIT"]: line for line in lines if line["USUBJID"] == who}
        course = tuple(None if own[at]["FEV1"] == "NA" else float(own[at]["FEV1"]) for at in visits)
        known = {name: own["VIS1"][name] for name in ("RACE", "SEX")}
        people.append(Case(who, own["VIS1"]["ARMCD"], None, None, course[-1], "no value", course, known))
    cases = Cases(tuple(people), "1", ("PBO", "TRT"), "PBO", visits=visits, visit="VIS4")
    settings: Mapping[str, object] = {"baseline": "none", "weights": "equal"}
    yield _beside_gls(
        scale, cases, settings, "FEV data, 197 people, 537 values", "y ~ RACE + SEX + arm * visit", "105 ms"
    )


def _many_people(scale: Scale, people: int, visits: int) -> Row:
    cases, settings = _drawn(people, visits, 0.05), {"baseline": "by visit"}
    size = f"{people} people x {visits} visits, drop-out, {visits * (visits + 1) // 2} parameters"
    if scale.is_smoke:
        return _beside_gls(scale, cases, settings, size, "y ~ base * visit + arm * visit", "90 s (1,000 x 10)")
    note = f"{_told(cases, settings)}; {ELSEWHERE.format(time='90 s')}; gls is not tried: it needs many minutes"
    return Row(WHAT, size, alone(scale, _work(cases, settings)), note=note)


def _random_intercept(scale: Scale) -> Iterator[Row]:
    cases, settings = _drawn(60, 4, 0.05), {"baseline": "common", "covariance": "compound symmetry"}
    script = _R_LMER if not scale.is_smoke and _has("lmerTest") and _has("pbkrtest") else None
    yield _beside_r(
        scale, cases, settings, "60 people x 4 visits, compound symmetry", script, "R lme4 + pbkrtest, Kenward-Roger"
    )


def _drawn(people: int, visits: int, lost: float) -> Cases:
    """Invented people whose values hang together over time; at each visit a share of them has left for good."""
    chance = np.random.default_rng(20261128)
    steps = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    lower = np.linalg.cholesky(0.3 * np.eye(visits) + 0.7 * 0.8**steps)
    baseline, names = chance.normal(size=people), tuple(f"v{at:02}" for at in range(visits))
    values = 0.6 * baseline[:, None] + chance.normal(size=(people, visits)) @ lower.T
    values += 0.1 * (np.arange(people) % 2)[:, None] * np.arange(visits)
    here = ~np.logical_or.accumulate(chance.random((people, visits)) < lost, axis=1)
    rows = []
    for number in range(people):
        course = tuple(float(v) if there else None for v, there in zip(values[number], here[number], strict=True))
        arm = "ab"[number % 2]
        rows.append(Case(f"P{number}", arm, None, float(baseline[number]), course[-1], "left", course))
    return Cases(tuple(rows), "1", ("a", "b"), "a", visits=names, visit=names[-1])


# --- Beside R -------------------------------------------------------------------------------------------------------

_R_HEAD: Final = """
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE); d$at <- as.integer(d$visit); d$arm <- relevel(d$arm, ref = REF)
clock <- function(work, times) { work(); t <- replicate(times, system.time(work())[["elapsed"]]); median(t) }
"""
_R_GLS: Final = (
    _R_HEAD
    + """
library(nlme)
work <- function() fit <<- gls(MODEL, d, correlation = corSymm(form = ~ at | id), weights = varIdent(form = ~ 1 | visit))
t <- clock(work, TIMES)
by <- as.numeric(names(coef(fit)) %in% c(ARM, LAST)); cat(t, sum(by * coef(fit)), sqrt(drop(by %*% vcov(fit) %*% by)))
"""
)
_R_LMER: Final = (
    _R_HEAD
    + """
suppressPackageStartupMessages({library(lmerTest); library(pbkrtest)})
work <- function() {
  fit <- lmer(y ~ base + arm * visit + (1 | id), d); by <- as.numeric(names(fixef(fit)) %in% c(ARM, LAST))
  found <<- contest1D(fit, by, ddf = "Kenward-Roger") }
t <- clock(work, TIMES); cat(t, found$Estimate, found[["Std. Error"]])
"""
)


def _has(package: str) -> bool:
    found = shutil.which("Rscript")
    if found is None:
        return False
    asked = subprocess.run([found, "-e", f"library({package})"], capture_output=True, check=False)  # noqa: S603
    return asked.returncode == 0


def _beside_gls(
    scale: Scale, cases: Cases, settings: Mapping[str, object], size: str, model: str, elsewhere: str
) -> Row:
    script = _R_GLS.replace("MODEL", model) if _has("nlme") and not scale.is_smoke else None
    peer = "R nlme::gls (no Kenward-Roger)"
    return _beside_r(scale, cases, settings, size, script, peer, ELSEWHERE.format(time=elsewhere))


def _beside_r(
    scale: Scale,
    cases: Cases,
    settings: Mapping[str, object],
    size: str,
    script: str | None,
    peer: str,
    elsewhere: str = "",
) -> Row:
    ours, told = alone(scale, _work(cases, settings)), _told(cases, settings)
    if script is None:
        note = "; ".join(words for words in (told, f"{peer}: not run here", elsewhere) if words)
        return Row(WHAT, size, ours, note=note)
    theirs, value, error = _run_r(script, cases, scale.repeats)
    told_there = f"theirs {value:.6g}, {error:.6g}"
    note = "; ".join(words for words in (told, told_there, elsewhere) if words)
    return Row(WHAT, size, ours, peer, theirs, ours / theirs, note)


def _work(cases: Cases, settings: Mapping[str, object]) -> Work:
    method = load_method("mmrm")
    parsed = method.parse(settings)
    return lambda: method.estimate(cases, parsed, "")


def _told(cases: Cases, settings: Mapping[str, object]) -> str:
    found = load_method("mmrm").run(cases, settings, "")
    assert isinstance(found, Estimate)
    plain, adjusted = (found.detail(f"standard error{name}") for name in (" of the model", ", Kenward and Roger"))
    return f"difference {found.value:.6g}, standard error {plain:.6g}, Kenward and Roger {adjusted:.6g}"


def _run_r(script: str, cases: Cases, times: int) -> tuple[float, float, float]:
    """R's median seconds of a fit, its difference and its standard error."""
    reference, other, last = str(cases.reference), cases.other_arm(), cases.visits[-1]
    names = {"ARM": f"'arm{other}'", "LAST": f"c('arm{other}:visit{last}', 'visit{last}:arm{other}')"}
    for word, by in {**names, "REF": f"'{reference}'", "TIMES": str(times)}.items():
        script = script.replace(word, by)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "long.csv"
        _write_long(table, cases)
        command = [str(shutil.which("Rscript")), "-e", script, str(table)]
        asked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)  # noqa: S603
    seconds, value, error = (float(word) for word in asked.stdout.split()[-3:])
    return seconds, value, error


def _write_long(table: Path, cases: Cases) -> None:
    names = sorted(cases.rows[0].covariates)
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "arm", "base", *names, "visit", "y"])
        for row in cases.rows:
            known = [row.participant, row.arm, row.baseline, *(row.covariates[name] for name in names)]
            for visit, value in zip(cases.visits, row.course, strict=True):
                if value is not None:
                    writer.writerow([*known, visit, value])


# --- Many small trials ----------------------------------------------------------------------------------------------


def _many_trials(scale: Scale, trials: int) -> Row:
    """Ten thousand trials of 60 people: meal tests at five times, ln(AUC + 1), the adjusted difference in closed form."""
    chance = np.random.default_rng(20261128)
    times = np.array([0.0, 30.0, 60.0, 90.0, 120.0])
    curves = np.exp(chance.normal(-0.5, 0.4, size=(2, trials, 60, 5)))
    weight = np.convolve(np.diff(times), [0.5, 0.5]) / times[-1]
    arm = np.repeat([0.0, 1.0], 30)

    def ours() -> Floats:
        return adjusted_differences(np.log1p(curves[0] @ weight), np.log1p(curves[1] @ weight), arm)

    def by_fits() -> Floats:
        before, after = np.log1p(curves[0] @ weight), np.log1p(curves[1] @ weight)
        design = np.stack([np.ones_like(before), before, np.broadcast_to(arm, before.shape)], axis=2)
        turned = design.transpose(0, 2, 1)
        found: Floats = np.linalg.solve(turned @ design, (turned @ after[:, :, None]))[:, 2, 0]
        return found

    apart = float(np.abs(ours() - by_fits()).max())
    note = f"largest difference of the two {apart:.1g}; R lm() in a loop took 13 s for 10,000 in another run"
    size = f"{trials} trials of 60"
    return compare(scale, "ANCOVA on ln(AUC + 1)", size, ours, "numpy normal equations", by_fits, note)


def adjusted_differences(before: Floats, after: Floats, arm: Floats) -> Floats:
    """The arm's coefficient of each trial [trials, people] adjusted for the baseline, by the closed form."""
    in_one, in_other = arm / arm.sum(), (1 - arm) / (1 - arm).sum()
    gap_before, gap_after = before @ (in_one - in_other), after @ (in_one - in_other)
    sizes = arm.sum(), (1 - arm).sum()
    within = np.einsum("tp,tp->t", before, before) - sizes[0] * (before @ in_one) ** 2
    within -= sizes[1] * (before @ in_other) ** 2
    both = np.einsum("tp,tp->t", before, after) - sizes[0] * (before @ in_one) * (after @ in_one)
    both -= sizes[1] * (before @ in_other) * (after @ in_other)
    found: Floats = gap_after - both / within * gap_before
    return found
