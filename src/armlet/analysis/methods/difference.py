"""Difference in means between two arms by the t distribution, pooled or Welch: the model-based neighbour of the exact
tests, for outcomes or for changes from baseline, with nothing adjusted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.analysis.cases import Cases, Sample, not_estimable, responses, two_arm_problem, usable, values_problem
from armlet.analysis.estimates import Estimate, Interval, PValue, Result
from armlet.analysis.least_squares import NO_SPREAD, t_quantile, t_two_sided
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.transforms import Floats, Transform, scale_unit

MODEL_WARNING = (
    "The p-value and the limits assume values close to normal in each arm; "
    "with few people read them beside the exact re-randomisation test."
)


class Of(StrEnum):
    """What is averaged: the outcome itself, or its change from baseline."""

    OUTCOME = "outcome"
    CHANGE = "change"


class Spread(StrEnum):
    """`pooled` assumes one spread in both arms; `welch` does not, and has fewer degrees of freedom."""

    POOLED = "pooled"
    WELCH = "welch"


@dataclass(frozen=True, slots=True)
class Settings:
    """`of` outcome or change; `spread` pooled or welch; `transform` before the change is taken; `level`."""

    of: Of = Of.OUTCOME
    spread: Spread = Spread.POOLED
    transform: Transform = Transform.NONE
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `of`, `spread`, `transform`, `level`; InputError for anything else."""
    reader = SettingsReader("difference", settings, ("of", "spread", "transform", "level"))
    parsed = Settings(
        reader.choice("of", Of.OUTCOME),
        reader.choice("spread", Spread.POOLED),
        reader.choice("transform", Transform.NONE),
        reader.fraction("level", 0.95),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Mean of the arm that is not the reference minus mean of the reference."""
    change = settings.of is Of.CHANGE
    sample = usable(cases.rows, with_baseline=change)
    problem = two_arm_problem(cases, sample, least=2)
    problem = problem or values_problem(settings.transform, sample, with_baseline=change)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    values = responses(settings.transform, sample, change=change)
    arm = sample.is_in(cases.other_arm())
    error, df = _standard_error(values[arm == 1], values[arm == 0], settings.spread)
    if error <= NO_SPREAD * float(np.abs(values).max()):
        reason = "within each arm everybody has the same value: there is no spread to judge a difference by"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    value = float(values[arm == 1].mean() - values[arm == 0].mean())
    return _estimate(cases, sample, settings, label, (value, error, df))


def _standard_error(values: Floats, others: Floats, spread: Spread) -> tuple[float, float]:
    """The standard error of the difference and its degrees of freedom (Satterthwaite's for Welch)."""
    squares = np.array([values.var(ddof=1), others.var(ddof=1)])
    number = np.array([values.size, others.size])
    if spread is Spread.POOLED:
        df = int(number.sum()) - 2
        return float(np.sqrt((squares @ (number - 1)) / df * (1 / number).sum())), float(df)
    parts = squares / number
    total = float(parts.sum())
    return total**0.5, total**2 / float((parts**2 / (number - 1)).sum()) if total else 0.0


def _estimate(
    cases: Cases, sample: Sample, settings: Settings, label: str, numbers: tuple[float, float, float]
) -> Estimate:
    value, error, df = numbers
    reach = t_quantile(settings.level, df) * error
    what = "mean change from baseline" if settings.of is Of.CHANGE else "mean"
    return Estimate(
        label=label,
        estimand=f"{what} of {cases.other_arm()} minus {what} of {cases.reference}",
        method=METHOD.name,
        value=value,
        unit=scale_unit(settings.transform, cases.unit),
        interval=Interval(value - reach, value + reach, settings.level),
        p=PValue(t_two_sided(value / error, df), exact=False),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=(MODEL_WARNING,),
        details=(
            ("spread", settings.spread.value),
            ("transform", settings.transform.value),
            ("standard error", error),
            ("t", value / error),
            ("degrees of freedom", df),
        ),
    )


METHOD = Method(
    name="difference",
    label="difference in means (t distribution)",
    source="Student 1908; Welch 1947 for unequal spread",
    parse=parse,
    estimate=estimate,
    compares_arms=True,
)
