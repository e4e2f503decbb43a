"""Tipping point: how much worse than imputed the missing outcomes must be before the conclusion changes.

Every imputed outcome of the named arms is shifted by a delta, for a grid of deltas; the delta at which p crosses the level
is sought along the whole line, with the same imputations, so nothing is drawn again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from armlet.analysis.cases import Cases, not_estimable
from armlet.analysis.estimates import Detail, Estimate, Interval, PValue, Result
from armlet.analysis.imputed_comparison import (
    SETTINGS,
    ImputationSettings,
    Moments,
    Shifted,
    compare_imputed,
    details_of,
    read_settings,
    usable_for_imputation,
    warnings_of,
)
from armlet.analysis.least_squares import DEPENDENT, t_quantile, t_two_sided
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.transforms import scale_unit

STEPS: Final = 400
"""Points on each side of no shift between which a crossing is sought, spread over the whole line."""
HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """`step` and `steps` make the grid, `steps` deltas on each side of 0.

    `step` 0 is the one that moves the estimate by half its standard error.
    """

    imputation: ImputationSettings = field(default_factory=ImputationSettings)
    step: float = 0.0
    steps: int = 4
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings of the imputation, `step`, `steps` and `level`; InputError for anything else."""
    reader = SettingsReader("tipping_point", settings, (*SETTINGS, "step", "steps", "level"))
    imputation = read_settings(reader, is_fixed="imputations" in settings)
    parsed = Settings(
        imputation,
        abs(reader.number("step", 0.0)),
        reader.whole("steps", 4, least=1),
        reader.fraction("level", 0.95),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The estimate without a shift, and as details the grid and the delta on each side at which p crosses 1 - level."""
    cases, sample = usable_for_imputation(cases)
    found = compare_imputed(cases, sample, settings.imputation)
    if isinstance(found, str):
        return not_estimable(label, METHOD.name, found, cases.arms, sample)
    if not found.shifted_people:
        reason = "nobody's outcome was imputed in the arms that a delta would move, so there is nothing to tip"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    pooled = found.shifted.at(0.0)
    reach = t_quantile(settings.level, pooled.df) * pooled.error
    moments = found.shifted.moments()
    crossings = tuple(crossing(moments, side * pooled.error, 1 - settings.level) for side in (-1.0, 1.0))
    return Estimate(
        label=label,
        estimand=f"mean of {cases.other_arm()} minus mean of {cases.reference} at the same baseline, without a shift",
        method=METHOD.name,
        value=pooled.value,
        unit=scale_unit(settings.imputation.transform, cases.unit),
        interval=Interval(pooled.value - reach, pooled.value + reach, settings.level),
        p=PValue(_p(moments, 0.0), exact=False),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=(*warnings_of(found, settings.imputation, pooled), _in_words(crossings, 1 - settings.level)),
        details=(
            *details_of(found, settings.imputation, pooled),
            ("a delta is added to", f"{settings.imputation.delta_arms.value}: {found.shifted_people} imputed outcomes"),
            ("tipping point, downwards", _or_none(crossings[0])),
            ("tipping point, upwards", _or_none(crossings[1])),
            *_grid(found.shifted, settings, settings.step or _step(found.shifted)),
        ),
    )


def _p(moments: Moments, delta: float) -> float:
    pooled = moments.at(delta)
    return t_two_sided(pooled.value / pooled.error, pooled.df)


def crossing(moments: Moments, scale: float, alpha: float) -> float | None:
    """The delta nearest to 0 on the side of `scale` at which p passes alpha, or None where it never does.

    The line is walked in steps that grow without bound (the tangent of equal angles, in units of `scale`), then the step
    in which p passes alpha is halved.
    """
    is_rejected = _p(moments, 0.0) <= alpha
    before = 0.0
    for number in range(1, STEPS):
        at = scale * math.tan(math.pi / 2 * number / STEPS)
        if (_p(moments, at) <= alpha) != is_rejected:
            return _halved(moments, before, at, alpha)
        before = at
    return None


def _halved(moments: Moments, near: float, far: float, alpha: float) -> float:
    is_rejected = _p(moments, near) <= alpha
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        if (_p(moments, middle) <= alpha) == is_rejected:
            near = middle
        else:
            far = middle
    return (near + far) / 2


def _or_none(delta: float | None) -> float | str:
    return "none: no shift changes the conclusion" if delta is None else delta


def _in_words(crossings: tuple[float | None, ...], alpha: float) -> str:
    known = [f"{delta:.4g}" for delta in crossings if delta is not None]
    if not known:
        return f"However far the imputed outcomes are shifted, p does not cross {alpha:.4g}."
    return (
        f"p crosses {alpha:.4g} where the imputed outcomes are shifted by {' or by '.join(known)}; "
        "whether so large a shift is credible is for clinicians to judge."
    )


def _step(shifted: Shifted) -> float:
    """The shift that moves the estimate by half its standard error; that half itself where no shift moves it."""
    half, moves = shifted.at(0.0).error / 2, abs(float(shifted.by_delta.mean()))
    return half / moves if moves > half * DEPENDENT else half


def _grid(shifted: Shifted, settings: Settings, step: float) -> Iterator[Detail]:
    for number in range(-settings.steps, settings.steps + 1):
        delta = number * step
        pooled = shifted.at(delta)
        yield f"estimate at delta {delta:.4g}", pooled.value
        yield f"p at delta {delta:.4g}", t_two_sided(pooled.value / pooled.error, pooled.df)


METHOD = Method(
    name="tipping_point",
    label="tipping point over shifted imputations",
    source="Yan, Lee and Li 2009 (J Biopharm Stat 19, 1085); Ratitch, O'Kelly and Tosiello 2013 (Pharm Stat 12, 337)",
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    models_missing=True,
    takes_course=True,
)
