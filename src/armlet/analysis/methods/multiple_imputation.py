"""Multiple imputation: the difference between two arms at one visit, with what is missing drawn many times.

The courses are completed under a stated assumption, each completed data set is compared by analysis of covariance, and
Rubin's rules give one answer. Where nothing is missing it is the analysis of covariance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from armlet.analysis.cases import Cases, not_estimable
from armlet.analysis.estimates import Estimate, Interval, PValue, Result
from armlet.analysis.imputed_comparison import (
    SETTINGS,
    ImputationSettings,
    compare_imputed,
    details_of,
    read_settings,
    usable_for_imputation,
    warnings_of,
)
from armlet.analysis.least_squares import t_quantile, t_two_sided
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.transforms import scale_unit


@dataclass(frozen=True, slots=True)
class Settings:
    """`delta` is added to each imputed outcome of the arms that `delta_arms` names, on the scale of the analysis."""

    imputation: ImputationSettings = field(default_factory=ImputationSettings)
    delta: float = 0.0
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings of the imputation, `delta` and `level`; InputError for anything else."""
    reader = SettingsReader("multiple_imputation", settings, (*SETTINGS, "delta", "level"))
    imputation = read_settings(reader, is_fixed="imputations" in settings)
    parsed = Settings(imputation, reader.number("delta", 0.0), reader.fraction("level", 0.95))
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The pooled coefficient of the arm that is not the reference, on the scale of the analysis.

    Everybody with any value is used. A delta is added after imputing, to the outcome at this visit alone, also where the
    person came back later.
    """
    cases, sample = usable_for_imputation(cases)
    found = compare_imputed(cases, sample, settings.imputation)
    if isinstance(found, str):
        return not_estimable(label, METHOD.name, found, cases.arms, sample)
    pooled = found.shifted.at(settings.delta)
    reach = t_quantile(settings.level, pooled.df) * pooled.error
    return Estimate(
        label=label,
        estimand=f"mean of {cases.other_arm()} minus mean of {cases.reference} at the same baseline",
        method=METHOD.name,
        value=pooled.value,
        unit=scale_unit(settings.imputation.transform, cases.unit),
        interval=Interval(pooled.value - reach, pooled.value + reach, settings.level),
        p=PValue(t_two_sided(pooled.value / pooled.error, pooled.df), exact=False),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=warnings_of(found, settings.imputation, pooled),
        details=(*details_of(found, settings.imputation, pooled), ("delta", settings.delta)),
    )


METHOD = Method(
    name="multiple_imputation",
    label="multiple imputation, analysis of covariance",
    source=(
        "Rubin 1987; Barnard and Rubin 1999 (Biometrika 86, 948); Schafer 1997; Carpenter, Roger and Kenward 2013 "
        "(J Biopharm Stat 23, 1352) for the reference-based assumptions"
    ),
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    models_missing=True,
    takes_course=True,
)
